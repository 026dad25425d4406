import { KubeConfig } from "@kubernetes/client-node";
import { expect, it, onTestFinished } from "vitest";
import { customResourceDefinitions } from "../../src/api/crd.ts";
import { MEMBER_CLUSTERS } from "../../src/api/kinds.ts";
import { Hub, type HubListeners } from "../../src/controller/hub.ts";
import { startApiServer } from "../../src/embedded/server.ts";
import { createClient } from "../../src/kube/client.ts";
import { silentLogger } from "../../src/kube/logger.ts";
import { define } from "../support/istio.ts";
import { eventually } from "../support/wait.ts";

const nobody: HubListeners = {
  onAccessPoint: () => {},
  onAccessPointGone: () => {},
  onMemberCluster: () => {},
  onApproval: () => {},
  onSecret: () => {},
};

it("the list of clusters is the same for all passes, until one of them changes, joins or leaves", async () => {
  const server = await startApiServer();
  onTestFinished(() => server.stop());
  const config = new KubeConfig();
  config.loadFromString(server.kubeconfig);
  const client = createClient(config);
  onTestFinished(() => client.close());
  await define(client, customResourceDefinitions());
  const apply = (name: string, zone: string) =>
    client.apply(
      MEMBER_CLUSTERS,
      {
        apiVersion: "accesspoint.dev/v1alpha1",
        kind: "MemberCluster",
        metadata: { name },
        spec: { zone, access: { kubeconfigSecretRef: { namespace: "fap-system", name } } },
      },
      { fieldManager: "platform" },
    );
  await apply("lvs-1", "lvs");

  const hub = new Hub(client, nobody, silentLogger);
  const stopping = new AbortController();
  await hub.start(stopping.signal);
  onTestFinished(async () => {
    stopping.abort();
    await hub.stop();
  });
  const zones = (expected: Readonly<Record<string, string>>) =>
    eventually("the clusters are known", () =>
      expect(Object.fromEntries(hub.members.map(({ name, zone }) => [name, zone]))).toEqual(expected),
    );
  await zones({ "lvs-1": "lvs" });
  expect(hub.members).toBe(hub.members);
  await apply("lvs-1", "slc");
  await zones({ "lvs-1": "slc" });
  await apply("lvs-2", "lvs");
  await zones({ "lvs-1": "slc", "lvs-2": "lvs" });
  await client.delete(MEMBER_CLUSTERS, "lvs-1");
  await zones({ "lvs-2": "lvs" });
});
