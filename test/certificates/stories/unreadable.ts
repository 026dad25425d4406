import { describe, expect, onTestFinished, test } from "vitest";
import { ACCESS_POINTS, CERTIFICATES, SECRETS } from "../../../src/api/kinds.ts";
import { memberIs, Scene } from "../../e2e/scene.ts";
import { gone } from "../../support/fleet.ts";
import { define } from "../../support/istio.ts";
import { peerDefinition } from "../../support/peers.ts";
import { makeCredential, tlsSecret } from "../../support/tls.ts";
import { eventually } from "../../support/wait.ts";
import type { Stage } from "./index.ts";
import { certificateIs, GATEWAYS, install, shop } from "./shop.ts";

/** Members whose account is not given what certificates need; told with faults, which embedded API servers alone have. */
export function unreadableStory(stage: () => Stage): void {
  describe("a member that does not let the hub read", () => {
    test("its Secrets: the certificate is unknown, and the cluster is worked with as ever", async () => {
      const { fleet } = stage();
      const { faults } = fleet.member("lvs-2").cluster.embedded!;
      faults.add({ match: { resource: "secrets" }, effect: { type: "status", code: 403 } });
      const scene = await Scene.open(fleet, "unreadable");
      await scene.apply(shop("unreadable-tls", { placement: { clusters: ["lvs-2"] } }));
      await scene.until("RolloutCompleted");
      const { message } = await certificateIs(scene, { state: "Unknown", reason: "NotReadable" }, "lvs-2");
      expect(message).toBe(
        "the hub's account may not read Secret unreadable-tls in namespace istio-ingress (verbs list and watch); see deploy/certificates",
      );
      await scene.until("Degraded", { status: "False" });
      faults.clear();
    });

    test("its Secrets any more: what was read does not count for long, and holds a rollout that asks for it", async () => {
      const { fleet } = stage();
      const { client, cluster, wire } = fleet.member("lvs-2");
      const { faults } = cluster.embedded!;
      const name = "lost-tls";
      onTestFinished(() => faults.clear());
      const scene = await Scene.open(fleet, "lost");
      const good = await makeCredential();
      await install(fleet, "lvs-2", tlsSecret(GATEWAYS, name, good));
      const rollout = { stages: [{ name: "all" }], verify: ["Certificates"] };
      await scene.apply(shop(name, { placement: { clusters: ["lvs-2"] }, rollout }));
      await scene.until("RolloutCompleted");
      const before = await certificateIs(scene, { state: "Ready" }, "lvs-2");

      faults.add({ match: { resource: "secrets" }, effect: { type: "status", code: 500 } });
      wire.cut();
      wire.mend();
      const lost = await certificateIs(scene, { state: "Unknown", reason: "NotReadable" }, "lvs-2");
      expect(lost).toMatchObject({
        fingerprint: before.fingerprint,
        message: expect.stringMatching(/^Secret \(v1\) has not been readable since \S+Z: GET .*500/),
      });
      expect(await scene.clusterStatus("lvs-2")).toMatchObject({ phase: "Verifying", message: lost.message });
      await scene.until("Available", { status: "False" });
      await scene.until("Degraded", { status: "False" });

      // Deleted while nobody sees it: told once it can be.
      faults.clear();
      await client.delete(SECRETS, name, GATEWAYS);
      await certificateIs(scene, { state: "Missing" }, "lvs-2");
      await scene.event(/CertificateMissing: certificate lost-tls/);
      await install(fleet, "lvs-2", tlsSecret(GATEWAYS, name, good));
      await certificateIs(scene, { state: "Ready", fingerprint: before.fingerprint! }, "lvs-2");
      await scene.until("Available");
      await client.delete(SECRETS, name, GATEWAYS);
    });

    test("its Certificates: issuing fails where it is asked for, and nowhere else", async () => {
      const { fleet } = stage();
      const { client, cluster } = await fleet.add("rno-1");
      await define(client, [peerDefinition(CERTIFICATES)]);
      cluster.embedded!.faults.add({
        match: { resource: "certificates.cert-manager.io" },
        effect: { type: "status", code: 403 },
      });
      await fleet.register("rno-1");
      await memberIs(fleet, "rno-1", "True");
      const scene = await Scene.open(fleet, "denied");
      const traffic = { certificates: { issuerRef: { name: "corp-ca" } } };
      await scene.apply(shop("denied-tls", { placement: { clusters: ["rno-1"] }, traffic }));
      const { message } = await scene.until("Applied", { status: "False", reason: "ApplyFailed" });
      expect(message).toContain(
        "Certificate/denied-tls: the hub's account may not list and watch Certificate (cert-manager.io/v1) in rno-1; see deploy/certificates",
      );
      cluster.embedded!.faults.clear();
      cluster.embedded!.faults.add({
        match: { resource: "certificates.cert-manager.io" },
        effect: { type: "status", code: 500 },
      });
      const other = await Scene.open(fleet, "undisturbed");
      await other.apply(shop("undisturbed-tls", { placement: { clusters: ["rno-1"] } }));
      await other.until("RolloutCompleted");

      // What may be there and cannot be seen is not taken for gone.
      const { client: hub } = fleet.hub;
      await hub.delete(ACCESS_POINTS, "checkout", "denied");
      await eventually("it is held", async () => {
        const { status } = await scene.accessPoint();
        expect(status?.clusters?.[0]).toMatchObject({
          phase: "Removing",
          message: "Certificate (cert-manager.io/v1) cannot be read there, so that it is not known what is left",
        });
      });
      cluster.embedded!.faults.clear();
      await gone(hub, ACCESS_POINTS, "checkout", "denied");
    });
  });
}
