import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { DNS_ENDPOINTS } from "../../../src/integrations/external-dns.ts";
import { define } from "../../support/istio.ts";
import { peerDefinition } from "../../support/peers.ts";
import type { Stage } from "./index.ts";

/** What stands between a NameService and the name server. Comes first: the hub does not serve DNSEndpoints yet. */
export function externalDnsStory(stage: () => Stage): void {
  const writes = async () =>
    (await stage().controller.count("fap_requests_total", {
      cluster: "hub",
      verb: "apply",
      resource: "dnsendpoints.externaldns.k8s.io",
    })) ?? 0;

  describe("external-dns", () => {
    test("a hub without its CRD is said, and picked up when it appears", async () => {
      const names = await stage().open("missing", { "lvs-1": ["10.20.1.1"] });
      await names.name();
      const { message } = await names.until("Published", "ExternalDnsMissing");
      expect(message).toContain("install the CRD of external-dns");
      expect((await names.status()).records).toEqual([{ type: "A", values: ["10.20.1.1"], ttl: 1 }]);
      await names.scene.event(/^ExternalDnsMissing: the hub does not serve DNSEndpoint/);

      await define(stage().fleet.hub.client, [peerDefinition(DNS_ENDPOINTS)]);
      await names.until("Published", "Answered");
      await names.answers(["10.20.1.1"]);
    });

    test("handed over is one thing, read another, answered a third", async () => {
      const { server } = stage();
      const names = await stage().open("steps", { "lvs-1": ["10.20.2.1"] });
      await server.pause();
      await names.name({ ttlSeconds: 5 });
      await names.until("Published", "Requested");
      const { requestedAt, answer } = await names.status();
      expect(Date.parse(requestedAt ?? "")).toBeGreaterThan(0);
      expect(answer).toBeUndefined();
      await server.resume();
      await names.until("Published", "Answered");
      expect((await names.status()).answer).toEqual({ server: server.address, state: "AsRequested" });
      expect((await names.status()).requestedAt).toBe(requestedAt);
    });

    test("one request for a change and none for what has not changed, also after a restart", async () => {
      const names = await stage().open("frugal", { "lvs-1": ["10.20.3.1"], "slc-1": ["10.20.3.2"] });
      const before = await writes();
      await names.name({ ttlSeconds: 60 });
      await names.until("Published", "Answered");
      expect(await writes()).toBe(before + 1);
      await names.expose("lvs-1", ["10.20.3.9"]);
      await names.answers(["10.20.3.2", "10.20.3.9"]);
      expect(await writes()).toBe(before + 2);

      const stood = await names.endpoint();
      await stage().restart();
      await names.name({ ttlSeconds: 61 });
      await names.until("Published", "Answered");
      expect(await writes()).toBe(1);
      expect((await names.endpoint())?.metadata.generation).toBe((stood?.metadata.generation ?? 0) + 1);
    });

    test("a VIP that changes is looked at by the NameServices that lead there, and by no others", async () => {
      const passes = () => stage().controller.count("fap_pass_duration_seconds_count", { kind: "NameService" });
      const near = await stage().open("near", { "lvs-1": ["10.20.6.1"] });
      const far = await stage().open("far", { "lvs-1": ["10.20.7.1"] });
      await near.name({ ttlSeconds: 3600 });
      for (let index = 0; index < 20; index++)
        await far.name({ ttlSeconds: 3600, fqdn: `far-${index}.example.com` }, `far-${index}`);
      await near.until("Published", "Answered");
      for (let index = 0; index < 20; index++) await far.until("Published", "Answered", `far-${index}`);
      await delay(500);

      const before = await passes();
      await near.expose("lvs-1", ["10.20.6.2"]);
      await near.answers(["10.20.6.2"]);
      await delay(500);
      const looks = (await passes()) - before;
      expect(looks).toBeGreaterThan(0);
      expect(looks).toBeLessThan(20);
    });

    test("a DNSEndpoint that somebody edits or deletes comes back", async () => {
      const { client } = stage().fleet.hub;
      const names = await stage().open("edited", { "lvs-1": ["10.20.4.1"] });
      await names.name();
      await names.answers(["10.20.4.1"]);
      await client.patch(DNS_ENDPOINTS, "checkout", "edited", { spec: { endpoints: [] } }, "merge", {
        fieldManager: "kubectl-edit",
      });
      await names.answers(["10.20.4.1"]);
      await client.delete(DNS_ENDPOINTS, "checkout", "edited");
      await names.answers(["10.20.4.1"]);
    });
  });
}
