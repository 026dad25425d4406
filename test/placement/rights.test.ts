import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { JOBS, NAMESPACES, SECRETS } from "../../src/api/kinds.ts";
import type { KubeObject, Resource } from "../../src/api/resource.ts";
import type { KubeClient } from "../../src/kube/client.ts";
import { readYaml } from "../examples/documents.ts";
import { realBinaries, startCluster, type TestCluster } from "../support/clusters.ts";
import { clientFor } from "../support/fleet.ts";
import { PEERS } from "../support/peers.ts";

const rbac = (kind: string, plural: string, namespaced = false): Resource => ({
  group: "rbac.authorization.k8s.io",
  version: "v1",
  plural,
  kind,
  namespaced,
});
const KINDS = [
  rbac("ClusterRole", "clusterroles"),
  rbac("ClusterRoleBinding", "clusterrolebindings"),
  rbac("Role", "roles", true),
  rbac("RoleBinding", "rolebindings", true),
];

describe.skipIf(!realBinaries())("the rights that following and gates need, asked of a real API server", () => {
  let cluster: TestCluster;
  let client: KubeClient;
  beforeAll(async () => {
    cluster = await startCluster({ kind: "real" });
    client = clientFor(cluster.kubeconfig);
    for (const file of ["deploy/following/hub.yaml", "deploy/following/member.yaml"])
      for (const document of readYaml(file).documents)
        await client.create(KINDS.find(({ kind }) => kind === document.kind)!, document);
    await client.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    for (const file of ["secret", "hub-jobs", "member-jobs"])
      for (const document of readYaml(`deploy/gates/${file}.yaml`).documents)
        await client.create(KINDS.find(({ kind }) => kind === document.kind)!, {
          ...document,
          metadata: { ...document.metadata, namespace: "shop" },
        });
  });
  afterAll(async () => {
    await client.close();
    await cluster.stop();
  });

  async function may(
    account: string,
    verb: string,
    { group, plural }: Pick<Resource, "group" | "plural">,
    { namespace = "shop", name = "" } = {},
  ): Promise<boolean> {
    const review = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: {
        user: `system:serviceaccount:fap-system:${account}`,
        groups: ["system:authenticated"],
        resourceAttributes: { namespace, verb, group, resource: plural, name },
      },
    };
    const answer = await client.raw("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", { body: review });
    return ((answer as KubeObject)["status"] as { allowed: boolean }).allowed;
  }

  it("the controller reads the Secret that was named, in the namespace that gave it, and no other", async () => {
    const account = "federated-accesspoint";
    expect(await may(account, "get", SECRETS, { name: "pipeline-token" })).toBe(true);
    expect(await may(account, "get", SECRETS, { name: "another" })).toBe(false);
    expect(await may(account, "get", SECRETS, { name: "pipeline-token", namespace: "other" })).toBe(false);
    for (const verb of ["list", "watch", "patch", "delete"])
      expect(await may(account, verb, SECRETS, { name: "pipeline-token" })).toBe(false);
  });

  it.each([
    { account: "federated-accesspoint", yes: ["get", "create", "delete"], no: ["list", "watch", "patch"] },
    { account: "fap-hub", yes: ["get", "list", "create", "delete"], no: ["watch", "patch"] },
  ])("$account runs Jobs where it was let, and nowhere else", async ({ account, yes, no }) => {
    for (const verb of yes) expect(await may(account, verb, JOBS), verb).toBe(true);
    for (const verb of no) expect(await may(account, verb, JOBS), verb).toBe(false);
    for (const verb of yes) expect(await may(account, verb, JOBS, { namespace: "other" }), verb).toBe(false);
  });

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
