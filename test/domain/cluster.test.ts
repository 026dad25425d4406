import { describe, expect, it } from "vitest";
import type { Sync } from "../../src/api/accesspoint.ts";
import type { KubeObject } from "../../src/api/resource.ts";
import { type ClusterView, type DeliveryFailure, inspect } from "../../src/domain/cluster.ts";
import { nextWave } from "../../src/domain/delivery.ts";
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
    unread = {},
  }: {
    unread?: Parameters<typeof surroundingsOf>[1];
    failures?: readonly DeliveryFailure[];
    verify?: readonly string[];
    sync?: Sync;
    objects?: readonly Desired[];
  } = {},
) => {
  const view: ClusterView = {
    reach: "Reachable",
    holdings: cluster.holdings,
    surroundings: surroundingsOf(cluster.live as readonly KubeObject[], unread),
    failures: new Map(failures.map((each) => [route.key, each])),
  };
  return inspect({ desired: objects, owner: OWNER, sync, verify, now: new Date("2026-01-01T00:00:00Z") }, view);
};

const failing = { state: "Failing", message: "Service (v1) has not been readable since noon: 500" } as const;

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
      () => {
        const cluster = having([service, gateway]);
        cluster.put({
          ...route,
          manifest: {
            ...route.manifest,
            metadata: {
              ...route.manifest.metadata,
              labels: { "accesspoint.dev/uid": "x" },
              annotations: { "accesspoint.dev/owner": "shop/other" },
            },
          },
        });
        return look(cluster);
      },
      {
        state: "Failed",
        message: "VirtualService/web: it belongs to AccessPoint shop/other; remove it from one of the two bundles",
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
    [
      "a Gateway that cannot be read any more",
      () => look(having(), { verify: ["Gateways"], unread: { Service: failing } }),
      { state: "Unknown", message: failing.message },
    ],
    [
      "a Gateway that cannot be read any more does not matter unless it is asked for",
      () => look(having(), { unread: { Service: failing } }),
      { state: "Verified" },
    ],
    [
      "a route whose host cannot be looked for any more",
      () => {
        const http = [{ route: [{ destination: { host: "elsewhere" } }] }];
        const objects = [service, gateway, desire(route.resource, { ...route.manifest, spec: { hosts: ["a.example.com"], http } })];
        return look(having(objects), { objects, unread: { Service: failing } });
      },
      { state: "Unknown", message: failing.message },
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

  it("drift that is left is a problem of a cluster that counts as verified", () => {
    const cluster = having();
    cluster.edit(route.key, { hosts: ["b.example.com"] }, "kubectl-edit", "Update");
    const { health, drifted, objects } = look(cluster, { sync: { ...SYNC, whenDrifted: "Report" } });
    expect({ health, drifted }).toEqual({ health: { state: "Verified" }, drifted: true });
    expect(objects).toMatchObject({ total: 3, ready: 2, problems: [{ kind: "VirtualService", name: "web", state: "Drifted" }] });
  });

  it("drift that is to be repaired is no verified cluster", () => {
    const cluster = having();
    cluster.edit(route.key, { hosts: ["b.example.com"] }, "kubectl-edit", "Update");
    expect(look(cluster)).toMatchObject({ health: { state: "Progressing" }, drifted: false, writing: true });
  });
});
