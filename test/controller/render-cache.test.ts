import { describe, expect, it } from "vitest";
import { accessPointSpec } from "../../src/api/accesspoint.ts";
import { RenderCache } from "../../src/controller/render-cache.ts";
import { bundleOf, fromControllerRevision, toControllerRevision } from "../../src/domain/revision.ts";
import { FLEET } from "../placement/builders.ts";

const OWNER = { namespace: "shop", name: "web", uid: "u" };
const [target] = FLEET.map((member) => ({ member, placed: true, zonePrimary: true }));

const bundle = (name: string) =>
  bundleOf(
    accessPointSpec.parse({
      templates: [{ manifest: { apiVersion: "v1", kind: "Service", metadata: { name }, spec: { ports: [{ port: 80 }] } } }],
      placement: { clusters: ["lvs-1"] },
    }),
  );

/** As it is read from the hub. */
const kept = (name: string) => {
  const stored = toControllerRevision({ name: "web-1", number: 1, bundle: bundle(name) }, OWNER);
  return fromControllerRevision(JSON.parse(JSON.stringify(stored)))!.bundle;
};

describe("what was rendered", () => {
  it("from a specification is not rendered again from the revision that was kept of it", () => {
    const cache = new RenderCache();
    expect(cache.render(kept("a"), target!, OWNER)).toBe(cache.render(bundle("a"), target!, OWNER));
  });

  it("is told apart by what the bundle says and by whose it is", () => {
    const cache = new RenderCache();
    const first = cache.render(bundle("a"), target!, OWNER);
    expect(cache.render(bundle("b"), target!, OWNER)).not.toBe(first);
    expect(cache.render(bundle("a"), target!, { ...OWNER, uid: "v" }).objects[0]!.digest).not.toBe(first.objects[0]!.digest);
  });

  it("is read once for its traffic", () => {
    const cache = new RenderCache();
    const rendered = cache.render(bundle("a"), target!, OWNER);
    expect(cache.sketch(rendered)).toBe(cache.sketch(rendered));
    expect([...cache.sketch(rendered).services]).toEqual(["shop/a"]);
  });
});
