import { describe, expect, onTestFinished, test } from "vitest";
import type { ClusterStatus } from "../../../src/api/accesspoint.ts";
import { ALL_AT_ONCE, type CheckoutOptions } from "../../e2e/checkout.ts";
import { memberIs, Scene } from "../../e2e/scene.ts";
import { always, eventually } from "../../support/wait.ts";
import type { Stage } from "./index.ts";
import { Ingress } from "./ingress.ts";

type Gateway = NonNullable<ClusterStatus["gateways"]>[number];

/** Under which addresses Gateways are reached, and why not. */
export function gatewayStory(stage: () => Stage): void {
  describe("Gateways", () => {
    const options = (gateway: string, more: CheckoutOptions = {}): CheckoutOptions => ({
      placement: { clusters: ["lvs-1"] },
      specs: { Gateway: { selector: { gateway } } },
      rollout: ALL_AT_ONCE,
      ...more,
    });
    const open = async (name: string) => {
      await memberIs(stage().fleet, "lvs-1", "True");
      const scene = await Scene.open(stage().fleet, name);
      return { scene, ingress: await Ingress.open(stage().fleet.member("lvs-1").client, name) };
    };
    const seen = async (scene: Scene): Promise<Gateway> => {
      const [gateway] = (await scene.clusterStatus("lvs-1")).gateways ?? [];
      if (!gateway) throw new Error("no Gateway is in status");
      return gateway;
    };
    const until = (scene: Scene, expected: Partial<Gateway>) =>
      eventually(`the Gateway is ${JSON.stringify(expected)}`, async () => expect(await seen(scene)).toMatchObject(expected));

    test("every state, as the platform's Services come, change and go, without a rollout waiting for it", async () => {
      const { scene, ingress } = await open("states");
      await scene.apply(options("states"));
      await scene.until("RolloutCompleted");
      await until(scene, { state: "Unexposed", reason: "NoService", vips: [], fqdns: ["checkout.example.com"] });

      await ingress.service("edge", { type: "ClusterIP" });
      await until(scene, { state: "Unexposed", reason: "NotExternal" });

      await ingress.service("edge");
      await until(scene, { state: "Pending", reason: "AddressPending", paths: [{ service: "ingress-states/edge" }] });

      await ingress.balance("edge", "10.1.2.3", "2001:db8::1");
      await until(scene, { state: "Ready", reason: "Exposed", vips: ["10.1.2.3", "2001:db8::1"] });

      await ingress.balance("edge", "lb.example.net");
      await until(scene, { state: "Ready", vips: ["lb.example.net"] });

      await ingress.pods("edge", false, false);
      await until(scene, { state: "Degraded", reason: "NoEndpoints" });
      expect(await seen(scene)).toMatchObject({ paths: [{ healthy: false, message: "no pod behind it is ready" }] });

      await ingress.pods("edge", false, true);
      await until(scene, { state: "Ready" });

      await ingress.service("edge", { ports: [{ name: "https", port: 443, targetPort: 8443 }] });
      await until(scene, { state: "Degraded", reason: "PortNotExposed" });
      await ingress.service("edge");
      await until(scene, { state: "Ready" });

      await ingress.service("other");
      await ingress.balance("other", "10.1.2.4");
      await until(scene, { state: "Ambiguous", reason: "SeveralServices", vips: [] });

      const traffic = { vip: { services: [{ namespace: "ingress-states", name: "other" }] } };
      await scene.apply(options("states", { traffic }));
      await scene.until("RolloutCompleted");
      await until(scene, { state: "Ready", vips: ["10.1.2.4"] });

      await ingress.remove("other");
      await until(scene, { state: "Unexposed", reason: "ServiceNotFound" });
    });

    test("a Service that somebody else writes neither silences the platform's gateway nor lends it an address", async () => {
      const { scene, ingress: tenant } = await open("shared");
      const platform = await Ingress.open(stage().fleet.member("lvs-1").client, "shared", "istio-ingress");
      onTestFinished(() => platform.remove("shared"));
      await platform.service("shared");
      await platform.balance("shared", "10.1.2.8");
      await scene.apply(options("shared"));
      await scene.until("RolloutCompleted");
      await until(scene, { state: "Ready", vips: ["10.1.2.8"] });

      await tenant.service("mine");
      await tenant.pods("mine", true);
      await tenant.balance("mine", "10.6.6.6");
      await always(async () => expect(await seen(scene)).toMatchObject({ state: "Ready", vips: ["10.1.2.8"] }), 1000);

      await tenant.service("mine", { type: "ClusterIP", externalIPs: ["203.0.113.66"] });
      await platform.service("shared", { type: "NodePort" });
      await platform.balance("shared");
      await until(scene, { state: "Unexposed", reason: "NotExternal", vips: [] });
      await always(async () => expect(await seen(scene)).toMatchObject({ vips: [] }), 1000);
    });

    test("an address that is awaited holds the rollout where verify says so", async () => {
      const { scene, ingress } = await open("awaited");
      await ingress.service("edge");
      await scene.apply(options("awaited", { rollout: { ...ALL_AT_ONCE, verify: ["Gateways"] } }));
      await eventually("the cluster waits", async () =>
        expect(await scene.clusterStatus("lvs-1")).toMatchObject({
          phase: "Verifying",
          message: "Gateway/checkout: Service ingress-awaited/edge has no address yet",
        }),
      );
      await scene.until("RolloutCompleted", { status: "False", reason: "InProgress" });
      await ingress.balance("edge", "10.1.2.5");
      await scene.until("RolloutCompleted");
    });

    test("another controller says the same from its first word on", async () => {
      const { scene, ingress } = await open("restarted");
      await ingress.service("edge");
      await ingress.balance("edge", "10.1.2.6");
      await ingress.pods("edge", false);
      await scene.apply(options("restarted"));
      await scene.until("RolloutCompleted");
      await until(scene, { state: "Degraded", reason: "NoEndpoints" });
      const before = await seen(scene);
      await stage().restart();
      await always(async () => expect(await seen(scene)).toEqual(before), 1500);
      await ingress.balance("edge", "10.1.2.7");
      await until(scene, { vips: ["10.1.2.7"] });
    });
  });
}
