import { expect } from "vitest";
import type { Tracking } from "../../src/embedded/fields/apply.ts";
import { apply } from "../../src/embedded/fields/apply.ts";
import { fieldsAt } from "../../src/embedded/fields/set.ts";
import { trackUpdate } from "../../src/embedded/fields/update.ts";
import type { FieldError, Schema } from "../../src/embedded/schema/schema.ts";
import type { KubeObject } from "../../src/kube/resource.ts";
import type { Random } from "./fields-random.ts";
import { randomFrom } from "./fields-random.ts";
import type { Answer, RealServer } from "./schema-real.ts";

/** A kind to walk on: what may be said of it at random, and what a server makes of that. */
export interface Subject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly collection: string;
  readonly schema: Schema;
  readonly empty?: KubeObject;
  readonly statusReset: NonNullable<Tracking["reset"]>;
  /** Whether a write to the status leaves the metadata alone. */
  readonly statusKeepsMetadata: boolean;
  spec(random: Random): object;
  status(random: Random): object;
  read(object: KubeObject): KubeObject;
  /** What the server settles once it is known who wrote what. */
  prepare(object: KubeObject, old: KubeObject | undefined, subresource: string | undefined): KubeObject;
  validate(object: KubeObject, old: KubeObject | undefined, subresource: string | undefined): readonly FieldError[];
  /** Refusals by what only a server knows. */
  isForServerOnly?(message: string, causes: readonly object[]): boolean;
  /** Without what only a server can decide. */
  settled(object: KubeObject): KubeObject;
}

const words = ["a", "b", "c"];
const managers = ["alpha", "beta", "kubectl"];

const randomMetadata = (random: Random) =>
  random.object(
    {
      labels: () => Object.fromEntries(random.some(words).map((key) => [key, random.pick(words)])),
      annotations: () => Object.fromEntries(random.some(words).map((key) => [key, random.pick(words)])),
      finalizers: () => random.some(["x.io/a", "x.io/b"]),
      ownerReferences: () =>
        random.some(["1", "2"]).map((uid) => ({ apiVersion: "v1", kind: "ConfigMap", name: random.pick(words), uid })),
    },
    0.25,
  );

/** Three managers write an object of the subject, on a real server and here, and each step must leave the same. */
export async function walk(server: RealServer, subject: Subject, seed: number, steps: number): Promise<void> {
  const random = randomFrom(seed);
  const name = `walk-${seed}`;
  let live: KubeObject | undefined;
  for (let count = 0; count < steps; count++) {
    const manager = random.pick(managers);
    const status = live !== undefined && random.chance(0.2);
    const content = status
      ? { status: subject.status(random) }
      : { ...(random.chance(0.05) ? { status: subject.status(random) } : {}), spec: subject.spec(random) };
    const metadata = { name, ...(status ? {} : randomMetadata(random)) };
    const sent = { apiVersion: subject.apiVersion, kind: subject.kind, metadata, ...content } as KubeObject;
    const operation = random.pick(["apply", "apply", "force", "force", "update", "merge"] as const);
    const step: Step = { operation, live, sent, subresource: status ? "status" : undefined, manager };
    const [theirs, ours] = await perform(server, subject, step);
    if ("message" in theirs && subject.isForServerOnly?.(theirs.message, theirs.causes)) continue;
    const what = `step ${count}: ${manager} ${operation} ${JSON.stringify(sent)} on ${JSON.stringify(live)}`;
    expect(comparable(ours, subject), what).toEqual(comparable(theirs, subject));
    if ("object" in theirs) live = theirs.object;
    if (live && random.chance(0.03)) {
      const path = `${subject.collection}/${name}`;
      await server.request("PATCH", path, { metadata: { finalizers: null } }, "application/merge-patch+json");
      await server.request("DELETE", path);
      live = undefined;
    }
  }
}

interface Step {
  readonly operation: "apply" | "force" | "update" | "merge";
  readonly live: KubeObject | undefined;
  readonly sent: KubeObject;
  readonly subresource: string | undefined;
  readonly manager: string;
}

type Result = { readonly object: KubeObject } | { readonly message: string; readonly causes: readonly object[] };

/** What the real server makes of a step, and what ours does: the functions in the order in which a server uses them. */
async function perform(server: RealServer, subject: Subject, step: Step): Promise<[theirs: Result, ours: Result]> {
  const { operation, live, sent, subresource } = step;
  const query = `fieldManager=${step.manager}`;
  const path = `${subject.collection}/${sent.metadata.name}${subresource ? `/${subresource}` : ""}`;
  const tracking = trackingOf(subject, step);
  const written = (next: KubeObject): Result =>
    finish(subject, step, trackUpdate({ ...tracking, ...(live && { live }), next: placed(subject, step, next) }));
  if (operation === "apply" || operation === "force") {
    const force = operation === "force";
    const answer = await server.request("PATCH", `${path}?${query}&force=${force}`, sent, "application/apply-patch+yaml");
    return [resultOf(answer), applied(subject, step, tracking)];
  }
  if (live === undefined) {
    const answer = await server.request("POST", `${subject.collection}?${query}`, sent);
    return [resultOf(answer), written(subject.read(sent))];
  }
  if (operation === "merge") {
    const answer = await server.request("PATCH", `${path}?${query}`, sent, "application/merge-patch+json");
    return [resultOf(answer), written(subject.read(mergePatch(live, sent) as KubeObject))];
  }
  const { resourceVersion, uid, creationTimestamp, generation, namespace, managedFields } = live.metadata;
  const kept = { resourceVersion, uid, creationTimestamp, generation, namespace, managedFields };
  const next = { ...sent, metadata: { ...sent.metadata, ...kept } } as KubeObject;
  const answer = await server.request("PUT", `${path}?${query}`, next);
  return [resultOf(answer), written(subject.read(next))];
}

function trackingOf({ schema, empty, statusReset }: Subject, { manager, subresource }: Step): Tracking {
  const now = new Date().toISOString().replace(/\.\d+Z/, "Z");
  return { manager, schema, now, ...(empty && { empty }), subresource, reset: subresource ? statusReset : fieldsAt(["status"]) };
}

function applied(subject: Subject, step: Step, tracking: Tracking): Result {
  try {
    const result = apply({ ...tracking, live: step.live, config: step.sent, force: step.operation === "force" });
    if (result.conflict) return { message: result.message, causes: result.causes };
    return finish(subject, step, placed(subject, step, subject.read(result.object)));
  } catch (error) {
    return { message: (error as Error).message, causes: [] };
  }
}

/** The part of an object that the endpoint writes, with the rest as it was. */
function placed(subject: Subject, { live, subresource }: Step, next: KubeObject): KubeObject {
  if (!live) return withStatus({ ...next, metadata: { ...next.metadata, namespace: "default", uid: "u" } }, subject.empty ?? {});
  const { uid, creationTimestamp, resourceVersion, namespace, generation } = live.metadata;
  const system = { uid, creationTimestamp, resourceVersion, namespace, ...(generation !== undefined && { generation }) };
  const metadata = { ...next.metadata, ...system } as KubeObject["metadata"];
  if (!subresource) return withStatus({ ...next, metadata }, live);
  const { managedFields } = next.metadata;
  const kept = subject.statusKeepsMetadata ? { ...live.metadata, ...(managedFields && { managedFields }) } : metadata;
  return withStatus({ ...live, metadata: kept }, next);
}

function withStatus({ status: _, ...object }: KubeObject, other: object): KubeObject {
  const { status } = other as { readonly status?: unknown };
  return (status === undefined ? object : { ...object, status }) as KubeObject;
}

function finish(subject: Subject, { live, subresource }: Step, next: KubeObject): Result {
  const object = subject.prepare(next, live, subresource);
  const errors = subject.validate(object, live, subresource);
  if (errors.length === 0) return { object };
  return { message: invalid, causes: errors.map(({ type, ...cause }) => ({ reason: type, ...cause })) };
}

const invalid = "is invalid";

function resultOf({ status, body }: Answer): Result {
  if (status < 300) return { object: body };
  const message = body.message ?? "";
  return { message: message.includes(" is invalid:") ? invalid : message, causes: body.details?.causes ?? [] };
}

/**
 * Without what only a server gives, and in one order: that of managers depends on the second of the day, that of causes on
 * the iteration of a Go map. What two layers of a server find both say.
 */
function comparable(result: Result, subject: Subject): unknown {
  if (!("object" in result)) {
    const causes = result.causes.map((cause) => JSON.stringify(Object.entries(cause).sort()));
    return { ...result, causes: [...new Set(causes)].sort() };
  }
  const object = subject.settled(JSON.parse(JSON.stringify(result.object)) as KubeObject);
  const { resourceVersion, uid, creationTimestamp, generation, name, namespace, ...metadata } = object.metadata;
  const { managedFields = [], ...rest } = metadata;
  const entries = managedFields
    .map(({ time, ...entry }) => ({ ...entry, time: time !== undefined }))
    .map((entry) => [JSON.stringify([entry.operation, entry.manager, entry.apiVersion, entry.subresource]), entry] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, entry]) => entry);
  return { ...object, metadata: { ...rest, managedFields: entries } };
}

/** RFC 7386. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const base = typeof target === "object" && target !== null && !Array.isArray(target) ? target : {};
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergePatch(merged[name], value);
  }
  return merged;
}
