import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubeObject, Resource } from "../../src/api/resource.ts";
import type { KubeClient } from "../../src/kube/client.ts";
import { readYaml } from "../examples/documents.ts";
import { realBinaries, startCluster, type TestCluster } from "../support/clusters.ts";
import { clientFor } from "../support/fleet.ts";
import { PEERS } from "../support/peers.ts";

const rbac = (kind: string, plural: string): Resource => ({
  group: "rbac.authorization.k8s.io",
  version: "v1",
  plural,
  kind,
  namespaced: false,
});
const KINDS = [rbac("ClusterRole", "clusterroles"), rbac("ClusterRoleBinding", "clusterrolebindings")];

describe.skipIf(!realBinaries())("the rights that following needs, asked of a real API server", () => {
  let cluster: TestCluster;
  let client: KubeClient;
  beforeAll(async () => {
    cluster = await startCluster({ kind: "real" });
    client = clientFor(cluster.kubeconfig);
    for (const file of ["deploy/following/hub.yaml", "deploy/following/member.yaml"])
      for (const document of readYaml(file).documents)
        await client.create(KINDS.find(({ kind }) => kind === document.kind)!, document);
  });
  afterAll(async () => {
    await client.close();
    await cluster.stop();
  });

  async function may(account: string, verb: string, { group, plural }: Pick<Resource, "group" | "plural">): Promise<boolean> {
    const review = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: {
        user: `system:serviceaccount:fap-system:${account}`,
        groups: ["system:authenticated"],
        resourceAttributes: { namespace: "shop", verb, group, resource: plural },
      },
    };
    const answer = await client.raw("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", { body: review });
    return ((answer as KubeObject)["status"] as { allowed: boolean }).allowed;
  }

  const peers = Object.values(PEERS).filter(({ kind }) => kind !== "RegionalRollout");
  it.each(peers)("the controller reads $kind on the hub, and does not write it", async (resource) => {
    for (const verb of ["list", "watch"]) expect(await may("federated-accesspoint", verb, resource)).toBe(true);
    for (const verb of ["create", "update", "patch", "delete"])
      expect(await may("federated-accesspoint", verb, resource)).toBe(false);
  });

  it.each(["deployments", "statefulsets", "daemonsets"])(
    "the hub reads %s in a member, and does not write them",
    async (plural) => {
      for (const verb of ["list", "watch"]) expect(await may("fap-hub", verb, { group: "apps", plural })).toBe(true);
      for (const verb of ["create", "patch", "delete"]) expect(await may("fap-hub", verb, { group: "apps", plural })).toBe(false);
    },
  );
});
