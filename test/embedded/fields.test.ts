import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ApplyInput } from "../../src/embedded/fields/apply.ts";
import { apply } from "../../src/embedded/fields/apply.ts";
import { fieldSetOf } from "../../src/embedded/fields/fieldset.ts";
import { decodeFields, encodeFields } from "../../src/embedded/fields/fieldsv1.ts";
import { fieldsAt } from "../../src/embedded/fields/set.ts";
import { rootType } from "../../src/embedded/fields/type.ts";
import { trackUpdate } from "../../src/embedded/fields/update.ts";
import type { Schema } from "../../src/embedded/schema/schema.ts";
import type { KubeObject } from "../../src/kube/resource.ts";

const text: Schema = { type: "string" };

const schema: Schema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        name: text,
        labels: { type: "object", additionalProperties: text },
        selector: { type: "object", "x-kubernetes-map-type": "atomic", additionalProperties: text },
        tags: { type: "array", "x-kubernetes-list-type": "set", items: text },
        steps: { type: "array", items: text },
        ports: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["port", "protocol"],
          items: {
            type: "object",
            required: ["port"],
            properties: { port: { type: "integer" }, protocol: { ...text, default: "TCP" }, note: text },
          },
        },
      },
    },
    status: { type: "object", properties: { ready: { type: "boolean" } } },
  },
};

const early = "2026-01-01T00:00:00Z";
const late = "2026-01-02T00:00:00Z";

const thing = (spec: object, metadata: object = {}) =>
  ({ apiVersion: "example.com/v1", kind: "Thing", metadata: { name: "one", ...metadata }, spec }) as unknown as KubeObject;

const by = (manager: string, config: KubeObject, live?: KubeObject, more: Partial<ApplyInput> = {}) =>
  apply({ live, config, manager, force: false, schema, now: early, ...more });

function applied(...args: Parameters<typeof by>): KubeObject {
  const result = by(...args);
  if (result.conflict) throw new Error(result.message);
  return result.object;
}

const specOf = (object: KubeObject) => object["spec"] as Record<string, unknown>;
const owners = ({ metadata }: KubeObject) =>
  Object.fromEntries(
    (metadata.managedFields ?? []).map(({ manager, operation, fieldsV1 }) => [`${manager} ${operation}`, fieldsV1]),
  );

describe("an apply", () => {
  it("owns what it says, keys of lists and members of sets included", () => {
    const object = applied(
      "alpha",
      thing({ tags: ["x"], ports: [{ port: 80, note: "web" }], labels: { a: "1" }, selector: { b: "2" } }),
    );
    expect(owners(object)).toEqual({
      "alpha Apply": {
        "f:spec": {
          "f:labels": { "f:a": {} },
          "f:ports": { 'k:{"port":80,"protocol":"TCP"}': { ".": {}, "f:note": {}, "f:port": {} } },
          "f:selector": {},
          "f:tags": { 'v:"x"': {} },
        },
      },
    });
  });

  it("leaves alone what it does not say", () => {
    const live = applied("alpha", thing({ name: "a", labels: { a: "1" } }));
    expect(specOf(applied("beta", thing({ labels: { b: "2" } }), live))).toEqual({ name: "a", labels: { a: "1", b: "2" } });
  });

  it("takes away what it said before and says no more", () => {
    const live = applied("alpha", thing({ name: "a", labels: { a: "1", b: "2" }, tags: ["x", "y"] }));
    expect(specOf(applied("alpha", thing({ labels: { b: "2" }, tags: ["y"] }), live))).toEqual({ labels: { b: "2" }, tags: ["y"] });
  });

  it("does not take away what somebody else says too", () => {
    const both = applied("beta", thing({ name: "a" }), applied("alpha", thing({ name: "a" })));
    const left = applied("alpha", thing({}), both);
    expect(specOf(left)).toEqual({ name: "a" });
    expect(owners(left)).toEqual({ "alpha Apply": { "f:spec": {} }, "beta Apply": { "f:spec": { "f:name": {} } } });
  });

  it("is refused what another manager says otherwise, and says who and where", () => {
    const live = applied("beta", thing({ name: "a", ports: [{ port: 80, note: "web" }] }));
    expect(by("alpha", thing({ name: "b", ports: [{ port: 80, note: "dns" }] }), live)).toEqual({
      conflict: true,
      message: 'Apply failed with 2 conflicts: conflicts with "beta":\n- .spec.name\n- .spec.ports[port=80,protocol="TCP"].note',
      causes: [
        { reason: "FieldManagerConflict", message: 'conflict with "beta"', field: ".spec.name" },
        { reason: "FieldManagerConflict", message: 'conflict with "beta"', field: '.spec.ports[port=80,protocol="TCP"].note' },
      ],
    });
  });

  it("names the version of an update that it conflicts with", () => {
    const live = trackUpdate({ next: thing({ name: "a" }), manager: "kubectl", schema, now: early });
    expect(by("alpha", thing({ name: "b" }), live)).toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "kubectl" using example.com/v1: .spec.name',
    });
  });

  it("takes over when it is forced to", () => {
    const live = applied("beta", thing({ name: "a", steps: ["x"] }));
    const taken = applied("alpha", thing({ name: "b" }), live, { force: true });
    expect(specOf(taken)).toEqual({ name: "b", steps: ["x"] });
    expect(owners(taken)).toMatchObject({
      "alpha Apply": { "f:spec": { "f:name": {} } },
      "beta Apply": { "f:spec": { "f:steps": {} } },
    });
  });

  it("changes nothing the second time, not even its time", () => {
    const once = applied("alpha", thing({ name: "a", tags: ["x"] }));
    expect(applied("alpha", thing({ name: "a", tags: ["x"] }), once, { now: late })).toEqual(once);
  });

  it("moves its time when its fields change", () => {
    const once = applied("alpha", thing({ name: "a" }));
    const twice = applied("alpha", thing({ name: "a", steps: [] }), once, { now: late });
    expect(twice.metadata.managedFields?.map(({ time }) => time)).toEqual([late]);
  });

  it("finds an owner for what was there before the first apply", () => {
    const live = thing({ name: "a" });
    expect(owners(applied("alpha", thing({ steps: ["x"] }), live))).toEqual({
      "alpha Apply": { "f:spec": { "f:steps": {} } },
      "before-first-apply Update": { "f:spec": { ".": {}, "f:name": {} } },
    });
  });

  it("replaces lists and merges maps where no schema says otherwise", () => {
    const live = applied("alpha", thing({ list: [1], map: { a: 1 } }), undefined, { schema: undefined });
    const next = applied("alpha", thing({ list: [2], map: { a: 1, b: 2 } }), live, { schema: undefined });
    expect(specOf(next)).toEqual({ list: [2], map: { a: 1, b: 2 } });
    expect(owners(next)).toEqual({
      "alpha Apply": { "f:spec": { ".": {}, "f:list": {}, "f:map": { ".": {}, "f:a": {}, "f:b": {} } } },
    });
  });

  it("refuses what does not fit the schema", () => {
    expect(() => by("alpha", thing({ name: 1 }))).toThrow(
      "failed to create typed patch object (/one; example.com/v1, Kind=Thing): .spec.name: expected string, got &value.valueUnstructured{Value:1}",
    );
    expect(() => by("alpha", thing({ tags: ["x", "x"] }))).toThrow(/duplicate entries for key/);
  });

  it("does not own what its endpoint resets", () => {
    const sent = { ...thing({ name: "a" }), status: { ready: true } } as unknown as KubeObject;
    expect(owners(applied("alpha", sent, undefined, { reset: fieldsAt(["status"]) }))).toEqual({
      "alpha Apply": { "f:spec": { "f:name": {} } },
    });
  });

  it("of a subresource has an entry of its own", () => {
    const live = applied("alpha", thing({ name: "a" }));
    const sent = { ...thing({}), status: { ready: true } } as unknown as KubeObject;
    const both = applied("alpha", sent, live, { subresource: "status", reset: fieldsAt(["metadata"], ["spec"]) });
    expect(both.metadata.managedFields?.map(({ subresource, fieldsV1 }) => [subresource, fieldsV1])).toEqual([
      [undefined, { "f:spec": { "f:name": {} } }],
      ["status", { "f:status": { "f:ready": {} } }],
    ]);
  });
});

describe("an update", () => {
  const update = (manager: string, next: KubeObject, live?: KubeObject, now = early) =>
    trackUpdate({ manager, next, live, schema, now });

  it("owns what it changes, and takes it from who applied it", () => {
    const live = applied("alpha", thing({ name: "a", steps: ["x"] }));
    const next = update("kubectl", { ...live, spec: { name: "b", steps: ["x"] } } as KubeObject, live);
    expect(owners(next)).toEqual({
      "alpha Apply": { "f:spec": { "f:steps": {} } },
      "kubectl Update": { "f:spec": { "f:name": {} } },
    });
  });

  it("forgets managers that own nothing any more", () => {
    const live = applied("alpha", thing({ name: "a" }));
    expect(owners(update("kubectl", { ...live, spec: {} } as KubeObject, live))).toEqual({});
  });

  it("that changes nothing owns nothing", () => {
    const live = update("kubectl", thing({ name: "a" }));
    expect(update("other", live, live, late)).toEqual(live);
  });

  it("without a name is by somebody unknown", () => {
    expect(Object.keys(owners(update("", thing({ name: "a" }))))).toEqual(["unknown Update"]);
  });

  it("may empty the list of managers, which stays empty until an apply", () => {
    const live = update("kubectl", thing({ name: "a" }));
    const reset = update("kubectl", thing({ name: "a" }, { managedFields: [{}] }), live);
    expect(reset.metadata.managedFields).toBeUndefined();
    expect(update("kubectl", thing({ name: "b" }), reset).metadata.managedFields).toBeUndefined();
  });

  it("keeps ten managers of updates by throwing the oldest together", () => {
    let live: KubeObject | undefined;
    for (let i = 0; i < 12; i++) {
      const next = thing({ labels: { ...(specOf(live ?? thing({}))["labels"] as object), [`k${i}`]: "v" } });
      live = update(`m${i}`, next, live, `2026-01-01T00:00:${String(i).padStart(2, "0")}Z`);
    }
    const names = live!.metadata.managedFields!.map(({ manager }) => manager);
    expect(names).toHaveLength(10);
    expect(names).toContain("ancient-changes");
    expect(names).toContain("m11");
  });
});

const word = fc.constantFrom("a", "b", "c");
const spec = fc.record(
  {
    name: word,
    labels: fc.dictionary(word, word),
    selector: fc.dictionary(word, word),
    tags: fc.uniqueArray(word),
    steps: fc.array(word),
    ports: fc.uniqueArray(fc.record({ port: fc.integer({ min: 1, max: 3 }), note: word }, { requiredKeys: ["port"] }), {
      selector: ({ port }) => port,
    }),
  },
  { requiredKeys: [] },
);

describe("whatever is applied", () => {
  it("is there afterwards, and applying it again changes nothing", () => {
    fc.assert(
      fc.property(spec, spec, (before, config) => {
        const live = trackUpdate({ next: thing(before), manager: "kubectl", schema, now: early });
        const once = applied("alpha", thing(config), live, { force: true });
        expect(specOf(once)).toMatchObject({
          ...(config.name && { name: config.name }),
          ...(config.steps && { steps: config.steps }),
        });
        expect(applied("alpha", thing(config), once, { force: true, now: late })).toEqual(once);
      }),
    );
  });

  it("is gone when nothing is applied any more, and only that", () => {
    fc.assert(
      fc.property(spec, spec, (mine, theirs) => {
        const first = applied("alpha", thing({ ...mine, name: "a" }));
        const both = applied("beta", thing({ ...theirs, name: "a" }), first, { force: true });
        expect(bare(applied("alpha", thing({}), both))).toEqual(bare(thing({ ...theirs, name: "a" })));
      }),
    );
  });

  it("conflicts, or ends as if it were forced", () => {
    fc.assert(
      fc.property(spec, spec, (theirs, mine) => {
        const live = applied("beta", thing(theirs));
        const result = by("alpha", thing(mine), live);
        if (!result.conflict) expect(result.object).toEqual(applied("alpha", thing(mine), live, { force: true }));
      }),
    );
  });

  it("is left as it was given", () => {
    fc.assert(
      fc.property(spec, spec, (before, config) => {
        const live = applied("beta", thing(before));
        const [liveText, configText] = [JSON.stringify(live), JSON.stringify(config)];
        by("alpha", thing(config), live, { force: true });
        expect([JSON.stringify(live), JSON.stringify(config)]).toEqual([liveText, configText]);
      }),
    );
  });

  it("has fields that can be written down and read again", () => {
    fc.assert(
      fc.property(spec, (content) => {
        const fields = encodeFields(fieldSetOf(rootType(schema), thing(content)));
        expect(encodeFields(decodeFields(fields))).toEqual(fields);
      }),
    );
  });
});

/** The content of a spec whatever the order of its lists, without what is empty. */
function bare(object: KubeObject): unknown {
  const { labels = {}, tags = [], ports = [], steps, selector, ...rest } = specOf(object) as Record<string, never>;
  const sorted = (list: readonly unknown[]) => list.map((item) => JSON.stringify(item)).sort();
  return { ...rest, labels, tags: sorted(tags), ports: sorted(ports), steps, selector };
}
