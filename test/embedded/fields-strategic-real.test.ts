import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { StrategicPatchError, strategicMergePatch } from "../../src/embedded/fields/strategic.ts";
import { builtinKinds, readBuiltin } from "../../src/embedded/schema/builtin/index.ts";
import { applyDefaults } from "../../src/embedded/schema/default.ts";
import type { KubeObject } from "../../src/kube/resource.ts";
import type { Random } from "./fields-random.ts";
import { randomFrom } from "./fields-random.ts";
import type { RealServer } from "./schema-real.ts";
import { nextToReal, noRealServer, startRealServer } from "./schema-real.ts";

const path = "/apis/apps/v1/namespaces/default/deployments";
const kind = builtinKinds.find(({ resource }) => resource.kind === "Deployment")!;

const container = (name: string, more: object = {}) => ({ name, image: "i", ...more });
const env = (...names: string[]) => names.map((name) => ({ name, value: "1" }));

const live = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "one", labels: { a: "1", b: "2" }, finalizers: ["x/a", "x/b", "x/c"] },
  spec: {
    selector: { matchLabels: { app: "a" } },
    template: {
      metadata: { labels: { app: "a", more: "b" } },
      spec: {
        containers: [
          container("a", { env: env("x", "y", "z"), args: ["1", "2"], ports: [{ containerPort: 80, name: "http" }] }),
          container("b"),
          container("c"),
        ],
        volumes: [{ name: "v", emptyDir: {} }],
        nodeSelector: { zone: "a" },
      },
    },
  },
} as unknown as KubeObject;

const spec = (template: object, more: object = {}) => ({ spec: { template: { spec: template }, ...more } });
const containers = (...list: object[]) => spec({ containers: list });
const order = "$setElementOrder";
const deletion = "$deleteFromPrimitiveList";

const patches: readonly (readonly [what: string, patch: object])[] = [
  ["nothing", {}],
  ["a container's image", containers({ name: "b", image: "j" })],
  ["another container", containers({ name: "d", image: "j" })],
  ["containers in another order", containers({ name: "c", image: "j" }, { name: "a", image: "k" })],
  ["a container goes", containers({ name: "b", $patch: "delete" })],
  ["one goes and one comes", containers({ name: "b", $patch: "delete" }, { name: "d", image: "d" })],
  ["all containers are replaced", containers({ $patch: "replace" }, container("z"))],
  ["a container without a name", containers({ image: "j" })],
  ["a deletion without a name", containers({ $patch: "delete" })],
  ["an unknown directive", containers({ name: "a", $patch: "explode" })],
  ["a merge that is told", containers({ name: "a", $patch: "merge" })],
  ["an unknown directive of a map", spec({ $patch: "explode" })],
  ["a list that has no key", containers({ name: "a", args: ["3"] })],
  ["a variable", containers({ name: "a", env: [{ name: "y", value: "2" }] })],
  ["variables in order", containers({ name: "a", env: env("w"), [`${order}/env`]: [{ name: "z" }, { name: "w" }, { name: "x" }] })],
  ["an order that knows less", spec({ [`${order}/containers`]: [{ name: "b" }], containers: [{ name: "a", image: "j" }] })],
  ["an order alone", spec({ [`${order}/containers`]: [{ name: "c" }, { name: "a" }] })],
  ["an order of all", spec({ [`${order}/containers`]: [{ name: "c" }, { name: "b" }, { name: "a" }] })],
  ["an order of what is not there", spec({ [`${order}/initContainers`]: [{ name: "c" }] })],
  ["an order of a new list", spec({ [`${order}/initContainers`]: [{ name: "c" }], initContainers: [container("c")] })],
  ["an order that is no list", spec({ [`${order}/containers`]: {} })],
  ["an order of nothing", spec({ [order]: [] })],
  ["a finalizer more", { metadata: { finalizers: ["x/d", "x/a"] } }],
  ["a finalizer less", { metadata: { [`${deletion}/finalizers`]: ["x/b"] } }],
  [
    "finalizers in order",
    { metadata: { [`${order}/finalizers`]: ["x/d", "x/c", "x/a"], [`${deletion}/finalizers`]: ["x/b"], finalizers: ["x/d"] } },
  ],
  ["a deletion from what is not there", spec({ containers: [{ name: "b", [`${deletion}/args`]: ["1"] }] })],
  ["a deletion from a list that is replaced", spec({ containers: [{ name: "a", [`${deletion}/args`]: ["1"] }] })],
  ["a label", { metadata: { labels: { c: "3" } } }],
  ["a label goes", { metadata: { labels: { a: null, z: null } } }],
  ["labels are replaced", { metadata: { labels: { $patch: "replace", c: "3" } } }],
  ["labels go", { metadata: { labels: { $patch: "delete" } } }],
  ["all labels go", { metadata: { labels: null } }],
  ["a strategy, keys retained", { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } }],
  ["a strategy, keys not retained", { spec: { strategy: { type: "Recreate" } } }],
  ["a strategy, other keys retained", { spec: { strategy: { $retainKeys: ["x"], type: "Recreate" } } }],
  ["a strategy, no keys", { spec: { strategy: { $retainKeys: "type", type: "Recreate" } } }],
  ["a volume of another kind", spec({ volumes: [{ name: "v", $retainKeys: ["name", "configMap"], configMap: { name: "x" } }] })],
  ["an atomic map", spec({ nodeSelector: { host: "b" } })],
  ["a port", containers({ name: "a", ports: [{ containerPort: 81 }] })],
  ["a port by another protocol", containers({ name: "a", ports: [{ containerPort: 80, protocol: "UDP", name: "dns" }] })],
  ["new fields with nulls", spec({ securityContext: { runAsUser: 1, runAsGroup: null }, hostname: null })],
  ["a number", { spec: { replicas: 5, paused: true } }],
  ["text for a list", { spec: { template: { spec: { containers: "x" } } } }],
  ["a list for a map", { metadata: { labels: [] } }],
  ["a map inside a map of texts", { metadata: { labels: { a: { b: "c" } } } }],
  ["a field that is not known", { spec: { foo: { bar: 1 } } }],
  ["an order of a field that is not known", { spec: { [`${order}/foo`]: ["a"], foo: ["a"] } }],
];

function randomPatch(random: Random): object {
  const names = ["a", "b", "c", "d"];
  const listed = (all: readonly string[], make: (name: string) => object) =>
    random.some(all).map((name) => (random.chance(0.25) ? { name, $patch: "delete" } : make(name)));
  const variables = ["x", "y", "z", "w"];
  const make = (name: string): object => {
    const list = listed(variables, (variable) => ({ name: variable, value: random.pick(["1", "2"]) }));
    const told = random.some(variables, 0.6).map((variable) => ({ name: variable }));
    return container(name, {
      ...(random.chance(0.6) && { env: list }),
      ...(random.chance(0.4) && { [`${order}/env`]: told }),
      ...(random.chance(0.3) && { args: random.some(["1", "2", "3"]) }),
    });
  };
  // What a patch both adds and deletes is there or not, by chance.
  const deleted = random.chance(0.3) ? random.some(["x/b", "x/c"]) : undefined;
  const finalizers = ["x/a", "x/b", "x/c", "x/d"].filter((name) => !deleted?.includes(name));
  return {
    metadata: {
      ...(random.chance(0.5) && { finalizers: random.some(finalizers) }),
      ...(random.chance(0.3) && { [`${order}/finalizers`]: random.some(finalizers, 0.8) }),
      ...(deleted && { [`${deletion}/finalizers`]: deleted }),
      labels: {
        ...(random.chance(0.1) && { $patch: random.pick(["replace", "delete"]) }),
        [random.pick(names)]: random.pick(["1", null]),
      },
    },
    spec: {
      template: {
        spec: {
          ...(random.chance(0.8) && {
            containers: [...(random.chance(0.1) ? [{ $patch: "replace" }] : []), ...listed(names, make)],
          }),
          ...(random.chance(0.4) && { [`${order}/containers`]: random.some(names, 0.7).map((name) => ({ name })) }),
        },
      },
    },
  };
}

describe.skipIf(noRealServer)(nextToReal("strategic merge patches"), () => {
  let server: RealServer;
  let stored: KubeObject;
  beforeAll(async () => {
    server = await startRealServer();
    const { status, body } = await server.request("POST", path, live);
    expect(status, body.message).toBe(201);
    stored = body;
  });
  afterAll(() => server?.stop());

  /** @param exact whether the words of a refusal count: of several reasons, the real server gives any */
  async function compare(patch: object, exact = true): Promise<boolean> {
    const { status, body } = await server.request(
      "PATCH",
      `${path}/one?dryRun=All&fieldValidation=Ignore`,
      patch,
      "application/strategic-merge-patch+json",
    );
    if (status === 422 && body.message?.includes("is invalid:")) return false;
    const message = exact ? body.message : expect.any(String);
    expect(patched(patch)).toEqual(status === 200 ? content(body) : { status, message });
    return status === 200;
  }

  function patched(patch: object): unknown {
    try {
      const { value } = readBuiltin(kind, strategicMergePatch(stored, patch as Record<string, unknown>, kind.schema));
      return content(applyDefaults(kind.schema, kind.applyDefaults?.(value) ?? value));
    } catch (error) {
      if (error instanceof StrategicPatchError) return { status: error.status, message: error.message };
      throw error;
    }
  }

  const content = ({ metadata: { labels, finalizers }, spec: desired }: KubeObject): unknown => ({
    labels,
    finalizers,
    spec: desired,
  });

  it.each(patches)("merge alike: %s", async (_, patch) => {
    await compare(patch);
  });

  it("merge alike, whatever they say", async () => {
    const random = randomFrom(Number(process.env.FAP_WALK_SEED ?? 1));
    let applied = 0;
    for (let step = 0; step < Number(process.env.FAP_WALK_STEPS ?? 400); step++) {
      if (await compare(randomPatch(random), false)) applied++;
    }
    expect(applied).toBeGreaterThan(50);
  }, 120_000);
});
