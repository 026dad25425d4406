import { describe, expect, test } from "vitest";
import { deliverable, MUTATING_WEBHOOK_CONFIGURATIONS, NAMESPACES, SERVICES } from "../../../src/api/kinds.ts";
import type { KubeObject } from "../../../src/api/resource.ts";
import { ALL_AT_ONCE, type CheckoutOptions } from "../../e2e/checkout.ts";
import { memberIs, Scene } from "../../e2e/scene.ts";
import type { ClusterKind } from "../../support/clusters.ts";
import { eventually } from "../../support/wait.ts";
import type { Stage } from "./index.ts";

const VIRTUAL_SERVICES = deliverable("networking.istio.io/v1", "VirtualService")!;
const DESTINATION_RULES = deliverable("networking.istio.io/v1", "DestinationRule")!;
const GATEWAYS = deliverable("networking.istio.io/v1", "Gateway")!;

/** Whether routes are configured. slc-1 is alone in its zone: what it does not have, nobody has. */
export function routeStory(stage: () => Stage, kind: ClusterKind): void {
  describe("routes", () => {
    const options: CheckoutOptions = { placement: { clusters: ["slc-1"] }, rollout: ALL_AT_ONCE };
    const open = async (name: string): Promise<Scene> => {
      await memberIs(stage().fleet, "slc-1", "True");
      const scene = await Scene.open(stage().fleet, name);
      await scene.createNamespaces();
      return scene;
    };
    const until = (scene: Scene, expected: object) =>
      eventually(`routes are ${JSON.stringify(expected)}`, async () =>
        expect((await scene.clusterStatus("slc-1")).routes).toMatchObject(expected),
      );
    const backend = (namespace: string) => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "backend", namespace },
      spec: { selector: { app: "backend" }, ports: [{ port: 80 }] },
    });

    test("a host that the cluster does not have holds the rollout until it has it", async () => {
      const scene = await open("unresolved");
      const { client } = stage().fleet.member("slc-1");
      const http = [{ route: [{ destination: { host: "backend" } }] }];
      await scene.apply({ ...options, specs: { VirtualService: { http } } });
      const message =
        "VirtualService/checkout: host backend.unresolved.svc.cluster.local is no Service and in no ServiceEntry of this cluster (IST0101)";
      await until(scene, { state: "Pending", messages: [message] });
      expect(await scene.clusterStatus("slc-1")).toMatchObject({ phase: "Verifying", message });
      await scene.until("RolloutCompleted", { status: "False", reason: "InProgress" });

      await client.create(SERVICES, backend("unresolved"), { fieldManager: "team" });
      await scene.until("RolloutCompleted");
      await until(scene, { state: "Configured" });

      await client.delete(SERVICES, "backend", "unresolved");
      await until(scene, { state: "Pending", messages: [message] });
      await scene.until("Available", { status: "False", reason: "NotReady" });
    });

    test("hosts, subsets, Gateways and delegates beside the bundle count", async () => {
      const scene = await open("beside");
      const spec = {
        gateways: ["shared"],
        http: [
          { match: [{ uri: { prefix: "/pay" } }], delegate: { name: "pay" } },
          { route: [{ destination: { host: "pay.example.com", subset: "v7" } }] },
        ],
      };
      await scene.apply({ ...options, specs: { VirtualService: spec } });
      await until(scene, {
        state: "Pending",
        messages: [
          "VirtualService/checkout: there is no Gateway beside/shared in this cluster (IST0101)",
          "VirtualService/checkout: there is no VirtualService beside/pay in this cluster (IST0101)",
          "VirtualService/checkout: host pay.example.com is no Service and in no ServiceEntry of this cluster (IST0101)",
          "VirtualService/checkout: no DestinationRule that pods in namespace beside see has subset v7 of host pay.example.com (IST0101)",
        ],
      });
      const plant = (of: string, name: string, content: object) =>
        scene.plant("slc-1", {
          apiVersion: "networking.istio.io/v1",
          kind: of,
          metadata: { name },
          spec: content,
        } as Partial<KubeObject>);
      const port = { number: 80, name: "http", protocol: "HTTP" };
      await plant("Gateway", "shared", { selector: { a: "b" }, servers: [{ hosts: ["*.example.com"], port }] });
      await plant("VirtualService", "pay", { http: [{ route: [{ destination: { host: "checkout" } }] }] });
      await plant("ServiceEntry", "pay", { hosts: ["*.example.com"], ports: [port], resolution: "NONE" });
      await plant("DestinationRule", "pay", { host: "*.example.com", subsets: [{ name: "v7" }] });
      await until(scene, { state: "Configured" });
      await scene.until("RolloutCompleted");
    });

    test("a match's Gateway, whom a host is exported to, and which of several rules counts: as Istio has it, in whatever domain", async () => {
      const scene = await open("counting");
      const { client } = stage().fleet.member("slc-1");
      const host = "backend.counting-b.svc.corp.internal";
      const http = [{ match: [{ gateways: ["mesh", "none"] }], route: [{ destination: { host, subset: "v2" } }] }];
      await scene.apply({ ...options, specs: { VirtualService: { hosts: ["checkout"], gateways: ["mesh"], http } } });
      const noGateway = "VirtualService/checkout: there is no Gateway counting/none in this cluster (IST0101)";
      const noSubset = `VirtualService/checkout: no DestinationRule that pods in namespace counting see has subset v2 of host ${host} (IST0101)`;
      const pending = (...messages: readonly string[]) => until(scene, { state: "Pending", messages: [noGateway, ...messages] });
      await pending(
        `VirtualService/checkout: host ${host} is no Service and in no ServiceEntry of this cluster (IST0101)`,
        noSubset,
      );

      await client.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: "counting-b" } });
      const exported = (to: string) => {
        const { metadata, ...service } = backend("counting-b");
        const annotations = { "networking.istio.io/exportTo": to };
        return client.apply(
          SERVICES,
          { ...service, metadata: { ...metadata, annotations } },
          { fieldManager: "team", force: true },
        );
      };
      await exported(".");
      await pending(`VirtualService/checkout: host ${host} is not exported to namespace counting (IST0101)`, noSubset);
      await exported("., counting");
      await pending(noSubset);

      const rule = (namespace: string, subset: string) =>
        client.apply(
          DESTINATION_RULES,
          {
            apiVersion: "networking.istio.io/v1",
            kind: "DestinationRule",
            metadata: { name: "backend", namespace },
            spec: { host: "backend.counting-b.svc.cluster.local", subsets: [{ name: subset }] },
          } as KubeObject,
          { fieldManager: "team", force: true },
        );
      await rule("counting", "v1");
      await rule("counting-b", "v2");
      await pending(
        `VirtualService/checkout: subset v2 of host ${host}: DestinationRule counting/backend counts for pods in namespace counting, and does not have it (IST0101)`,
      );
      await client.delete(DESTINATION_RULES, "backend", "counting");
      await pending();
      await scene.plant("slc-1", {
        apiVersion: "networking.istio.io/v1",
        kind: "Gateway",
        metadata: { name: "none" },
        spec: { selector: { a: "b" }, servers: [{ hosts: ["*"], port: { number: 80, name: "http", protocol: "HTTP" } }] },
      } as Partial<KubeObject>);
      await until(scene, { state: "Configured" });
      await scene.until("RolloutCompleted");
    });

    test("what somebody else changed is told, and left where the bundle says so", async () => {
      const scene = await open("meddled");
      await scene.apply({ ...options, sync: { whenDrifted: "Report" } });
      await scene.until("RolloutCompleted");
      await until(scene, { state: "Configured" });
      await scene.edit("slc-1", "VirtualService/checkout", { spec: { hosts: ["other.example.com"] } });
      await eventually("the edit is told", async () =>
        expect((await scene.clusterStatus("slc-1")).routes).toEqual({
          state: "Pending",
          messages: [expect.stringMatching(/^VirtualService\/checkout was changed by kubectl-edit/)],
        }),
      );
    });

    test("what Istio's analysis says against them", async () => {
      const scene = await open("analysed");
      const { client } = stage().fleet.member("slc-1");
      await scene.apply(options);
      await scene.until("RolloutCompleted");
      const say = (level: string, resource = VIRTUAL_SERVICES, code = "IST0101", name = "ReferencedResourceNotFound") => {
        const status = { validationMessages: [{ level, type: { code, name }, documentationUrl: "https://istio.io/" }] };
        return client.patch(resource, "checkout", "analysed", { status }, "merge", { subresource: "status" });
      };
      await say("ERROR");
      await until(scene, { state: "Invalid" });
      expect((await scene.clusterStatus("slc-1")).message).toContain("IST0101 ReferencedResourceNotFound");
      await scene.until("Degraded", { reason: "ClusterDegraded" });
      await say("WARNING");
      await until(scene, { state: "Configured" });
      await say("ERROR", GATEWAYS, "IST0145", "ConflictingGateways");
      await until(scene, { state: "Invalid", messages: ["Gateway/checkout: IST0145 ConflictingGateways: https://istio.io/"] });
    });

    const noWebhooks = kind === "real" ? "" : " (skipped: the embedded API server has no admission webhooks)";
    test.skipIf(noWebhooks)(`an istiod that the cluster does not have ignores them${noWebhooks}`, async () => {
      const scene = await open("revised");
      const { client } = stage().fleet.member("slc-1");
      const webhook = (name: string, labels: object) =>
        client.create(MUTATING_WEBHOOK_CONFIGURATIONS, {
          apiVersion: "admissionregistration.k8s.io/v1",
          kind: "MutatingWebhookConfiguration",
          metadata: { name, labels: labels as Record<string, string> },
        });
      await webhook("istio-sidecar-injector-1-31", { "istio.io/rev": "1-31" });
      const overrides = ["1-30", "1-31"].map((revision) => ({
        name: "rev",
        target: { kind: "VirtualService", name: "checkout" },
        mergePatch: { metadata: { labels: { "istio.io/rev": revision } } },
      }));
      await scene.apply({ ...options, overrides: [overrides[0]!] });
      await until(scene, {
        state: "Pending",
        messages: ["VirtualService/checkout: label istio.io/rev is 1-30, but the cluster's istiods are 1-31: they ignore it"],
      });
      await scene.apply({ ...options, overrides: [overrides[1]!] });
      await scene.until("RolloutCompleted");
      await until(scene, { state: "Configured" });
    });
  });
}
