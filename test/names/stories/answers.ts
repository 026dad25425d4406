import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { MEMBER_CLUSTERS } from "../../../src/api/kinds.ts";
import { DNS_ENDPOINTS } from "../../../src/integrations/external-dns.ts";
import { define } from "../../support/istio.ts";
import { peerDefinition } from "../../support/peers.ts";
import { always, eventually } from "../../support/wait.ts";
import type { Stage } from "./index.ts";

/** What clients are answered. */
export function answersStory(stage: () => Stage): void {
  describe("what is answered", () => {
    beforeAll(() => define(stage().fleet.hub.client, [peerDefinition(DNS_ENDPOINTS)]));

    test("the VIPs that the AccessPoint reports, over UDP and TCP, shown by kubectl", async () => {
      const { fleet, server } = stage();
      const names = await stage().open("plain", { "lvs-1": ["10.30.1.1"], "slc-1": ["10.30.1.2"] });
      await names.name();
      await names.answers(["10.30.1.1", "10.30.1.2"]);
      expect(await server.overTcp(names.fqdn)).toEqual(["10.30.1.1", "10.30.1.2"]);
      await names.until("Resolved", "AllAnswered");
      await names.until("Published", "Answered");
      const { stdout } = await fleet.hub.kubectl.run("get nameservice -n plain --no-headers");
      expect(stdout).toMatch(/^checkout\s+plain\.example\.com\s+RoundRobin\s+10\.30\.1\.1,10\.30\.1\.2\s+True\s+\d+s/);
      expect(await names.answer("other.example.com")).toEqual([]);
      const { controller } = stage();
      expect(await controller.count("fap_name_services", { resolved: "AllAnswered", published: "Answered" })).toBe(1);
    });

    test("a VIP that changes is followed, and told", async () => {
      const names = await stage().open("moved", { "lvs-1": ["10.30.2.1"], "slc-1": ["10.30.2.2"] });
      await names.name();
      await names.answers(["10.30.2.1", "10.30.2.2"]);
      await names.expose("lvs-1", ["10.30.2.77"]);
      await names.answers(["10.30.2.2", "10.30.2.77"]);
      await names.scene.event(/^RecordsChanged: A: 10\.30\.2\.1, 10\.30\.2\.2 → 10\.30\.2\.2, 10\.30\.2\.77$/);
      await names.expose("lvs-1", ["10.30.2.77", "2001:db8:0::2"]);
      await eventually("the IPv6 address has a record of its own", async () =>
        expect((await names.status()).records?.map(({ type, values }) => [type, values])).toEqual([
          ["A", ["10.30.2.2", "10.30.2.77"]],
          ["AAAA", ["2001:db8::2"]],
        ]),
      );
      await names.until("Published", "Answered");
    });

    test("a Gateway for any host has the name, as long as it is its own", async () => {
      const names = await stage().open("anyhost", { "lvs-1": ["10.30.9.1"] });
      await names.roll({ host: "*" });
      const fqdns = (expected: readonly string[]) =>
        eventually(`the Gateway's names are ${expected.join()}`, async () =>
          expect((await names.scene.clusterStatus("lvs-1")).gateways?.[0]?.fqdns).toEqual(expected),
        );
      await fqdns([]);
      await names.name();
      await fqdns([names.fqdn]);
      await names.until("Resolved", "AllAnswered");
      expect((await names.scene.status()).fqdn).toBe(names.fqdn);
      await stage().restart();
      await names.name({ fqdn: "other.example.com" });
      await fqdns(["other.example.com"]);
      await names.name({ fqdn: "other.example.com" }, "younger");
      await names.until("Accepted", "FqdnTaken", "younger");
      await names.remove();
      await fqdns(["other.example.com"]);
      await names.remove("younger");
      await fqdns([]);
    });

    test("a dead zone loses its records and gets them back; the last one keeps them", async () => {
      const { fleet } = stage();
      const names = await stage().open("dead", { "lvs-1": ["10.30.3.1"], "slc-1": ["10.30.3.2"] });
      await names.name();
      await names.answers(["10.30.3.1", "10.30.3.2"]);
      const [lvs, slc] = [fleet.member("lvs-1").wire, fleet.member("slc-1").wire];
      try {
        lvs.cut({ silent: true });
        await names.answers(["10.30.3.2"]);
        const { message } = await names.until("Resolved", "ClusterNotReady");
        expect(message).toMatch(/^1 of 2 answered; .*lvs-1 is Unreachable/);
        slc.cut({ silent: true });
        await names.until("Resolved", "Held");
        await names.scene.event(/^RecordsHeld: nothing is ready, the last known records stay/);
        await always(async () => expect(await names.answer()).toEqual(["10.30.3.2"]), 500);
      } finally {
        lvs.mend();
        slc.mend();
      }
      await names.answers(["10.30.3.1", "10.30.3.2"]);
      await names.until("Resolved", "AllAnswered");
    });

    test("a rollout takes no cluster out of the answers, nor does a restart of the controller", async () => {
      const names = await stage().open("rolling", { "lvs-1": ["10.30.6.1"], "slc-1": ["10.30.6.2"] });
      await names.name();
      await names.answers(["10.30.6.1", "10.30.6.2"]);
      const seen = new Set<string>();
      const watching = new AbortController();
      const watched = (async () => {
        while (!watching.signal.aborted) seen.add((await names.answer()).join());
      })();
      try {
        const { clusters: before = [] } = await names.scene.status();
        await names.roll({ labels: { "istio.io/rev": "canary" } });
        await eventually("both clusters have the new revision", async () => {
          const { clusters = [] } = await names.scene.status();
          expect(clusters.map(({ phase }) => phase)).toEqual(["Ready", "Ready"]);
          for (const { name, revision } of before)
            expect(clusters.find((after) => after.name === name)?.revision).not.toBe(revision);
        });
        await stage().restart();
        await delay(1000);
      } finally {
        watching.abort();
      }
      await watched;
      expect([...seen]).toEqual(["10.30.6.1,10.30.6.2"]);
    });

    test("a port that no cluster has yet takes none out of the answers; the one that clusters have is what counts", async () => {
      const names = await stage().open("ports", { "lvs-1": ["10.30.7.1"], "slc-1": ["10.30.7.2"] });
      await names.name({ healthCheck: { port: 443 } });
      await names.answers(["10.30.7.1", "10.30.7.2"]);
      await names.roll({ port: 8443 }, { paused: true });
      await names.scene.until("Paused");
      await always(async () => {
        expect(await names.answer()).toEqual(["10.30.7.1", "10.30.7.2"]);
        expect((await names.status()).targets?.map(({ state }) => state)).toEqual(["Answered", "Answered"]);
      }, 500);
      await names.roll({ port: 8443 });
      await eventually("both clusters listen on the new port", async () =>
        expect((await names.scene.status()).clusters?.map(({ gateways }) => gateways?.[0]?.ports)).toEqual([[8443], [8443]]),
      );
      await names.until("Resolved", "Held");
      await names.name({ healthCheck: { port: 8443 } });
      await names.until("Resolved", "AllAnswered");
    });

    test("the addresses of a Gateway that the AccessPoint's status has no room for, as they are", async () => {
      const names = await stage().open("many", { "lvs-1": ["10.30.8.1"] });
      await names.roll({ more: 17 });
      await eventually("status has no room for two of them", async () =>
        expect((await names.scene.clusterStatus("lvs-1")).omittedGateways).toBe(2),
      );
      await names.name({ targets: [{ accessPoint: "checkout", gateway: "web-17" }] });
      await names.answers(["10.30.8.1"]);
      await names.expose("lvs-1", ["10.30.8.2"]);
      await names.answers(["10.30.8.2"]);
      await names.until("Resolved", "AllAnswered");
    });

    test("a zone with a NoExecute taint loses its records, and gets them back when it is placed again", async () => {
      const { client } = stage().fleet.hub;
      const names = await stage().open("drained", { "lvs-1": ["10.30.4.1"], "slc-1": ["10.30.4.2"] });
      await names.name();
      await names.answers(["10.30.4.1", "10.30.4.2"]);
      const taint = (taints: readonly object[]) => client.patch(MEMBER_CLUSTERS, "slc-1", undefined, { spec: { taints } }, "merge");
      try {
        await taint([{ key: "power", effect: "NoExecute" }]);
        await names.answers(["10.30.4.1"]);
        await eventually("slc-1 is emptied", async () => expect(await names.scene.contents("slc-1")).toEqual([]));
      } finally {
        await taint([]);
      }
      await eventually("it is given the Gateway again", () => names.expose("slc-1", ["10.30.4.2"]));
      await names.answers(["10.30.4.1", "10.30.4.2"]);
    });

    test("record sets of a policy take turns, and the resolver's word is judged set by set", async () => {
      const names = await stage().open("policy", { "lvs-1": ["10.30.5.1"], "slc-1": ["10.30.5.2"] });
      const locations = [
        { name: "lvs", zones: ["lvs"], awsRegion: "us-west-2" },
        { name: "slc", zones: ["slc"], awsRegion: "us-east-2" },
      ];
      await names.name({ policy: "Locality", provider: { aws: { locations } } });
      await names.until("Published", "Answered");
      expect((await names.endpoint())?.["spec"]).toEqual({
        endpoints: locations.map(({ name, awsRegion }, index) => ({
          dnsName: "policy.example.com",
          recordType: "A",
          recordTTL: 1,
          targets: [`10.30.5.${index + 1}`],
          setIdentifier: name,
          providerSpecific: [{ name: "aws/region", value: awsRegion }],
        })),
      });
      const seen = new Set([
        ...(await names.answer()),
        ...(await names.answer()),
        ...(await names.answer()),
        ...(await names.answer()),
      ]);
      expect([...seen].length).toBeGreaterThan(0);
      expect([...seen].every((address) => ["10.30.5.1", "10.30.5.2"].includes(address))).toBe(true);

      await names.name({ policy: "Locality" });
      const { message } = await names.until("Published", "PolicyNotSupported");
      expect(message).toContain("policy Locality needs spec.provider.aws");
      await names.answers(["10.30.5.1", "10.30.5.2"]);
    });
  });
}
