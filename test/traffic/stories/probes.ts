import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { ALL_AT_ONCE } from "../../e2e/checkout.ts";
import { memberIs, Scene } from "../../e2e/scene.ts";
import { eventually } from "../../support/wait.ts";
import type { Stage } from "./index.ts";
import { Ingress } from "./ingress.ts";

/** Whether addresses answer. */
export function probeStory(stage: () => Stage): void {
  describe("probes", () => {
    test("an address that answers with a wrong status holds the rollout that asks for it; which networks are asked is limited", async () => {
      let status = 503;
      const hosts = new Set<string | undefined>();
      const server = createServer((request, response) => {
        hosts.add(request.headers.host);
        response.writeHead(status).end();
      });
      await new Promise<void>((resolve) => {
        server.listen(0, "127.0.0.1", resolve);
      });
      onTestFinished(() => {
        server.close();
      });
      const { port } = server.address() as AddressInfo;

      await memberIs(stage().fleet, "lvs-1", "True");
      const scene = await Scene.open(stage().fleet, "probed");
      const ingress = await Ingress.open(stage().fleet.member("lvs-1").client, "probed");
      await ingress.service("edge");
      await ingress.balance("edge", "127.0.0.1");
      await scene.apply({
        placement: { clusters: ["lvs-1"] },
        specs: { Gateway: { selector: { gateway: "probed" } } },
        rollout: { ...ALL_AT_ONCE, verify: ["Routes", "Probe"] },
        traffic: { probe: { protocol: "HTTP", port, interval: "2s" } },
      });
      const gateway = async () => (await scene.clusterStatus("lvs-1")).gateways?.[0];
      const until = (expected: object) =>
        eventually(`the Gateway is ${JSON.stringify(expected)}`, async () => expect(await gateway()).toMatchObject(expected));

      await until({
        state: "Degraded",
        reason: "ProbeFailed",
        paths: [{ vip: "127.0.0.1", healthy: false, message: `HTTP on port ${port}: status 503`, since: expect.any(String) }],
      });
      await scene.until("RolloutCompleted", { status: "False", reason: "InProgress" });
      expect([...hosts]).toEqual(["checkout.example.com"]);

      status = 204;
      await scene.until("RolloutCompleted");
      await until({ state: "Ready", paths: [{ vip: "127.0.0.1", healthy: true }] });

      // The platform of this test lets loopback be asked and nothing else.
      await ingress.balance("edge", "10.1.2.3");
      await until({
        vips: ["10.1.2.3"],
        paths: [{ vip: "10.1.2.3", message: "not probed: 10.1.2.3 is in no network that the platform lets be probed" }],
      });
      expect((await gateway())?.paths?.[0]).not.toHaveProperty("healthy");
    });

    test("a path or host that no request can have is refused, with what to write instead", async () => {
      const scene = await Scene.open(stage().fleet, "unaskable");
      const path = "a path has neither spaces nor letters beyond ASCII: write them as URLs do, e.g. %20 for a space";
      const host = "a host name has letters of ASCII, digits, hyphens and dots: write others as DNS does, xn--…";
      for (const [probe, words] of [
        [{ path: "/health check" }, path],
        [{ path: "/\r\nx: y" }, path],
        [{ host: "wéb.example.com" }, host],
        [{ host: "web.example.com:80" }, host],
      ] as const)
        await expect(scene.apply({ traffic: { probe: { protocol: "HTTP", port: 80, ...probe } } })).rejects.toThrow(words);
    });

    test("verify: Probe without a probe is refused", async () => {
      const scene = await Scene.open(stage().fleet, "unprobed");
      await expect(scene.apply({ rollout: { verify: ["Probe"] } })).rejects.toThrow(
        "rollout.verify has Probe, so traffic.probe has to say what is asked",
      );
    });
  });
}
