import type { ManagedFieldsEntry } from "../../kube/resource.ts";
import { fieldElement, type Path } from "./element.ts";
import { decodeManagers, encodeManagers, identityOf, type Manager } from "./managers.ts";
import { difference, has, isEmpty, setOf } from "./set.ts";

const scaleVersion = "autoscaling/v1";
const inScale: Path = ["spec", "replicas"].map(fieldElement);

/** Where an object of an apiVersion has its number of replicas, e.g. `.spec.replicas`; undefined where it cannot be scaled. */
export type ReplicasAt = (apiVersion: string) => string | undefined;

const pathIn = (replicasAt: ReplicasAt, apiVersion: string): Path | undefined =>
  replicasAt(apiVersion)?.split(".").slice(1).map(fieldElement);

const owns = (replicasAt: ReplicasAt, { apiVersion, set }: Manager): boolean => {
  const path = pathIn(replicasAt, apiVersion);
  return path !== undefined && has(set, path);
};

/** Who owns what of an object, as who owns what of its scale. */
export const managersOfScale = (entries: readonly ManagedFieldsEntry[], replicasAt: ReplicasAt): ManagedFieldsEntry[] =>
  encode(
    [...decodeManagers(entries).values()]
      .filter((manager) => owns(replicasAt, manager))
      .map((manager) => ({ ...manager, apiVersion: scaleVersion, set: setOf(inScale) })),
  );

/**
 * Who owns what of an object once its scale was written, of which `ofScale` tells. As on the real one, whoever updates is
 * known by the apiVersion too: what it owned it owns anew, without a time. Who applies keeps its entry, as long as it applies anything.
 */
export function managersThroughScale(
  entries: readonly ManagedFieldsEntry[],
  ofScale: readonly ManagedFieldsEntry[],
  replicasAt: ReplicasAt,
  apiVersion: string,
): ManagedFieldsEntry[] {
  const left = new Map(decodeManagers(ofScale));
  const kept = [...decodeManagers(entries).values()].flatMap((manager) => {
    const isKept = !owns(replicasAt, manager) || left.delete(identityOf(manager));
    return isKept ? [manager] : without(manager, pathIn(replicasAt, manager.apiVersion)!);
  });
  const replicas = setOf(pathIn(replicasAt, apiVersion)!);
  const gained = [...left.values()].filter(({ set }) => has(set, inScale));
  return encode([...kept, ...gained.map((manager) => ({ ...manager, apiVersion, time: undefined, set: replicas }))]);
}

function without(manager: Manager, path: Path): Manager[] {
  const set = difference(manager.set, setOf(path));
  return isEmpty(set) ? [] : [{ ...manager, set }];
}

/** Whoever owned the replicas and gave nothing up has two entries then. */
const encode = (managers: readonly Manager[]): ManagedFieldsEntry[] =>
  encodeManagers(new Map(managers.map((manager, index) => [String(index), manager])));
