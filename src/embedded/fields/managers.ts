import type { KubeObject, ManagedFieldsEntry } from "../../kube/resource.ts";
import { decodeFields, encodeFields } from "./fieldsv1.ts";
import type { FieldSet } from "./set.ts";
import { isEmpty } from "./set.ts";

/** What one manager owns by one way of writing. */
export interface Manager {
  readonly name: string;
  readonly operation: "Apply" | "Update";
  readonly subresource: string;
  readonly apiVersion: string;
  readonly time: string | undefined;
  readonly set: FieldSet;
}

/** Managers by their identity. Who applies keeps it across API versions. */
export type Managers = ReadonlyMap<string, Manager>;

export type ManagerIdentity = Pick<Manager, "name" | "operation" | "subresource" | "apiVersion">;

export function identityOf({ name, operation, subresource, apiVersion }: ManagerIdentity): string {
  return JSON.stringify({
    manager: name || undefined,
    operation,
    apiVersion: operation === "Apply" ? undefined : apiVersion,
    subresource: subresource || undefined,
  });
}

/** @throws Error when an entry makes no sense */
export function decodeManagers(entries: readonly ManagedFieldsEntry[]): Managers {
  const managers = new Map<string, Manager>();
  for (const [i, { manager = "", operation, apiVersion, time, fieldsType, fieldsV1 = {}, subresource = "" }] of entries.entries()) {
    if (operation !== "Apply" && operation !== "Update") throw new Error("operation must be `Apply` or `Update`");
    if (!apiVersion) throw new Error("apiVersion must not be empty");
    if (!fieldsType) throw new Error(`missing fieldsType in managed fields entry ${i}`);
    if (fieldsType !== "FieldsV1") throw new Error(`invalid fieldsType "${fieldsType}" in managed fields entry ${i}`);
    const entry: Manager = { name: manager, operation, subresource, apiVersion, time, set: decodeFields(fieldsV1) };
    managers.set(identityOf(entry), entry);
  }
  return managers;
}

export function encodeManagers(managers: Managers): ManagedFieldsEntry[] {
  return [...managers.values()].sort(compareManagers).map(({ name, operation, subresource, apiVersion, time, set }) => ({
    ...(name === "" ? {} : { manager: name }),
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: "FieldsV1",
    fieldsV1: encodeFields(set),
    ...(subresource === "" ? {} : { subresource }),
  }));
}

/** Puts `set` in the place of what the manager owns; a manager of nothing is forgotten. */
export function withManager(managers: Managers, manager: Manager): Managers {
  const changed = new Map(managers);
  if (isEmpty(manager.set)) changed.delete(identityOf(manager));
  else changed.set(identityOf(manager), manager);
  return changed;
}

export const managedFieldsOf = (object: KubeObject | undefined): readonly ManagedFieldsEntry[] =>
  object?.metadata?.managedFields ?? [];

export function withoutManagedFields(object: KubeObject): KubeObject {
  if (object.metadata?.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

export function withManagedFields(object: KubeObject, managers: Managers): KubeObject {
  if (managers.size === 0) return withoutManagedFields(object);
  return { ...object, metadata: { ...object.metadata, managedFields: encodeManagers(managers) } };
}

function compareManagers(a: Manager, b: Manager): number {
  return (
    compareText(a.operation, b.operation) ||
    secondsOf(a) - secondsOf(b) ||
    compareText(a.name, b.name) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  );
}

const compareText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

export const secondsOf = ({ time }: Manager): number => (time === undefined ? 0 : Math.floor(Date.parse(time) / 1000));
