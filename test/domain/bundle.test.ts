import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accessPointSpec } from "../../src/api/accesspoint.ts";
import { canonicalJson, digest } from "../../src/domain/digest.ts";
import { checkBundle } from "../../src/domain/preflight/bundle.ts";
import { type Bundle, render, renderKey } from "../../src/domain/render.ts";
import { bundleOf, fromControllerRevision, prunable, revisionName, toControllerRevision } from "../../src/domain/revision.ts";
import { substitute } from "../../src/domain/variables.ts";
import { FLEET, member } from "../placement/builders.ts";

const OWNER = { namespace: "shop", name: "checkout", uid: "u" };
const service = (metadata: object = { name: "web" }, more: object = {}) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata,
  ...more,
});

const bundle = (manifests: readonly object[], more: object = {}): Bundle =>
  ({ templates: manifests.map((manifest) => ({ manifest })), sync: accessPointSpec.shape.sync.parse({}), ...more }) as Bundle;

describe("what is wrong with a bundle before any cluster is looked at", () => {
  const route = { apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: { name: "web" } };
  const override = { name: "o", target: { kind: "Gateway" }, mergePatch: {} };
  const merge = (mergePatch: object) => ({ name: "m", target: { kind: "Service" }, mergePatch });

  it.each<[string, Bundle, readonly string[]]>([
    ["nothing", bundle([service(), route]), []],
    ["its own namespace may be named", bundle([service({ name: "web", namespace: "shop" })]), []],
    [
      "another namespace",
      bundle([service({ name: "web", namespace: "other" })]),
      ["ForeignNamespace spec.templates[0].manifest.metadata.namespace"],
    ],
    [
      "a kind that is not delivered",
      bundle([{ ...service(), kind: "Pod" }]),
      ["InvalidManifest spec.templates[0].manifest.apiVersion"],
    ],
    ["status", bundle([service(undefined, { status: {} })]), ["InvalidManifest spec.templates[0].manifest.status"]],
    [
      "ownerReferences",
      bundle([service({ name: "web", ownerReferences: [] })]),
      ["InvalidManifest spec.templates[0].manifest.metadata.ownerReferences"],
    ],
    [
      "our own marks",
      bundle([service({ name: "web", labels: { "accesspoint.dev/uid": "x" } })]),
      ["InvalidManifest spec.templates[0].manifest.metadata.labels['accesspoint.dev/uid']"],
    ],
    [
      "a Service's name that is no host name",
      bundle([service({ name: "1web" })]),
      ["InvalidManifest spec.templates[0].manifest.metadata.name"],
    ],
    [
      "a Service's name that is too long",
      bundle([service({ name: "a".repeat(64) })]),
      ["NameTooLong spec.templates[0].manifest.metadata.name"],
    ],
    ["a name that is a variable", bundle([service({ name: "web-${cluster.zone}" })]), []],
    [
      "the same object twice",
      bundle([service(), service()]),
      ["DuplicateObject spec.templates[1].manifest", "DuplicateObject spec.templates[1].name"],
    ],
    ["an override that meets nothing", bundle([service()], { overrides: [override] }), ["OverrideFailed spec.overrides[0].target"]],
    [
      "an override that merges nothing into what is there",
      bundle([service({ name: "web" }, { spec: { selector: { app: "web" } } })], {
        overrides: [merge({ spec: { selector: {} } })],
      }),
      ["OverrideFailed spec.overrides[0].mergePatch.spec.selector"],
    ],
    ["one that is empty", bundle([service()], { overrides: [merge({})] }), ["OverrideFailed spec.overrides[0].mergePatch"]],
    [
      "one that makes an empty object where there is none",
      bundle([service({ name: "web" }, { spec: { selector: { app: "web" } } })], {
        overrides: [merge({ spec: { sessionAffinityConfig: {}, selector: null } })],
      }),
      [],
    ],
    [
      "or in one of two objects",
      bundle([service({ name: "a" }, { spec: { selector: {} } }), service({ name: "b" })], {
        overrides: [merge({ spec: { selector: {} } })],
      }),
      [],
    ],
    ["too much of it", bundle([service(undefined, { spec: { text: "x".repeat(600_000) } })]), ["BundleTooLarge spec.templates"]],
  ])("%s", (_, given, expected) => {
    expect(checkBundle(given, "shop").map(({ reason, field }) => `${reason} ${field}`)).toEqual(expected);
  });
});

describe("variables", () => {
  const cluster = member("lvs-1", { labels: { env: "prod", "a.b/c": "d" } });

  it.each<[string, unknown, unknown]>([
    ["the target's facts", "${cluster.name} ${cluster.zone} ${cluster.region}", "lvs-1 lvs us-west"],
    ["labels", "${cluster.labels['env']}-${cluster.labels['a.b/c']}", "prod-d"],
    ["a literal", "$${cluster.name}", "${cluster.name}"],
    ["a dollar alone", "$5 and ${cluster.name}$", "$5 and lvs-1$"],
    [
      "inside lists and objects, not in keys",
      { "${cluster.name}": ["${cluster.zone}", 7, null] },
      { "${cluster.name}": ["lvs", 7, null] },
    ],
  ])("%s", (_, value, expected) => {
    expect(substitute(value, cluster)).toEqual(expected);
  });

  it.each<[string, string, RegExp]>([
    [
      "a name that is not known",
      "${cluster.nmae}",
      /\$\{cluster\.nmae\}: there is .*write \$\$\{cluster\.nmae\} for the text itself/,
    ],
    ["a label that the cluster does not have", "${cluster.labels['team']}", /MemberCluster lvs-1 has no label team/],
    ["a label that every object has", "${cluster.labels['toString']}", /has no label toString/],
  ])("%s is refused", (_, value, message) => {
    expect(() => substitute(value, cluster)).toThrow(message);
  });

  it("a region that the cluster does not have is refused", () => {
    const { region, ...nowhere } = cluster;
    expect(() => substitute("${cluster.region}", nowhere)).toThrow("MemberCluster lvs-1 has no region");
  });
});

describe("digests", () => {
  it("equal values have equal digests, whatever the order of their members", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(digest(turned)).toBe(digest(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("are stable: objects in members carry them", () => {
    expect(digest({ b: [1, null, { c: "ü" }], a: undefined }, 16)).toBe("00286ec86210b6b9");
    expect(revisionName("checkout", bundle([service()]))).toBe("checkout-3c48625dd9");
  });
});

describe("rendering", () => {
  const target = fc.record({
    member: fc.constantFrom(...FLEET),
    placed: fc.boolean(),
    zonePrimary: fc.boolean(),
  });
  const text = fc.constantFrom("a", "b", "${cluster.name}", "${cluster.zone}", "${cluster.region}");
  const manifest = fc.record({ name: fc.constantFrom("a", "b"), text, scope: fc.constantFrom("Cluster", "AvailabilityZone") });
  const override = fc.record(
    { zones: fc.constantFrom(["lvs"], ["slc", "rno"]), clusters: fc.constantFrom(["lvs-1"], ["slc-2", "rno-2"]), text },
    { requiredKeys: ["text"] },
  );
  const anyBundle = fc
    .tuple(
      fc.uniqueArray(manifest, { minLength: 1, maxLength: 2, selector: ({ name }) => name }),
      fc.array(override, { maxLength: 2 }),
    )
    .map(
      ([manifests, overrides]): Bundle => ({
        templates: manifests.map(({ name, text, scope }) => ({ scope, manifest: service({ name }, { spec: { text } }) })) as never,
        overrides: overrides.map(({ text, ...who }, index) => ({
          name: `o${index}`,
          ...who,
          target: { kind: "Service" },
          mergePatch: { spec: { text } },
        })) as never,
        sync: accessPointSpec.shape.sync.parse({}),
      }),
    );

  it("targets with the same key are rendered alike, and marked alike", () => {
    fc.assert(
      fc.property(anyBundle, target, target, (given, a, b) => {
        fc.pre(renderKey(given, a) === renderKey(given, b));
        expect(render(given, a, OWNER)).toEqual(render(given, b, OWNER));
      }),
      { numRuns: 300 },
    );
  });

  it("targets without variables in their bundle share a key as soon as scopes and overrides are the same", () => {
    const plain = bundle([service()]);
    const keys = FLEET.map((cluster) => renderKey(plain, { member: cluster, placed: true, zonePrimary: false }));
    expect(new Set(keys).size).toBe(1);
  });

  it("equal variants are equal in every byte", () => {
    fc.assert(
      fc.property(anyBundle, target, target, (given, a, b) => {
        const [one, other] = [render(given, a, OWNER), render(given, b, OWNER)];
        expect(one.variant === other.variant).toBe(canonicalJson(one.objects) === canonicalJson(other.objects));
      }),
      { numRuns: 300 },
    );
  });

  it("every object carries our marks, and the namespace", () => {
    const [object] = render(
      bundle([service({ name: "web", labels: { team: "a" } })]),
      { member: FLEET[0]!, placed: true, zonePrimary: true },
      OWNER,
    ).objects;
    expect(object?.manifest.metadata).toEqual({
      name: "web",
      namespace: "shop",
      labels: { team: "a", "app.kubernetes.io/managed-by": "federated-accesspoint", "accesspoint.dev/uid": "u" },
      annotations: { "accesspoint.dev/owner": "shop/checkout", "accesspoint.dev/digest": object?.digest.slice(0, 16) },
    });
  });
});

describe("revisions", () => {
  const kept = { name: "checkout-1", number: 3, bundle: bundle([service()]) };

  it("what is kept is read back as it was", () => {
    expect(fromControllerRevision(toControllerRevision(kept, OWNER))).toEqual({ ...kept, bundle: { ...kept.bundle } });
  });

  it.each<[string, object]>([
    ["another data", { data: { templates: "x" } }],
    ["no number", { revision: undefined }],
  ])("one with %s is not ours", (_, change) => {
    expect(fromControllerRevision({ ...toControllerRevision(kept, OWNER), ...change })).toBeUndefined();
  });

  it("placement and rollout make no revision", () => {
    const spec = { ...kept.bundle, placement: { zones: ["lvs"] }, rollout: { paused: true } };
    expect(revisionName("checkout", spec)).toBe(revisionName("checkout", kept.bundle));
    expect(Object.keys(bundleOf(spec))).toEqual(["templates", "sync"]);
  });

  it("of those in no use the newest stay, and one in use always does", () => {
    const all = [1, 2, 3, 4, 5].map((number) => ({ ...kept, name: `r${number}`, number }));
    expect(prunable(all, new Set(["r1", "r3"]), 1).map(({ name }) => name)).toEqual(["r4", "r2"]);
    expect(prunable(all, new Set(), 5)).toEqual([]);
  });
});
