import { describe, expect, test } from "vitest";
import { ACCESS_POINTS, CERTIFICATES } from "../../../src/api/kinds.ts";
import { memberIs, Scene } from "../../e2e/scene.ts";
import { gone } from "../../support/fleet.ts";
import { define } from "../../support/istio.ts";
import { peerDefinition } from "../../support/peers.ts";
import { eventually } from "../../support/wait.ts";
import type { Stage } from "./index.ts";
import { certificateIs, shop } from "./shop.ts";

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
