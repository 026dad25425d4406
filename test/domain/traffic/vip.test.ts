import { describe, expect, it } from "vitest";
import type { AccessPoint } from "../../../src/api/accesspoint.ts";
import type { Target } from "../../../src/domain/placement.ts";
import { type Bundle, render, renderKey } from "../../../src/domain/render.ts";
import { RenderError } from "../../../src/domain/render-error.ts";
import { describeShared, VipIndex } from "../../../src/domain/traffic/isolation.ts";
import { member } from "../../placement/builders.ts";

const SYNC = { whenAlreadyExists: "Fail", whenDrifted: "Repair", whenRemoved: "Delete", createNamespace: false } as const;
const OWNER = { namespace: "shop", name: "checkout", uid: "u" };

const service = (spec: object = {}, metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "edge", ...metadata },
  spec: { type: "LoadBalancer", selector: { app: "edge" }, ports: [{ port: 443 }], ...spec },
});
const bundle = (vip: object, manifest = service()): Bundle => ({
  templates: [{ manifest }] as never,
  sync: SYNC,
  traffic: { vip },
});
const at = (parts: Parameters<typeof member>[1]): Target => ({ member: member("lvs-1", parts), placed: true, zonePrimary: true });
const rendered = (vip: object, parts: Parameters<typeof member>[1] = {}, manifest?: ReturnType<typeof service>) => {
  const [object] = render(bundle(vip, manifest), at(parts), OWNER).objects;
  const { labels = {}, annotations = {} } = object!.manifest.metadata;
  return { pool: [annotations["metallb.io/address-pool"], labels["accesspoint.dev/vip-pool"]], spec: object!.manifest["spec"] };
};

describe("spec.traffic.vip", () => {
  it.each<[string, () => unknown, unknown]>([
    ["asks MetalLB by annotation", () => rendered({ pool: "edge" }, { loadBalancer: "MetalLB" }).pool, ["edge", undefined]],
    ["asks Cilium by label", () => rendered({ pool: "edge" }, { loadBalancer: "Cilium" }).pool, [undefined, "edge"]],
    [
      "may name the target",
      () => rendered({ pool: "edge-${cluster.zone}" }, { loadBalancer: "MetalLB", zone: "slc" }).pool,
      ["edge-slc", undefined],
    ],
    [
      "leaves what the template says",
      () =>
        rendered({ pool: "edge" }, { loadBalancer: "MetalLB" }, service({}, { annotations: { "metallb.io/address-pool": "own" } }))
          .pool,
      ["own", undefined],
    ],
    [
      "leaves Services that have no address outside",
      () => rendered({ pool: "edge", loadBalancerClass: "a/b" }, {}, service({ type: "ClusterIP" })),
      { pool: [undefined, undefined], spec: expect.not.objectContaining({ loadBalancerClass: "a/b" }) },
    ],
    [
      "names the class in every cluster",
      () => rendered({ loadBalancerClass: "example.com/bgp" }).spec,
      expect.objectContaining({ loadBalancerClass: "example.com/bgp" }),
    ],
  ])("%s", (_, see, expected) => {
    expect(see()).toEqual(expected);
  });

  it("is refused where nobody says what gives addresses", () => {
    expect(() => rendered({ pool: "edge" })).toThrow(RenderError);
    expect(() => rendered({ pool: "edge" })).toThrow(
      "spec.traffic.vip.pool: pool edge of Service/edge for cluster lvs-1: nobody says what gives addresses there: set spec.loadBalancer.provider of its MemberCluster",
    );
  });

  it("makes another variant, and another key of what was rendered, where the provider differs", () => {
    const [metal, cilium] = (["MetalLB", "Cilium"] as const).map((loadBalancer) => at({ loadBalancer }));
    const pooled = bundle({ pool: "edge" });
    expect(render(pooled, metal!, OWNER).variant).not.toBe(render(pooled, cilium!, OWNER).variant);
    expect(renderKey(pooled, metal!)).not.toBe(renderKey(pooled, cilium!));
  });
});

const having = (group: string | undefined, ...vips: readonly string[]) =>
  ({
    spec: { traffic: { vip: group ? { isolationGroup: group } : {} } },
    status: { clusters: [{ name: "lvs-1", phase: "Ready", gateways: [{ name: "g", vips, fqdns: [], state: "Ready" }] }] },
  }) as unknown as AccessPoint;

describe("isolation of VIPs", () => {
  it("an address in two groups is told to both, and to nobody else", () => {
    const index = new VipIndex();
    expect([...index.update("shop/a", having("pay", "10.0.0.1", "10.0.0.2"))]).toEqual([]);
    expect([...index.update("shop/b", having("pay", "10.0.0.1"))]).toEqual([]);
    expect([...index.update("web/c", having("web", "10.0.0.3"))]).toEqual([]);
    expect([...index.update("web/c", having("web", "10.0.0.2"))].sort()).toEqual(["shop/a", "web/c"]);
    expect(index.sharedBy("shop/a")).toEqual([{ vip: "10.0.0.2", with: "web/c", group: "web" }]);
    expect(index.sharedBy("web/c")).toEqual([{ vip: "10.0.0.2", with: "shop/a", group: "pay" }]);
    expect(index.sharedBy("shop/b")).toEqual([]);
  });

  it("is told again when it is over, however that comes", () => {
    for (const after of [having("pay", "10.0.0.1"), having("web", "10.0.0.9"), undefined]) {
      const index = new VipIndex();
      index.update("shop/a", having("pay", "10.0.0.1"));
      index.update("web/c", having("web", "10.0.0.1"));
      expect([...index.update("web/c", after)]).toContain("shop/a");
      expect(index.sharedBy("shop/a")).toEqual([]);
    }
  });

  it("one that names no group is another group; those that name none are one", () => {
    const index = new VipIndex();
    index.update("shop/a", having(undefined, "10.0.0.1"));
    index.update("shop/b", having(undefined, "10.0.0.1"));
    expect(index.sharedBy("shop/a")).toEqual([]);
    index.update("shop/c", having("pay", "10.0.0.1"));
    expect(index.sharedBy("shop/a")).toEqual([{ vip: "10.0.0.1", with: "shop/c", group: "pay" }]);
    expect(describeShared(index.sharedBy("shop/c"), "pay")).toBe(
      "VIP 10.0.0.1 is also that of AccessPoint shop/a (no isolation group), while this one has isolation group pay: give one of them another pool or Service; and 1 more",
    );
  });

  it.each([
    ["2001:db8::1", "2001:DB8:0::1"],
    ["lb.example.com", "LB.example.com."],
    ["<html>", "<html>"],
  ])("%s and %s are one address", (one, other) => {
    const index = new VipIndex();
    index.update("shop/a", having("pay", one));
    expect([...index.update("web/c", having("web", other))].sort()).toEqual(["shop/a", "web/c"]);
  });

  it("what changes nothing concerns nobody", () => {
    const index = new VipIndex();
    index.update("shop/a", having("pay", "10.0.0.1"));
    index.update("web/c", having("web", "10.0.0.1"));
    expect([...index.update("web/c", having("web", "10.0.0.1"))]).toEqual([]);
  });
});
