import { afterAll, beforeAll, describe, it } from "vitest";
import { fieldsAt } from "../../src/embedded/fields/set.ts";
import { builtinKinds, emptyBuiltin, readBuiltin } from "../../src/embedded/schema/builtin/index.ts";
import { applyDefaults } from "../../src/embedded/schema/default.ts";
import { validateMetadata } from "../../src/embedded/schema/metadata.ts";
import { prune } from "../../src/embedded/schema/prune.ts";
import type { Schema } from "../../src/embedded/schema/schema.ts";
import { schemaValidator } from "../../src/embedded/schema/validate.ts";
import type { KubeObject } from "../../src/kube/resource.ts";
import type { Random } from "./fields-random.ts";
import type { Subject } from "./fields-walk.ts";
import { walk } from "./fields-walk.ts";
import type { RealServer } from "./schema-real.ts";
import { installCrd, nextToReal, noRealServer, startRealServer } from "./schema-real.ts";

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

const walkStatus = (random: Random) =>
  random.object(
    {
      ready: () => random.chance(0.5),
      conditions: () => random.some(words).map((type) => ({ type, ...random.object({ status: () => random.pick(words) }) })),
    },
    0.7,
  );

const balanced = { ip: "1.2.3.4" };

function serviceSpec(random: Random): Record<string, unknown> {
  const ports = () =>
    random.some([80, 81, 443], 0.6).map((port, i) => ({
      port,
      name: `p${i}`,
      ...random.object({
        protocol: () => random.pick(["TCP", "UDP"]),
        targetPort: () => random.pick([8080, "http", port]),
        nodePort: () => random.pick([0, 30000 + port]),
        appProtocol: () => random.pick(["http", "kubernetes.io/h2c"]),
      }),
    }));
  return {
    ...(random.chance(0.85) && { ports: ports() }),
    ...random.object(
      {
        // An ExternalName hides a field that its store still has, which is another story.
        type: () => random.pick(["ClusterIP", "ClusterIP", "NodePort", "LoadBalancer", "LoadBalancer"]),
        selector: () => Object.fromEntries(random.some(words).map((key) => [key, random.pick(words)])),
        externalName: () => random.pick(["a.b", "c.d."]),
        sessionAffinity: () => random.pick(["None", "ClientIP"]),
        sessionAffinityConfig: () => ({ clientIP: random.object({ timeoutSeconds: () => random.pick([5, 10, 0]) }) }),
        externalTrafficPolicy: () => random.pick(["Cluster", "Local"]),
        internalTrafficPolicy: () => random.pick(["Cluster", "Local"]),
        publishNotReadyAddresses: () => random.chance(0.5),
        externalIPs: () => random.some(["1.2.3.4", "5.6.7.8"]),
        allocateLoadBalancerNodePorts: () => random.chance(0.5),
        loadBalancerSourceRanges: () => random.some(["10.0.0.0/8", "11.0.0.0/8"]),
        loadBalancerClass: () => random.pick(["x/a", "x/b"]),
        trafficDistribution: () => "PreferClose",
        clusterIP: () => random.pick(["None", "", "10.0.0.200"]),
        clusterIPs: () => random.pick([["None"], [], ["10.0.0.200"]]),
        ipFamilyPolicy: () => "SingleStack",
        ipFamilies: () => ["IPv4"],
      },
      0.2,
    ),
  };
}

const serviceStatus = (random: Random) =>
  random.object(
    {
      loadBalancer: () =>
        random.object({ ingress: () => random.some([balanced, { hostname: "a.b" }, { ...balanced, ipMode: "Proxy" }]) }, 0.8),
      conditions: () =>
        random.some(words).map((type) => ({ type, ...random.object({ status: () => random.pick(["True", "False"]) }) })),
    },
    0.7,
  );

const builtin = builtinKinds.find(({ resource }) => resource.kind === "Service")!;

const service: Subject = {
  apiVersion: "v1",
  kind: "Service",
  collection: "/api/v1/namespaces/default/services",
  schema: builtin.schema,
  empty: emptyBuiltin(builtin),
  statusReset: fieldsAt(["spec"]),
  statusKeepsMetadata: false,
  spec: serviceSpec,
  status: serviceStatus,
  read: (object) => {
    const { value } = readBuiltin(builtin, object);
    return applyDefaults(builtin.schema, builtin.applyDefaults!(value));
  },
  prepare: (object, old, subresource) => builtin.prepare!(object, old, subresource),
  validate: (object, old, subresource) => [
    ...validateMetadata(object, builtin.metadata, old),
    ...builtin.validate!(object, old, subresource),
  ],
  isForServerOnly: (message, causes) => /duplicate nodePort|already allocated/.test(message + JSON.stringify(causes)),
  settled: ({ spec, ...object }) => {
    const { clusterIP, clusterIPs, healthCheckNodePort, ports, ...rest } = spec as Record<string, unknown>;
    const kept = (ports as { nodePort?: number }[] | undefined)?.map(({ nodePort, ...port }) => port);
    return { ...object, spec: { ...rest, ...(kept && { ports: kept }) } } as KubeObject;
  },
};

const validator = schemaValidator(schema);

const custom: Subject = {
  apiVersion: "fields.test/v1",
  kind: "Walk",
  collection: "/apis/fields.test/v1/namespaces/default/walks",
  schema,
  statusReset: fieldsAt(["metadata"], ["spec"]),
  statusKeepsMetadata: true,
  spec: walkSpec,
  status: walkStatus,
  read: (object) => applyDefaults(schema, prune(schema, object).value),
  prepare: (object) => object,
  validate: (object, old, subresource) => [
    ...validateMetadata(object, { namespaced: true }, old),
    ...(subresource ? validator.validateStatus(object, old) : validator.validate(object, old && { old })),
  ],
  settled: (object) => object,
};

describe.skipIf(noRealServer)(nextToReal("the fields of objects"), () => {
  let server: RealServer;
  beforeAll(async () => {
    server = await startRealServer();
    await installCrd(server, crd);
  });
  afterAll(() => server?.stop());

  const steps = Number(process.env.FAP_WALK_STEPS ?? 400);
  const seeds = process.env.FAP_WALK_SEED ? [Number(process.env.FAP_WALK_SEED)] : [1, 2, 3];

  it.each(seeds)("change and change hands alike on a custom resource (seed %i)", async (seed) => {
    await walk(server, custom, seed, steps);
  });

  it.each(seeds)("change and change hands alike on a Service (seed %i)", async (seed) => {
    await walk(server, service, seed, steps);
  });
});
