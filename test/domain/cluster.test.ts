import { describe, expect, it } from "vitest";
import type { Sync } from "../../src/api/accesspoint.ts";
import type { KubeObject } from "../../src/api/resource.ts";
import { type ClusterView, type DeliveryFailure, inspect } from "../../src/domain/cluster.ts";
import { nextWave } from "../../src/domain/delivery.ts";
import type { Drift } from "../../src/domain/drift.ts";
import { type Desired, desire } from "../../src/domain/manifest.ts";
import { render } from "../../src/domain/render.ts";
import { member } from "../placement/builders.ts";
import { FakeMember } from "./member.ts";
import { surroundingsOf } from "./surroundings.ts";

const SYNC: Sync = { whenAlreadyExists: "Fail", whenDrifted: "Repair", whenRemoved: "Delete", createNamespace: false };
const OWNER = { namespace: "shop", name: "checkout", uid: "u" };
const istio = (kind: string, name: string, spec: object) => ({
  apiVersion: "networking.istio.io/v1",
  kind,
  metadata: { name },
  spec,
});
const BUNDLE = [
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "edge" },
    spec: { selector: { app: "edge" }, type: "LoadBalancer", ports: [{ port: 80 }] },
  },
  istio("Gateway", "edge", {
    selector: { app: "edge" },
    servers: [
      { port: { number: 80 }, hosts: ["shop/a.example.com", "*"] },
      { port: { number: 80 }, hosts: ["a.example.com"] },
    ],
  }),
  istio("VirtualService", "web", { hosts: ["a.example.com"] }),
];

const desired = render(
  { templates: BUNDLE.map((manifest) => ({ manifest })) as never, sync: SYNC },
  { member: member("lvs-1"), placed: true, zonePrimary: true },
  OWNER,
).objects;
const [service, gateway, route] = desired as [Desired, Desired, Desired];

/** A cluster that has the bundle. */
function having(objects: readonly Desired[] = desired): FakeMember {
  const cluster = new FakeMember("u");
  for (let round = 0; round < 10; round++) {
    for (const action of nextWave(objects, "u", cluster.holdings, SYNC, new Set()).actions) cluster.carryOut(action, "r");
    cluster.confirm();
  }
  return cluster;
}

/** The Service with these addresses. */
const exposed = (ingress: readonly object[]): FakeMember => {
  const cluster = having();
  cluster.put({ ...service, manifest: { ...service.manifest, status: { loadBalancer: { ingress } } } });
  return cluster;
};

/** A cluster in which the route belongs to this AccessPoint, with another uid. */
const held = (owner: string): FakeMember => {
  const cluster = having([service, gateway]);
  const marks = { labels: { "accesspoint.dev/uid": "x" }, annotations: { "accesspoint.dev/owner": owner } };
  cluster.put({ ...route, manifest: { ...route.manifest, metadata: { ...route.manifest.metadata, ...marks } } });
  return cluster;
};

const failure = (parts: Partial<DeliveryFailure> = {}): DeliveryFailure => ({
  kind: "VirtualService",
  namespace: "shop",
  name: "web",
  state: "Failed",
  message: "admission webhook said no",
  final: true,
  ...parts,
});

const look = (
  cluster: FakeMember,
  {
    failures = [],
    verify = ["Routes"],
    sync = SYNC,
    objects = desired,
    drift,
  }: {
    failures?: readonly DeliveryFailure[];
    verify?: readonly string[];
    sync?: Sync;
    objects?: readonly Desired[];
    /** Of the route: `null` where it could not be read. */
    drift?: Drift | null;
  } = {},
) => {
  const view: ClusterView = {
    reach: "Reachable",
    holdings: cluster.holdings,
    surroundings: surroundingsOf(cluster.live as readonly KubeObject[]),
    failures: new Map(failures.map((each) => [route.key, each])),
    drifts: new Map(drift === undefined ? [] : [[route.key, drift ?? undefined]]),
  };
  return inspect({ desired: objects, owner: OWNER, sync, verify, now: new Date("2026-01-01T00:00:00Z") }, view);
};

describe("how a cluster stands", () => {
  it.each<[string, () => ReturnType<typeof look>, object]>([
    ["verified: everything was written and seen", () => look(having()), { state: "Verified" }],
    ["nothing is there yet", () => look(new FakeMember("u")), { state: "Progressing", message: "0 of 3 objects are in place" }],
    ["some is", () => look(having([service])), { state: "Progressing", message: "1 of 3 objects are in place" }],
    [
      "an object was refused for good",
      () => look(having(), { failures: [failure()] }),
      { state: "Failed", message: "VirtualService/web: admission webhook said no" },
    ],
    [
      "an object was refused for now",
      () => look(having([service, gateway]), { failures: [failure({ final: false, message: "timeout" })] }),
      { state: "Progressing", message: "VirtualService/web: timeout" },
    ],
    [
      "an object is another AccessPoint's",
      () => look(held("shop/other")),
      {
        state: "Failed",
        message: "VirtualService/web: it belongs to AccessPoint shop/other; remove it from one of the two bundles",
      },
    ],
    [
      "an object is that of an AccessPoint of the same name",
      () => look(held("shop/checkout")),
      {
        state: "Failed",
        message:
          "VirtualService/web: it belongs to AccessPoint shop/checkout of another hub, or an earlier one of that name, which left it: delete it in the cluster",
      },
    ],
    [
      "Istio calls the route invalid",
      () => {
        const cluster = having();
        const status = { validationMessages: [{ level: "ERROR", type: { code: "IST0101", name: "ReferencedResourceNotFound" } }] };
        cluster.put({ ...route, manifest: { ...route.manifest, status } });
        return look(cluster);
      },
      {
        state: "Failed",
        message: expect.stringContaining("routes are invalid: VirtualService/web: IST0101 ReferencedResourceNotFound"),
      },
    ],
    [
      "a route to a host that nobody has",
      () => {
        const http = [{ route: [{ destination: { host: "gone" } }] }];
        const astray = desire(route.resource, { ...route.manifest, spec: { hosts: ["a.example.com"], http } });
        const objects = [service, gateway, astray];
        return look(having(objects), { objects });
      },
      {
        state: "Progressing",
        message:
          "VirtualService/web: host gone.shop.svc.cluster.local is no Service and in no ServiceEntry of this cluster (IST0101)",
      },
    ],
    ["a Gateway without an address does not matter unless it is asked for", () => look(exposed([])), { state: "Verified" }],
    [
      "a Gateway without an address",
      () => look(exposed([]), { verify: ["Gateways"] }),
      { state: "Progressing", message: "Gateway/edge: Service shop/edge has no address yet" },
    ],
    ["a Gateway with one", () => look(exposed([{ ip: "10.0.0.1" }]), { verify: ["Gateways"] }), { state: "Verified" }],
  ])("%s", (_, see, health) => {
    expect(see().health).toEqual(health);
  });

  it("a Gateway has the addresses of the Services that select its workload, and its hosts without namespaces and *", () => {
    expect(look(exposed([{ ip: "10.0.0.1" }, { hostname: "lb.example.com" }])).gateways).toEqual([
      {
        name: "edge",
        vips: ["10.0.0.1", "lb.example.com"],
        fqdns: ["a.example.com"],
        state: "Ready",
        reason: "Exposed",
        paths: [
          { vip: "10.0.0.1", service: "shop/edge" },
          { vip: "lb.example.com", service: "shop/edge" },
        ],
      },
    ]);
  });

  describe("when somebody changes an object", () => {
    const REPORT: Sync = { ...SYNC, whenDrifted: "Report" };
    const fields = [{ path: "spec.hosts[0]", manager: "kubectl-edit", time: "2026-02-02T00:00:00Z" }];
    const drift = { fields, omitted: 2 };
    const edited = () => {
      const cluster = having();
      cluster.edit(route.key, { hosts: ["b.example.com"] }, "kubectl-edit", "Update");
      return cluster;
    };
    const toldWith = (options: Parameters<typeof look>[1]) => {
      const { health, drifted, contested, objects } = look(edited(), options);
      return { state: health.state, drifted, contested, ready: objects.ready, problems: objects.problems };
    };
    const subject = { kind: "VirtualService", namespace: "shop", name: "web" };

    it("and it is left: a problem of a cluster that counts as verified", () => {
      expect(toldWith({ sync: REPORT, drift })).toEqual({
        state: "Verified",
        drifted: true,
        contested: false,
        ready: 2,
        problems: [
          {
            ...subject,
            state: "Drifted",
            message: "changed by kubectl-edit at 2026-02-02T00:00:00Z; sync.whenDrifted is Report, so it is left as it is",
            fields,
            omittedFields: 2,
          },
        ],
      });
    });

    it("and it cannot be read: that it differs is told all the same", () => {
      const { drifted, problems } = toldWith({ sync: REPORT, drift: null });
      expect(drifted).toBe(true);
      expect(problems?.[0]?.message).toMatch(/^changed by others; /);
    });

    it("nothing is said before somebody looked, nor where nobody changed anything", () => {
      const quiet = { state: "Verified", drifted: false, contested: false, problems: undefined };
      expect(toldWith({ sync: REPORT })).toEqual({ ...quiet, ready: 2 });
      expect(toldWith({ sync: REPORT, drift: { fields: [], omitted: 0 } })).toEqual({ ...quiet, ready: 3 });
    });

    it("and it is about to be repaired: no verified cluster, and not worth a condition", () => {
      expect(look(edited())).toMatchObject({ health: { state: "Progressing" }, drifted: false, writing: true });
    });

    it("and it cannot be repaired: the problem says why, and which fields", () => {
      const failed = failure({ final: false, message: "it will be tried again: webhook down" });
      expect(toldWith({ drift, failures: [failed] })).toMatchObject({
        state: "Progressing",
        drifted: true,
        contested: false,
        problems: [{ ...subject, state: "Failed", message: failed.message, fields }],
      });
    });

    it("as often as it is repaired: a fight, and a failed cluster", () => {
      const fought = failure({ state: "Drifted", message: "changed back 5 times", contested: true });
      expect(toldWith({ failures: [fought] })).toMatchObject({ state: "Failed", drifted: true, contested: true });
    });

    it("so that it is not seen any more, and it is left: no verified cluster, and drift", () => {
      const stripped = failure({ state: "Drifted", message: "its label is gone", final: false });
      expect(look(having([service, gateway]), { sync: REPORT, failures: [stripped] })).toMatchObject({
        health: { state: "Progressing", message: "VirtualService/web: its label is gone" },
        drifted: true,
        contested: false,
      });
    });
  });
});
