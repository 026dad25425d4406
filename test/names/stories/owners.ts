import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { NAME_SERVICES } from "../../../src/api/kinds.ts";
import { DNS_ENDPOINTS } from "../../../src/integrations/external-dns.ts";
import { gone } from "../../support/fleet.ts";
import { define } from "../../support/istio.ts";
import { peerDefinition } from "../../support/peers.ts";
import { always, eventually } from "../../support/wait.ts";
import type { Stage } from "./index.ts";

/** Who may have a name. */
export function ownersStory(stage: () => Stage): void {
  const hub = () => stage().fleet.hub.client;

  describe("who may have a name", () => {
    beforeAll(() => define(stage().fleet.hub.client, [peerDefinition(DNS_ENDPOINTS)]));

    test("of two that name one FQDN, in whatever namespace, the older one keeps it until it goes", async () => {
      const older = await stage().open("older", { "lvs-1": ["10.40.1.1"] });
      await older.name();
      await older.answers(["10.40.1.1"]);
      // Creation times are whole seconds.
      await delay(1100);
      const younger = await stage().open("younger", { "slc-1": ["10.40.1.2"] });
      await younger.name({ fqdn: "OLDER.example.com" });
      expect((await younger.until("Accepted", "FqdnTaken")).message).toContain("NameService older/checkout is older");
      expect((await older.until("Accepted", "Contested")).message).toContain("NameService younger/checkout names the same FQDN");
      await younger.scene.event(/^FqdnTaken: /);
      await older.scene.event(/^FqdnContested: /);
      await always(async () => expect(await younger.endpoint()).toBeUndefined(), 300);
      await older.answers(["10.40.1.1"]);

      await hub().delete(NAME_SERVICES, "checkout", "older");
      // A real API server leaves it to another program to remove what was owned.
      if (stage().fleet.kind === "real") await hub().delete(DNS_ENDPOINTS, "checkout", "older");
      await gone(hub(), DNS_ENDPOINTS, "checkout", "older");
      await older.answers(["10.40.1.2"]);
      await younger.until("Accepted", "Valid");
    });

    test("a name that is given up is withdrawn: renamed to one that is taken", async () => {
      const first = await stage().open("first", { "lvs-1": ["10.40.2.1"] });
      await first.name();
      await delay(1100);
      const second = await stage().open("second", { "lvs-1": ["10.40.2.2"] });
      await second.name();
      await second.answers(["10.40.2.2"]);
      await second.name({ fqdn: first.fqdn });
      await second.until("Accepted", "FqdnTaken");
      await gone(hub(), DNS_ENDPOINTS, "checkout", "second");
      await first.answers(["10.40.2.1"]);
      await second.name();
      await second.answers(["10.40.2.2"]);
      await first.until("Accepted", "Valid");
    });

    test("a name that the platform does not let the namespace have is withdrawn, and is somebody else's", async () => {
      const first = await stage().open("squatter", { "lvs-1": ["10.40.6.1"] });
      await first.name({ fqdn: "bank.example.com" });
      await first.answers(["10.40.6.1"], "bank.example.com");
      await delay(1100);
      const bank = await stage().open("bank", { "lvs-1": ["10.40.6.2"] });
      await bank.name();
      await bank.until("Accepted", "FqdnTaken");
      try {
        await stage().restart({ fqdnRights: [{ namespace: "bank", domain: "bank.example.com" }] });
        await first.until("Accepted", "FqdnNotAllowed");
        await first.scene.event(/^FqdnNotAllowed: /);
        await gone(hub(), DNS_ENDPOINTS, "checkout", "squatter");
        await bank.answers(["10.40.6.2"]);
        await bank.until("Accepted", "Valid");
      } finally {
        await stage().restart();
      }
      await bank.until("Accepted", "FqdnTaken");
    });

    test("somebody else's DNSEndpoint of that name is left as it is", async () => {
      const names = await stage().open("foreign", { "lvs-1": ["10.40.3.1"] });
      const spec = { endpoints: [{ dnsName: "mine.example.com", recordType: "A", recordTTL: 60, targets: ["10.40.3.99"] }] };
      await hub().create(DNS_ENDPOINTS, {
        apiVersion: "externaldns.k8s.io/v1alpha1",
        kind: "DNSEndpoint",
        metadata: { name: "checkout", namespace: "foreign" },
        spec,
      });
      await names.name();
      expect((await names.until("Published", "EndpointNotOurs")).message).toContain(
        "DNSEndpoint foreign/checkout is not this NameService's",
      );
      await names.expose("lvs-1", ["10.40.3.2"]);
      await eventually("the records follow all the same", async () => expect((await names.status()).summary).toBe("10.40.3.2"));
      expect((await names.endpoint())?.["spec"]).toEqual(spec);
      await hub().delete(NAME_SERVICES, "checkout", "foreign");
      await always(async () => expect((await names.endpoint())?.["spec"]).toEqual(spec), 300);
    });

    test("a DNSEndpoint belongs to its NameService, and a mistake in the specification does not take it away", async () => {
      const names = await stage().open("owned", { "lvs-1": ["10.40.4.1"] });
      await names.name();
      await names.answers(["10.40.4.1"]);
      const owner = await hub().get(NAME_SERVICES, "checkout", "owned");
      expect((await names.endpoint())?.metadata.ownerReferences).toEqual([
        {
          apiVersion: "accesspoint.dev/v1alpha1",
          kind: "NameService",
          name: "checkout",
          uid: owner.metadata.uid,
          controller: true,
        },
      ]);
      await names.name({ targets: [{ accessPoint: "checkout" }, { host: "10.0.0.300" }] });
      expect((await names.until("Accepted", "InvalidSpec")).message).toContain("spec.targets[1].host: 10.0.0.300 is neither");
      expect(await names.answer()).toEqual(["10.40.4.1"]);
      await names.name();
      await names.until("Accepted", "Valid");
    });

    test("an AccessPoint of another namespace cannot be a target", async () => {
      await stage().open("theirs", { "lvs-1": ["10.40.5.1"] });
      const names = await stage().open("ours", { "lvs-1": ["10.40.5.2"] });
      await names.name({ targets: [{ accessPoint: "theirs" }] });
      await names.until("Resolved", "NoAddress");
      expect(await names.endpoint()).toBeUndefined();
    });
  });
}
