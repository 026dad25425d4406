import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { NAMESPACES, SERVICES } from "../../src/api/kinds.ts";
import type { Need } from "../../src/domain/surroundings.ts";
import { Prober } from "../../src/fleet/probes.ts";
import { SurroundingsStore } from "../../src/fleet/surroundings.ts";
import type { KubeClient } from "../../src/kube/client.ts";
import { silentLogger } from "../../src/kube/logger.ts";
import { FakeClock } from "../kube/fake-clock.ts";
import { startCluster, type TestCluster } from "../support/clusters.ts";
import { clientFor } from "../support/fleet.ts";
import { eventually } from "../support/wait.ts";

const OWNERS = 500;

describe("what is watched around our objects", () => {
  let cluster: TestCluster;
  let client: KubeClient;
  let store: SurroundingsStore;
  let clock: FakeClock;
  let told: string[];

  beforeAll(async () => {
    cluster = await startCluster({ kind: "embedded" });
    client = clientFor(cluster.kubeconfig);
    await client.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: "edge" } });
    for (let index = 0; index < OWNERS; index++) await client.create(SERVICES, service(index));
  });
  afterAll(async () => {
    await client.close();
    await cluster.stop();
  });
  const open = () => {
    told = [];
    clock = new FakeClock();
    const prober = new Prober({ clock, onChange: () => {} });
    store = new SurroundingsStore({
      client,
      prober,
      logger: silentLogger,
      clock,
      onChange: (owner) => told.push(owner),
      served: (resource) => resource,
    });
  };
  afterEach(() => store.stop());

  const service = (index: number) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: `s${index}`, namespace: "edge" },
    spec: { selector: { gateway: `g${index}`, app: "proxy" }, ports: [{ port: 80 }] },
  });
  const covering = (index: number): Need => ({ kind: "Service", covers: { gateway: `g${index}` } });
  const named = (index: number): Need => ({ kind: "Service", namespace: "edge", name: `s${index}` });
  const asked = (verb: string) =>
    cluster.embedded!.requests.all.filter((request) => request.verb === verb && request.resource === "services").length;
  const namesIn = (need: Need) => {
    const sight = store.see(need as Need<"Service">);
    if (sight.state !== "Known") throw new Error(sight.state);
    return sight.objects.map(({ name }) => name);
  };

  it("one list and one watch serve all; a change is told to those alone whom it concerns", async () => {
    open();
    const [lists, watches] = [asked("list"), asked("watch")];
    for (let index = 0; index < OWNERS; index++) store.want(`shop/a${index}`, [covering(index), named(index)]);
    await eventually("everything is read", () => expect(namesIn(covering(7))).toEqual(["s7"]));
    await eventually("the watch is open", () => expect(asked("watch") - watches).toBe(1));
    expect(asked("list") - lists).toBe(1);
    expect(namesIn({ kind: "Service", covers: { gateway: "g7", app: "proxy" } })).toEqual(["s7"]);
    expect(namesIn({ kind: "Service", covers: { tier: "edge", app: "proxy", gateway: "g7" } })).toEqual(["s7"]);
    expect(namesIn({ kind: "Service", covers: { gateway: "g7", app: "other" } })).toEqual([]);
    expect(namesIn({ kind: "Service", covers: {} })).toEqual([]);

    told = [];
    const spec = { selector: { gateway: "g8", app: "proxy" } };
    await client.patch(SERVICES, "s7", "edge", { spec }, "merge");
    await eventually("it is told", () => expect([...told].sort()).toEqual(["shop/a7", "shop/a8"]));
    expect(namesIn(covering(7))).toEqual([]);
    expect(namesIn(covering(8)).sort()).toEqual(["s7", "s8"]);

    told = [];
    await client.patch(SERVICES, "s9", "edge", { metadata: { labels: { team: "b" } } }, "merge");
    await client.patch(SERVICES, "s10", "edge", { spec: { externalIPs: ["192.0.2.1"] } }, "merge");
    // What is not looked at concerns nobody.
    await eventually("the other one is told", () => expect(told).toEqual(["shop/a10"]));
  });

  it("what a watch told counts for a while when it fails, and then no longer; that is told, and so is that it is back", async () => {
    open();
    store.want("shop/a1", [covering(1)]);
    await eventually("it is read", () => namesIn(covering(1)));
    const { faults } = cluster.embedded!;
    const fail = { match: { resource: "services" }, effect: { type: "status", code: 500 } } as const;
    faults.add(fail);
    onTestFinished(() => faults.clear());
    store.reconnect();
    await eventually("the watch is lost", () => expect(cluster.embedded!.requests.all.at(-1)?.code).toBe(500));
    expect(namesIn(covering(1))).toEqual(["s1"]);
    told = [];
    await clock.advance(31_000);
    expect(store.see(covering(1) as Need<"Service">)).toEqual({
      state: "Failing",
      message: expect.stringMatching(/^Service \(v1\) has not been readable since \S+Z: .*500/),
    });
    expect(told).toContain("shop/a1");
    faults.clear();
    store.reconnect();
    await eventually("it is back", () => expect(namesIn(covering(1))).toEqual(["s1"]));
  });

  it("what was never read is said to fail, and why", async () => {
    const { faults } = cluster.embedded!;
    faults.add({ match: { resource: "services" }, effect: { type: "status", code: 500 } });
    onTestFinished(() => faults.clear());
    open();
    store.want("shop/a1", [covering(1)]);
    await eventually("it is asked for", () => expect(cluster.embedded!.requests.all.at(-1)?.code).toBe(500));
    expect(store.see(covering(1) as Need<"Service">)).toEqual({ state: "Loading" });
    await clock.advance(31_000);
    expect(store.see(covering(1) as Need<"Service">)).toMatchObject({ state: "Failing" });
  });

  it("a watch that nobody needs stays for a minute, in case somebody comes, and is then closed", async () => {
    open();
    const lists = asked("list");
    store.want("shop/a1", [covering(1)]);
    await eventually("it is read", () => namesIn(covering(1)));
    store.want("shop/a1", []);
    await clock.advance(59_000);
    store.want("shop/a2", [covering(2)]);
    expect(namesIn(covering(2))).toEqual(["s2"]);
    await clock.advance(120_000);
    expect(namesIn(covering(2))).toEqual(["s2"]);
    store.want("shop/a2", []);
    await clock.advance(61_000);
    expect(store.see(covering(2))).toEqual({ state: "Loading" });
    expect(asked("list") - lists).toBe(1);
  });
});
