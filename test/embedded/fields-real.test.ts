import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Tracking } from "../../src/embedded/fields/apply.ts";
import { apply } from "../../src/embedded/fields/apply.ts";
import { trackUpdate } from "../../src/embedded/fields/update.ts";
import { applyDefaults } from "../../src/embedded/schema/default.ts";
import { prune } from "../../src/embedded/schema/prune.ts";
import type { Schema } from "../../src/embedded/schema/schema.ts";
import type { KubeObject } from "../../src/kube/resource.ts";
import type { Random } from "./fields-walk.ts";
import { mergePatch, randomFrom } from "./fields-walk.ts";
import type { Answer, RealServer } from "./schema-real.ts";
import { installCrd, noRealServer, startRealServer } from "./schema-real.ts";

const text: Schema = { type: "string" };
const number: Schema = { type: "integer" };

const entry: Schema = {
  type: "object",
  required: ["port"],
  properties: {
    port: number,
    protocol: { type: "string", default: "TCP" },
    note: text,
    tags: { type: "array", "x-kubernetes-list-type": "set", items: text },
    limits: { type: "object", additionalProperties: { "x-kubernetes-int-or-string": true } },
  },
};

/** Every kind of list and map that a schema can say. */
const schema: Schema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        name: text,
        count: { ...number, nullable: true },
        ratio: { type: "number" },
        on: { type: "boolean" },
        either: { "x-kubernetes-int-or-string": true },
        labels: { type: "object", additionalProperties: text },
        selector: { type: "object", "x-kubernetes-map-type": "atomic", additionalProperties: text },
        free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        any: { "x-kubernetes-preserve-unknown-fields": true },
        set: { type: "array", "x-kubernetes-list-type": "set", items: text },
        numbers: { type: "array", "x-kubernetes-list-type": "set", items: number },
        ports: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["port", "protocol"],
          items: entry,
        },
        steps: { type: "array", "x-kubernetes-list-type": "atomic", items: { type: "object", properties: { run: text } } },
        nested: {
          type: "object",
          properties: {
            deep: { type: "object", properties: { a: text, b: text, c: { type: "array", items: text } } },
            byName: { type: "object", additionalProperties: { type: "object", properties: { x: number, y: number } } },
          },
        },
        embedded: {
          type: "object",
          "x-kubernetes-embedded-resource": true,
          "x-kubernetes-preserve-unknown-fields": true,
        },
      },
    },
    status: {
      type: "object",
      properties: {
        ready: { type: "boolean" },
        conditions: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["type"],
          items: { type: "object", required: ["type"], properties: { type: text, status: text } },
        },
      },
    },
  },
};

const crd = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "walks.fields.test" },
  spec: {
    group: "fields.test",
    scope: "Namespaced",
    names: { plural: "walks", singular: "walk", kind: "Walk", listKind: "WalkList" },
    versions: [{ name: "v1", served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: schema } }],
  },
} as KubeObject;

const words = ["a", "b", "c"];

function walkSpec(random: Random): Record<string, unknown> {
  const word = () => random.pick(words);
  const digit = () => random.below(3);
  const texts = (probability?: number) => Object.fromEntries(random.some(words, probability).map((key) => [key, word()]));
  const anything = () => random.pick([word(), digit(), { a: word() }, { a: { b: digit() }, c: [1] }, [word()], {}, []]);
  return random.object({
    name: word,
    count: () => (random.chance(0.2) ? null : digit()),
    ratio: () => random.pick([1, 1.5, 2]),
    on: () => random.chance(0.5),
    either: () => random.pick([word(), digit()]),
    labels: texts,
    selector: texts,
    free: () => random.object({ a: anything, b: anything, c: word }),
    any: anything,
    set: () => random.some([...words, "<&>"]),
    numbers: () => random.some([1, 2, 10]),
    ports: () =>
      random.some([80, 81, 443], 0.6).map((port) => ({
        port,
        ...random.object({
          protocol: () => random.pick(["TCP", "UDP"]),
          note: word,
          tags: () => random.some(words),
          limits: texts,
        }),
      })),
    steps: () => random.some(words).map((run) => ({ run })),
    nested: () =>
      random.object(
        {
          deep: () => random.object({ a: word, b: word, c: () => random.some(words) }, 0.6),
          byName: () => Object.fromEntries(random.some(words).map((key) => [key, random.object({ x: digit, y: digit }, 0.6)])),
        },
        0.7,
      ),
    embedded: () => ({
      apiVersion: "v1",
      kind: "Some",
      ...random.object({
        metadata: () => random.object({ name: word, labels: texts, finalizers: () => random.some(["x.io/a", "x.io/b"]) }, 0.6),
        extra: anything,
      }),
    }),
  });
}

const walkMetadata = (random: Random) =>
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

const walkStatus = (random: Random) =>
  random.object(
    {
      ready: () => random.chance(0.5),
      conditions: () => random.some(words).map((type) => ({ type, ...random.object({ status: () => random.pick(words) }) })),
    },
    0.7,
  );

type Result = { readonly object: KubeObject } | { readonly message: string; readonly causes: readonly object[] };

const managers = ["alpha", "beta", "kubectl"];

describe.skipIf(noRealServer)("the fields of objects, next to a real API server", () => {
  let server: RealServer;
  beforeAll(async () => {
    server = await startRealServer();
    await installCrd(server, crd);
  });
  afterAll(() => server?.stop());

  const steps = Number(process.env.FAP_WALK_STEPS ?? 400);
  const seeds = process.env.FAP_WALK_SEED ? [Number(process.env.FAP_WALK_SEED)] : [1, 2, 3];
  it.each(seeds)("change and change hands alike on a custom resource (seed %i)", async (seed) => {
    const random = randomFrom(seed);
    const collection = "/apis/fields.test/v1/namespaces/default/walks";
    const name = `walk-${seed}`;
    let live: KubeObject | undefined;
    for (let step = 0; step < steps; step++) {
      const manager = random.pick(managers);
      const status = live !== undefined && random.chance(0.2);
      const tracking: Tracking = {
        manager,
        schema,
        now: new Date().toISOString().replace(/\.\d+Z/, "Z"),
        ...(status ? { subresource: "status", reset: [["metadata"], ["spec"]] } : { reset: [["status"]] }),
      };
      const path = `${collection}/${name}${status ? "/status" : ""}`;
      const content = status
        ? { status: walkStatus(random) }
        : { ...(random.chance(0.05) ? { status: walkStatus(random) } : {}), spec: walkSpec(random) };
      const metadata = { name, ...(status ? {} : walkMetadata(random)) };
      const sent = { apiVersion: "fields.test/v1", kind: "Walk", metadata, ...content } as KubeObject;
      const operation = random.pick(["apply", "apply", "force", "force", "update", "merge"] as const);
      const [theirs, ours] = await perform(server, { operation, path, collection, live, sent, tracking, status });
      if (!("object" in theirs) && theirs.message.includes(" is invalid:")) continue;
      expect(comparable(ours), `step ${step}: ${manager} ${operation} ${JSON.stringify(sent)} on ${JSON.stringify(live)}`).toEqual(
        comparable(theirs),
      );
      if ("object" in theirs) live = theirs.object;
      if (live && random.chance(0.03)) {
        await server.request("PATCH", `${collection}/${name}`, { metadata: { finalizers: null } }, "application/merge-patch+json");
        await server.request("DELETE", `${collection}/${name}`);
        live = undefined;
      }
    }
  });
});

interface Step {
  readonly operation: "apply" | "force" | "update" | "merge";
  readonly path: string;
  readonly collection: string;
  readonly live: KubeObject | undefined;
  readonly sent: KubeObject;
  readonly tracking: Tracking;
  readonly status: boolean;
}

/** What the real server makes of a step, and what ours does: the fields of this project in the order a server uses them. */
async function perform(server: RealServer, step: Step): Promise<[theirs: Result, ours: Result]> {
  const { operation, path, collection, live, sent, tracking } = step;
  const query = `fieldManager=${tracking.manager}`;
  if (operation === "apply" || operation === "force") {
    const force = operation === "force";
    const answer = await server.request("PATCH", `${path}?${query}&force=${force}`, sent, "application/apply-patch+yaml");
    return [resultOf(answer), applied(step, force)];
  }
  if (live === undefined) {
    const answer = await server.request("POST", `${collection}?${query}`, sent);
    return [resultOf(answer), { object: trackUpdate({ ...tracking, next: stored(read(sent), step) }) }];
  }
  if (operation === "merge") {
    const answer = await server.request("PATCH", `${path}?${query}`, sent, "application/merge-patch+json");
    const next = stored(read(mergePatch(live, sent) as KubeObject), step);
    return [resultOf(answer), { object: trackUpdate({ ...tracking, live, next }) }];
  }
  const { resourceVersion, uid, creationTimestamp, generation, namespace, managedFields } = live.metadata;
  const kept = { resourceVersion, uid, creationTimestamp, generation, namespace, managedFields };
  const next = { ...sent, metadata: { ...sent.metadata, ...kept } } as KubeObject;
  const answer = await server.request("PUT", `${path}?${query}`, next);
  return [resultOf(answer), { object: trackUpdate({ ...tracking, live, next: stored(read(next), step) }) }];
}

function applied(step: Step, force: boolean): Result {
  try {
    const result = apply({ ...step.tracking, live: step.live, config: step.sent, force });
    return result.conflict ? { message: result.message, causes: result.causes } : { object: stored(read(result.object), step) };
  } catch (error) {
    return { message: (error as Error).message, causes: [] };
  }
}

const read = (object: KubeObject): KubeObject => applyDefaults(schema, prune(schema, object).value);

/** The part of an object that the endpoint writes, with the rest as it was. */
function stored(next: KubeObject, { live, status }: Step): KubeObject {
  if (status)
    return replaceStatus({ ...live!, metadata: { ...live!.metadata, managedFields: next.metadata.managedFields! } }, next);
  return replaceStatus(next, live ?? ({} as KubeObject));
}

function replaceStatus({ status: _, ...object }: KubeObject, { status }: KubeObject): KubeObject {
  return (status === undefined ? object : { ...object, status }) as KubeObject;
}

const resultOf = ({ status, body }: Answer): Result =>
  status < 300 ? { object: body } : { message: body.message ?? "", causes: body.details?.causes ?? [] };

/**
 * Without what only a server gives, and in one order: that of managers depends on the second of the day, that of causes on
 * the iteration of a Go map.
 */
function comparable(result: Result): unknown {
  if (!("object" in result))
    return { ...result, causes: result.causes.map((cause) => JSON.stringify(Object.entries(cause).sort())).sort() };
  const {
    resourceVersion,
    uid,
    creationTimestamp,
    generation,
    name,
    namespace,
    managedFields = [],
    ...metadata
  } = result.object.metadata;
  const entries = managedFields
    .map(({ time, ...entry }) => ({ ...entry, time: time !== undefined }))
    .map((entry) => [JSON.stringify([entry.operation, entry.manager, entry.apiVersion, entry.subresource]), entry] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { fieldsV1, ...entry }]) => ({ ...entry, fieldsV1: JSON.stringify(fieldsV1) }));
  return { ...result.object, metadata: { ...metadata, managedFields: entries } };
}
