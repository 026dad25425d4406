import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fieldsAt } from "../../src/embedded/fields/set.ts";
import { trackUpdate } from "../../src/embedded/fields/update.ts";
import { builtinKinds } from "../../src/embedded/schema/builtin/index.ts";
import type { BuiltinKind } from "../../src/embedded/schema/builtin/kind.ts";
import { emptyBuiltin, readBuiltin } from "../../src/embedded/schema/builtin/kind.ts";
import { DecodeError } from "../../src/embedded/schema/decode.ts";
import { applyDefaults } from "../../src/embedded/schema/default.ts";
import { validateMetadata } from "../../src/embedded/schema/metadata.ts";
import type { KubeObject } from "../../src/kube/resource.ts";
import { apiVersionOf } from "../../src/kube/resource.ts";
import { changes, creations, statuses, strays } from "./schema-builtin-cases.ts";
import type { Answer, RealServer } from "./schema-real.ts";
import { nextToReal, noRealServer, startRealServer } from "./schema-real.ts";

const now = "2099-01-01T00:00:00Z";

const kindOf = (name: string): BuiltinKind => builtinKinds.find(({ resource }) => `${resource.group}/${resource.kind}` === name)!;

function collectionOf({ resource: { group, version, plural, namespaced } }: BuiltinKind): string {
  return `${group === "" ? "/api" : `/apis/${group}`}/${version}${namespaced ? "/namespaces/default" : ""}/${plural}`;
}

/** What becomes of a write: why it is refused, or the object and who owns what in it. */
interface Verdict {
  readonly refused?: readonly string[];
  readonly object?: unknown;
  readonly fields?: unknown;
}

function judge(kind: BuiltinKind, sent: KubeObject, old?: KubeObject, subresource?: string): Verdict {
  const { resource, schema } = kind;
  try {
    const { value } = readBuiltin(kind, sent);
    const read = applyDefaults(schema, kind.applyDefaults?.(value) ?? value);
    const incoming = old
      ? continued(read, old, subresource)
      : { ...read, metadata: { ...read.metadata, uid: "u", creationTimestamp: now } };
    const tracked = trackUpdate({
      ...(old && { live: old }),
      next: incoming,
      manager: "test",
      ...(subresource && { subresource }),
      schema,
      reset: fieldsAt(
        ...(subresource ? (kind.statusReset ?? [["spec"]]) : kind.subresources?.includes("status") ? [["status"]] : []),
      ),
      empty: emptyBuiltin(kind),
      now,
    });
    const object = kind.prepare?.(incoming, old, subresource) ?? incoming;
    const errors = [...validateMetadata(object, kind.metadata, old), ...(kind.validate?.(object, old, subresource) ?? [])];
    if (errors.length > 0) return { refused: unique(errors.map(({ type, field, message }) => `${type} ${field}: ${message}`)) };
    return { object: settled(object, kind, old === undefined), fields: fieldsOf(tracked) };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return {
      refused: [`${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: ${error.message}`],
    };
  }
}

function verdictOf(kind: BuiltinKind, { status, body }: Answer, isNew: boolean): Verdict {
  if (status < 300) return { object: settled(body, kind, isNew), fields: fieldsOf(body) };
  const causes = body.details?.causes?.map(({ reason, field, message }) => `${reason} ${field}: ${message}`);
  return { refused: unique(causes ?? [body.message ?? ""]) };
}

const unique = (list: readonly string[]): string[] => [...new Set(list)].sort();

function continued(next: KubeObject, old: KubeObject, subresource: string | undefined): KubeObject {
  const { uid, creationTimestamp, resourceVersion, namespace, generation } = old.metadata as never;
  const metadata = { ...next.metadata, uid, creationTimestamp, resourceVersion, namespace, generation };
  const spec = subresource ? { spec: old["spec"] } : old["status"] === undefined ? {} : { status: old["status"] };
  return JSON.parse(JSON.stringify({ ...admitted(next, old), metadata, ...spec })) as KubeObject;
}

const fieldsOf = ({ metadata }: KubeObject): unknown => metadata.managedFields?.map(({ time, ...entry }) => entry);

/** An object without what a server decides by itself. */
function settled(object: KubeObject, kind: BuiltinKind, isNew: boolean): unknown {
  const { metadata, apiVersion, kind: name, ...rest } = JSON.parse(JSON.stringify(object)) as KubeObject & Record<string, never>;
  const { uid, resourceVersion, creationTimestamp, generation, managedFields, namespace, ...kept } = metadata as never as Record<
    string,
    unknown
  >;
  if (isNew && kind.subresources?.includes("status")) delete (rest as Record<string, unknown>)["status"];
  if (name === "Service") withoutAllocated(rest["spec"] as never);
  if (name === "Pod" || name === "Node") withoutAdmission(rest["spec"] as never);
  return { apiVersion, kind: name, metadata: kept, ...rest };
}

function withoutAllocated(spec: Record<string, unknown> & { ports?: Record<string, unknown>[] }): void {
  for (const field of ["clusterIP", "clusterIPs", "healthCheckNodePort"]) delete spec[field];
  for (const port of spec.ports ?? []) delete port["nodePort"];
}

/** Admission adds to a pod what it added before. */
function admitted(next: KubeObject, { spec: old }: KubeObject): KubeObject {
  if (next.kind !== "Pod") return next;
  const { tolerations, priority, preemptionPolicy } = old as Record<string, unknown>;
  return { ...next, spec: { tolerations, priority, preemptionPolicy, ...(next["spec"] as object) } };
}

/** What admission plugins add. */
function withoutAdmission(spec: Record<string, unknown> & { taints?: { key: string }[] }): void {
  for (const field of ["tolerations", "priority", "preemptionPolicy"]) delete spec[field];
  const taints = spec.taints?.filter(({ key }) => key !== "node.kubernetes.io/not-ready") ?? [];
  delete spec.taints;
  if (taints.length > 0) spec.taints = taints;
}

function typed({ resource }: BuiltinKind, object: object): KubeObject {
  const { metadata, ...rest } = object as KubeObject;
  const { kind, namespaced } = resource;
  const where = { name: "one", ...(namespaced && { namespace: "default" }) };
  return { ...rest, apiVersion: apiVersionOf(resource), kind, metadata: { ...where, ...metadata } };
}

describe.skipIf(noRealServer)(nextToReal("built-in kinds"), () => {
  let server: RealServer;
  beforeAll(async () => {
    server = await startRealServer();
  });
  afterAll(() => server?.stop());

  async function create(kind: BuiltinKind, object: object): Promise<KubeObject> {
    const path = collectionOf(kind);
    const { status, body } = await server.request("POST", `${path}?fieldManager=test`, typed(kind, object));
    expect(status, body.message).toBe(201);
    if (kind.resource.kind !== "CustomResourceDefinition") return body;
    const read = async () => (await server.request("GET", `${path}/${body.metadata.name}`)).body;
    const isEstablished = async () =>
      ((await read())["status"] as { conditions: { type: string; status: string }[] | null }).conditions?.some(
        ({ type, status }) => type === "Established" && status === "True",
      );
    await expect.poll(isEstablished, { timeout: 10_000 }).toBe(true);
    return read();
  }

  async function remove(kind: BuiltinKind, { metadata }: KubeObject): Promise<void> {
    const path = `${collectionOf(kind)}/${metadata.name}`;
    await server.request("DELETE", path, { gracePeriodSeconds: 0 });
    if (kind.resource.kind !== "CustomResourceDefinition") return;
    await expect.poll(async () => (await server.request("GET", path)).status, { timeout: 10_000 }).toBe(404);
  }

  it.each(creations)("%s is made alike: %s", async (name, _, object) => {
    const kind = kindOf(name);
    const sent = typed(kind, object);
    const answer = await server.request("POST", `${collectionOf(kind)}?dryRun=All&fieldManager=test`, sent);
    expect(judge(kind, sent)).toEqual(verdictOf(kind, answer, true));
  });

  it.each(strays)("%s has its unknown fields found alike: %s", async (name, _, object) => {
    const kind = kindOf(name);
    const sent = typed(kind, object);
    const { body } = await server.request("POST", `${collectionOf(kind)}?dryRun=All&fieldValidation=Strict`, sent);
    const told = [...(body.message ?? "").matchAll(/unknown field "([^"]*)"/g)].map(([, path]) => path!);
    expect(told.length).toBeGreaterThan(0);
    expect(readBuiltin(kind, sent).unknown).toEqual(told.sort());
  });

  it.each(changes)("%s is changed alike: %s", async (name, _, before, after) => {
    const kind = kindOf(name);
    const path = collectionOf(kind);
    const old = await create(kind, before);
    const { resourceVersion } = old.metadata;
    const next = typed(kind, after);
    const sent = { ...next, metadata: { resourceVersion, ...next.metadata } } as KubeObject;
    const answer = await server.request("PUT", `${path}/${old.metadata.name}?fieldManager=test&dryRun=All`, sent);
    await remove(kind, old);
    expect(judge(kind, sent, old)).toEqual(verdictOf(kind, answer, false));
  });

  it.each(statuses)("%s has its status judged alike: %s", async (name, _, before, status) => {
    const kind = kindOf(name);
    const path = collectionOf(kind);
    const old = await create(kind, before);
    const sent = { ...old, status } as unknown as KubeObject;
    const answer = await server.request("PUT", `${path}/${old.metadata.name}/status?fieldManager=test&dryRun=All`, sent);
    await remove(kind, old);
    expect(judge(kind, sent, old, "status")).toEqual(verdictOf(kind, answer, false));
  });
});
