import { describe, expect, it } from "vitest";
import { StrategicPatchError, strategicMergePatch } from "../../src/embedded/fields/strategic.ts";
import { builtinKinds } from "../../src/embedded/schema/builtin/index.ts";
import type { KubeObject } from "../../src/kube/resource.ts";

const { schema } = builtinKinds.find(({ resource }) => resource.kind === "Pod")!;

const pod = (spec: object, metadata: object = {}) =>
  ({ apiVersion: "v1", kind: "Pod", metadata: { name: "one", ...metadata }, spec }) as unknown as KubeObject;

const patch = (live: KubeObject, change: object) => strategicMergePatch(live, change as Record<string, unknown>, schema);
const specOf = (object: KubeObject) => object["spec"] as Record<string, unknown>;

const containers = (...names: string[]) => ({ containers: names.map((name) => ({ name, image: "i" })) });
const namesOf = (object: KubeObject) => (specOf(object)["containers"] as { name: string }[]).map(({ name }) => name);

describe("a strategic merge patch", () => {
  it("merges lists by their key, what is new first", () => {
    const next = patch(pod(containers("a", "b")), { spec: { containers: [{ name: "c" }, { name: "b", image: "j" }] } });
    expect(specOf(next)["containers"]).toEqual([{ name: "c" }, { name: "a", image: "i" }, { name: "b", image: "j" }]);
  });

  it("removes an entry, or all but its own", () => {
    const live = pod(containers("a", "b"));
    expect(namesOf(patch(live, { spec: { containers: [{ name: "a", $patch: "delete" }] } }))).toEqual(["b"]);
    expect(namesOf(patch(live, { spec: { containers: [{ $patch: "replace" }, { name: "z" }] } }))).toEqual(["z"]);
  });

  it("tells the order", () => {
    const change = { spec: { "$setElementOrder/containers": [{ name: "c" }, { name: "a" }], containers: [{ name: "c" }] } };
    expect(namesOf(patch(pod(containers("a", "b")), change))).toEqual(["c", "a", "b"]);
  });

  it("treats lists without a key as sets, and removes from them", () => {
    const live = pod({}, { finalizers: ["x/a", "x/b"] });
    expect(patch(live, { metadata: { finalizers: ["x/b", "x/c"] } }).metadata.finalizers).toEqual(["x/a", "x/b", "x/c"]);
    expect(patch(live, { metadata: { "$deleteFromPrimitiveList/finalizers": ["x/a"] } }).metadata.finalizers).toEqual(["x/b"]);
  });

  it("replaces lists that are not merged", () => {
    const live = pod({ containers: [{ name: "a", args: ["1", "2"] }] });
    expect(specOf(patch(live, { spec: { containers: [{ name: "a", args: ["3"] }] } }))["containers"]).toEqual([
      { name: "a", args: ["3"] },
    ]);
  });

  it("retains the keys that it names", () => {
    const live = pod({ volumes: [{ name: "v", emptyDir: {} }] });
    const volume = { name: "v", $retainKeys: ["name", "configMap"], configMap: { name: "x" } };
    expect(specOf(patch(live, { spec: { volumes: [volume] } }))["volumes"]).toEqual([{ name: "v", configMap: { name: "x" } }]);
  });

  it("removes by null, replaces and empties maps", () => {
    const live = pod({}, { labels: { a: "1", b: "2" } });
    const labels = (change: object) => patch(live, { metadata: { labels: change } }).metadata.labels;
    expect(labels({ a: null, c: "3" })).toEqual({ b: "2", c: "3" });
    expect(labels({ $patch: "replace", c: "3" })).toEqual({ c: "3" });
    expect(labels({ $patch: "delete", c: "3" })).toEqual({});
  });

  it.each([
    [
      "an entry without its key",
      { containers: [{ image: "j" }] },
      500,
      "map: map[image:j] does not contain declared merge key: name",
    ],
    ["an unknown directive", { $patch: "x" }, 500, "unknown patch type: x in map: map[$patch:x]"],
    ["an order of nothing", { $setElementOrder: [] }, 400, "invalid patch format of setElementOrder list"],
    [
      "a field that it cannot find",
      { foo: { bar: 1 } },
      500,
      'unable to find api field in struct PodSpec for the json field "foo"',
    ],
  ])("is refused %s", (_, change, status, message) => {
    const refused = () => patch(pod({ ...containers("a"), foo: {} }), { spec: change });
    expect(refused).toThrow(StrategicPatchError);
    expect(refused).toThrow(expect.objectContaining({ status, message }));
  });

  it("leaves what it is given as it was", () => {
    const live = pod(containers("a", "b"), { labels: { a: "1" } });
    const change = { metadata: { labels: { a: null } }, spec: { containers: [{ name: "a", $patch: "delete" }, { name: "c" }] } };
    const before = JSON.stringify([live, change]);
    patch(live, change);
    expect(JSON.stringify([live, change])).toBe(before);
  });
});
