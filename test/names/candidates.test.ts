import { describe, expect, it } from "vitest";
import type { ClusterStatus } from "../../src/api/accesspoint.ts";
import type { Member } from "../../src/domain/selection.ts";
import { accessPoint, cluster, member, publication, reasons, type Situation, texts } from "./builders.ts";

const slc = cluster("slc-1", ["10.2.0.1"]);
const both = (lvs: ClusterStatus): Situation => ({ accessPoints: [accessPoint("checkout", [lvs, slc])] });
const withMember = (parts: Partial<Member>, spec: object = {}): Situation => ({
  members: [member("lvs-1", parts), member("slc-1")],
  accessPoints: [accessPoint("checkout", [cluster("lvs-1", ["10.1.0.1"]), slc], { placement: { zones: ["lvs"], ...spec } })],
});
const phase = (name: ClusterStatus["phase"]): Situation => both(cluster("lvs-1", ["10.1.0.1"], { phase: name }));
const probed = (paths: readonly object[]): Situation => both(cluster("lvs-1", ["10.1.0.1", "10.1.0.2"], {}, { paths }));
const ALL = "A 10.1.0.1,10.2.0.1";
const SLC = "A 10.2.0.1";

describe("what is answered", () => {
  it.each<[string, Situation, string | readonly string[], readonly string[]]>([
    ["everything that is ready", {}, ALL, []],
    ["not a cluster that failed", phase("Failed"), SLC, ["ClusterNotReady"]],
    ["not one that cannot be reached", phase("Unreachable"), SLC, ["ClusterNotReady"]],
    ["not one that is being cleaned up", phase("Removing"), SLC, ["ClusterNotReady"]],
    ["not one that has not had its first revision verified", phase("Verifying"), SLC, ["ClusterNotReady"]],
    ["not a Gateway that has no address", both(cluster("lvs-1", [])), SLC, ["GatewayNotReady"]],
    [
      "not a Gateway that is not Ready, whatever its addresses",
      both(cluster("lvs-1", ["10.1.0.1"], {}, { state: "Pending" })),
      SLC,
      ["GatewayNotReady"],
    ],
    ["clusters without a Gateway are not asked for one", both({ name: "lvs-2", phase: "Unreachable" }), SLC, []],
    ["a cordoned cluster, which keeps what it has", withMember({ unschedulable: true }), ALL, []],
    ["not a cluster that leaves", withMember({ detaching: true }), SLC, ["ClusterDrained"]],
    ["not a cluster that is not registered", { members: [member("slc-1")] }, SLC, ["ClusterDrained"]],
    [
      "not a cluster with a NoExecute taint",
      withMember({ taints: [{ key: "power", effect: "NoExecute" }] }),
      SLC,
      ["ClusterDrained"],
    ],
    [
      "a cluster whose NoExecute taint the AccessPoint tolerates",
      withMember({ taints: [{ key: "power", effect: "NoExecute" }] }, { tolerations: [{ key: "power", operator: "Exists" }] }),
      ALL,
      [],
    ],
    ["a cluster with a NoSchedule taint", withMember({ taints: [{ key: "power", effect: "NoSchedule" }] }), ALL, []],
    ["not an address to which traffic fails", probed([{ vip: "10.1.0.1", healthy: false }]), "A 10.1.0.2,10.2.0.1", []],
    [
      "an address whose probe succeeded, or that nobody probed",
      probed([{ vip: "10.1.0.1", healthy: true }, { vip: "10.1.0.2" }]),
      "A 10.1.0.1,10.1.0.2,10.2.0.1",
      [],
    ],
    [
      "not a Gateway to none of whose addresses traffic gets",
      probed([
        { vip: "10.1.0.1", healthy: false },
        { vip: "10.1.0.2", healthy: false },
      ]),
      SLC,
      ["Unhealthy"],
    ],
    [
      "an address that one of two ways still leads through",
      probed([
        { vip: "10.1.0.1", service: "shop/a", healthy: false },
        { vip: "10.1.0.1", service: "shop/b" },
      ]),
      "A 10.1.0.1,10.1.0.2,10.2.0.1",
      [],
    ],
    ["not an address that is none", both(cluster("lvs-1", ["<html>"])), SLC, ["InvalidAddress"]],
    ["IPv6 in its own record, compressed", both(cluster("lvs-1", ["10.1.0.1", "2001:DB8:0:0::1"])), [ALL, "AAAA 2001:db8::1"], []],
    ["no host name next to addresses", both(cluster("lvs-1", ["lb.example.net."])), SLC, ["HostnameNotAllowed"]],
    [
      "an AccessPoint that is not there",
      { spec: { targets: [{ accessPoint: "gone" }, { host: "10.2.0.1" }] } },
      SLC,
      ["AccessPointNotFound"],
    ],
    [
      "an AccessPoint without Gateways",
      { spec: { targets: [{ accessPoint: "checkout" }, { host: "10.2.0.1" }] }, accessPoints: [accessPoint("checkout", [])] },
      SLC,
      ["GatewayNotFound"],
    ],
    [
      "a Gateway that is not there",
      { spec: { targets: [{ accessPoint: "checkout", gateway: "api" }, { host: "10.2.0.1" }] } },
      SLC,
      ["GatewayNotFound"],
    ],
    ["Gateways that serve another name, with a warning", { spec: { fqdn: "pay.example.com" } }, ALL, ["FqdnNotServed"]],
    [
      "a Gateway that serves the name by a wildcard",
      both(cluster("lvs-1", ["10.1.0.1"], {}, { fqdns: ["*.EXAMPLE.com"] })),
      ALL,
      [],
    ],
    ["a Gateway that listens on the port", { spec: { healthCheck: { port: 443 } } }, ALL, []],
    [
      "a host's own zone, unless every cluster there is drained",
      { spec: { targets: [{ host: "10.9.0.1", zone: "lvs" }] } },
      "A 10.9.0.1",
      [],
    ],
    [
      "not a host in a drained zone",
      {
        spec: { targets: [{ host: "10.9.0.1", zone: "lvs" }, { host: "10.9.0.2" }] },
        members: [member("lvs-1", { taints: [{ key: "power", effect: "NoExecute" }] })],
      },
      "A 10.9.0.2",
      ["ClusterDrained"],
    ],
  ])("%s", (_, situation, records, findings) => {
    const published = publication(situation);
    expect(texts(published)).toEqual([records].flat());
    expect(reasons(published)).toEqual(findings);
    expect(published.held).toBe(false);
  });

  it("a Gateway of the name before those that serve other names", () => {
    const gateways = [
      { name: "web", vips: ["10.1.0.1"], fqdns: ["checkout.example.com"], state: "Ready" as const },
      { name: "admin", vips: ["10.1.0.9"], fqdns: ["admin.example.com"], state: "Ready" as const },
    ];
    const situation = both({ name: "lvs-1", phase: "Ready", gateways });
    expect(texts(publication(situation))).toEqual([ALL]);
    expect(texts(publication({ ...situation, spec: { targets: [{ accessPoint: "checkout", gateway: "admin" }] } }))).toEqual([
      "A 10.1.0.9",
    ]);
  });

  it("a Gateway that does not listen on the port is left out, one that does not tell its ports is not", () => {
    const spec = { healthCheck: { port: 8443 } };
    expect(publication({ spec }).held).toBe(true);
    expect(reasons(publication({ spec }))).toEqual(["PortNotServed", "PortNotServed"]);
    const untold = both(cluster("lvs-1", ["10.1.0.1"], {}, { ports: undefined }));
    expect(texts(publication({ spec, ...untold }))).toEqual(["A 10.1.0.1"]);
  });

  it("a specification that no cluster has yet takes no cluster out of the answers", () => {
    const clusters = [cluster("lvs-1", ["10.1.0.1"], {}, { ports: [8443] }), slc];
    const edited = accessPoint("checkout", clusters);
    expect(texts(publication({ spec: { healthCheck: { port: 443 } }, accessPoints: [edited] }))).toEqual([SLC]);
    expect(texts(publication({ spec: { healthCheck: { port: 8443 } }, accessPoints: [edited] }))).toEqual(["A 10.1.0.1"]);
  });

  it.each(["Pending", "Applying", "Verifying"] as const)("a cluster that is %s keeps its place, but gains none", (name) => {
    const first = publication(phase(name));
    expect(texts(first)).toEqual([SLC]);
    const was = publication();
    const status = { records: [...was.records], targets: [...was.targets] };
    expect(texts(publication({ ...phase(name), status }))).toEqual([ALL]);
    const without = { records: [...first.records], targets: [...first.targets] };
    expect(texts(publication({ ...phase(name), status: without }))).toEqual([SLC]);
  });

  it("a cluster whose Gateways the AccessPoint's status has no room for is answered as before", () => {
    const full: Situation = both({ name: "lvs-1", phase: "Ready", omittedGateways: 2 });
    expect(texts(publication(full))).toEqual([SLC]);
    expect(reasons(publication(full))).toEqual(["GatewayNotReady"]);
    const was = publication();
    const status = { records: [...was.records], targets: [...was.targets] };
    expect(texts(publication({ ...full, status }))).toEqual([ALL]);
    const everywhere = {
      accessPoints: [accessPoint("checkout", [{ name: "lvs-1", phase: "Ready" as const, omittedGateways: 1 }])],
    };
    expect(texts(publication({ ...everywhere, status }))).toEqual(["A 10.1.0.1"]);
    expect(reasons(publication({ ...everywhere, status }))).toEqual([]);
  });

  it("addresses that the AccessPoint's status has no room for are answered as before, but none that it tells otherwise of", () => {
    const all = ["10.1.0.1", "10.1.0.2", "10.1.0.3"];
    const was = publication(both(cluster("lvs-1", all)));
    const status = { records: [...was.records], targets: [...was.targets] };
    const now = (parts: Partial<ClusterStatus>, ...gateways: readonly object[]) =>
      texts(
        publication({
          ...both({ ...cluster("lvs-1", [], parts), gateways: gateways as ClusterStatus["gateways"] & object }),
          status,
        }),
      );
    const web = { name: "web", fqdns: ["checkout.example.com"], state: "Ready", ports: [443] };
    expect(now({}, { ...web, vips: ["10.1.0.1"], omitted: 4 })).toEqual([`A ${all.join()},10.2.0.1`]);
    expect(now({ omittedGateways: 1 }, { ...web, vips: ["10.1.0.1"] })).toEqual([`A ${all.join()},10.2.0.1`]);
    expect(now({}, { ...web, vips: ["10.1.0.1"] })).toEqual(["A 10.1.0.1,10.2.0.1"]);
    const failing = { vip: "10.1.0.2", service: "shop/web", healthy: false };
    expect(now({}, { ...web, vips: ["10.1.0.1", "10.1.0.2"], paths: [failing], omitted: 1 })).toEqual([
      "A 10.1.0.1,10.1.0.3,10.2.0.1",
    ]);
    const down = { ...web, name: "api", vips: ["10.1.0.2"], state: "Degraded" };
    expect(now({ omittedGateways: 1 }, { ...web, vips: ["10.1.0.1"] }, down)).toEqual(["A 10.1.0.1,10.1.0.3,10.2.0.1"]);
  });

  it("nobody is warned of a name that may be among those that status has no room for", () => {
    const lvs = cluster("lvs-1", ["10.1.0.1"], {}, { fqdns: ["a.example.com"], omitted: 3 });
    expect(reasons(publication({ accessPoints: [accessPoint("checkout", [lvs])] }))).toEqual([]);
  });

  it("every cluster is told, with what is wrong", () => {
    expect(publication(phase("Unreachable")).targets).toEqual([
      {
        name: "checkout",
        cluster: "lvs-1",
        zone: "lvs",
        values: ["10.1.0.1"],
        state: "LeftOut",
        reason: "ClusterNotReady",
        message: "lvs-1 is Unreachable",
      },
      { name: "checkout", cluster: "slc-1", zone: "slc", values: ["10.2.0.1"], state: "Answered" },
    ]);
  });
});
