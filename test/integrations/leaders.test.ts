import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Leader } from "../../src/api/accesspoint.ts";
import { Leaders } from "../../src/integrations/leaders.ts";
import { silentLogger } from "../../src/kube/logger.ts";
import { startCluster, type TestCluster } from "../support/clusters.ts";
import { clientFor } from "../support/fleet.ts";
import { define } from "../support/istio.ts";
import { PEERS, peerDefinition } from "../support/peers.ts";
import { eventually } from "../support/wait.ts";

const leader = (name: string): Leader => ({ apiVersion: "types.kubefed.io/v1beta1", kind: "FederatedDeployment", name });

describe("what is watched", () => {
  let cluster: TestCluster;
  let client: ReturnType<typeof clientFor>;
  beforeAll(async () => {
    cluster = await startCluster({ kind: "embedded" });
    client = clientFor(cluster.kubeconfig);
    await define(client, [peerDefinition(PEERS.FederatedDeployment)]);
  });
  afterAll(async () => {
    await client.close();
    await cluster.stop();
  });

  const place = (name: string, ...clusters: readonly string[]) =>
    client.apply(
      PEERS.FederatedDeployment,
      {
        apiVersion: "types.kubefed.io/v1beta1",
        kind: "FederatedDeployment",
        metadata: { name, namespace: "default" },
        spec: { placement: { clusters: clusters.map((name) => ({ name })) } },
      },
      { fieldManager: "peer" },
    );
  const watches = () =>
    cluster.embedded!.requests.all.filter(({ verb, resource }) => verb === "watch" && resource.startsWith("federateddeployments"));

  it("nothing that nobody follows; one watch for a kind and a namespace, however many follow; none once the last one leaves", async () => {
    const told: string[] = [];
    const leaders = new Leaders({ client, members: () => [], onChange: (key) => told.push(key), logger: silentLogger });
    try {
      expect(leaders.follow("default/nobody", [])).toEqual([]);
      expect(leaders.watches).toBe(0);
      await place("a", "lvs-1");
      await place("b", "slc-1");

      expect(leaders.follow("default/one", [leader("a")])).toEqual([{ state: "Loading" }]);
      leaders.follow("default/two", [leader("b"), leader("a")]);
      await eventually("both are read", () =>
        expect(leaders.follow("default/two", [leader("b"), leader("a")])).toEqual([
          { state: "Placed", clusters: ["slc-1"] },
          { state: "Placed", clusters: ["lvs-1"] },
        ]),
      );
      expect(leaders.watches).toBe(1);
      await eventually("it is open", () => expect(watches()).toHaveLength(1));

      told.length = 0;
      await place("b", "slc-2");
      await eventually("two is told", () => expect(told).toEqual(["default/two"]));
      await client.patch(PEERS.FederatedDeployment, "b", "default", { metadata: { labels: { x: "y" } } }, "merge");
      await place("a", "lvs-2");
      await eventually("both are told of a, and nobody of a label", () =>
        expect(told.toSorted()).toEqual(["default/one", "default/two", "default/two"]),
      );

      leaders.follow("default/one", []);
      expect(leaders.watches).toBe(1);
      leaders.follow("default/two", []);
      expect(leaders.watches).toBe(0);
    } finally {
      await leaders.stop();
    }
  });
});
