import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { CERTIFICATES, NAMESPACES, SECRETS } from "../../src/api/kinds.ts";
import type { Resource } from "../../src/api/resource.ts";
import type { Need, SurroundingKind } from "../../src/domain/surroundings.ts";
import { Prober } from "../../src/fleet/probes.ts";
import { SurroundingsStore } from "../../src/fleet/surroundings.ts";
import type { KubeClient } from "../../src/kube/client.ts";
import { systemClock } from "../../src/kube/clock.ts";
import { silentLogger } from "../../src/kube/logger.ts";
import { readYaml } from "../examples/documents.ts";
import { realBinaries, startCluster, type TestCluster } from "../support/clusters.ts";
import { clientFor } from "../support/fleet.ts";
import { define } from "../support/istio.ts";
import { peerDefinition } from "../support/peers.ts";
import { makeCredential, tlsSecret } from "../support/tls.ts";
import { eventually } from "../support/wait.ts";

const quiet = {
  prober: new Prober({ clock: systemClock, onChange: () => {} }),
  logger: silentLogger,
  onChange: () => {},
  served: (resource: Resource) => resource,
};

const rbac = (kind: string, plural: string, namespaced: boolean): Resource => ({
  group: "rbac.authorization.k8s.io",
  version: "v1",
  plural,
  kind,
  namespaced,
});
const ROLES = rbac("Role", "roles", true);
const KINDS = [
  ROLES,
  rbac("RoleBinding", "rolebindings", true),
  rbac("ClusterRole", "clusterroles", false),
  rbac("ClusterRoleBinding", "clusterrolebindings", false),
];
const SERVICE_ACCOUNTS: Resource = {
  group: "",
  version: "v1",
  plural: "serviceaccounts",
  kind: "ServiceAccount",
  namespaced: true,
};

describe.skipIf(!realBinaries())("the rights of deploy/certificates, asked of a real API server", () => {
  let cluster: TestCluster;
  let admin: KubeClient;
  let hub: KubeClient;
  let store: SurroundingsStore;

  beforeAll(async () => {
    cluster = await startCluster({ kind: "real" });
    admin = clientFor(cluster.kubeconfig);
    await define(admin, [peerDefinition(CERTIFICATES)]);
    for (const name of ["fap-system", "istio-ingress", "bank"])
      await admin.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
    await admin.create(SERVICE_ACCOUNTS, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { namespace: "fap-system", name: "fap-hub" },
    });
    for (const document of readYaml("deploy/certificates/member.yaml").documents)
      await admin.create(KINDS.find(({ kind }) => kind === document.kind)!, document);
    const credential = await makeCredential();
    for (const [namespace, name] of [
      ["istio-ingress", "shop-tls"],
      ["istio-ingress", "other-tls"],
      ["bank", "bank-tls"],
    ] as const)
      await admin.create(SECRETS, tlsSecret(namespace, name, credential));
    const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
    const path = "/api/v1/namespaces/fap-system/serviceaccounts/fap-hub/token";
    const { status } = (await admin.raw("POST", path, { body: request })) as { status: { token: string } };
    hub = clientFor(
      stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "c", cluster: { server: cluster.url, "insecure-skip-tls-verify": true } }],
        users: [{ name: "u", user: { token: status.token } }],
        contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
        "current-context": "x",
      }),
    );
    store = new SurroundingsStore({ client: hub, ...quiet });
  });
  afterAll(async () => {
    await store.stop();
    await hub.close();
    await admin.close();
    await cluster.stop();
  });

  /** What the hub's account comes to know of something. */
  const see = (need: Need<SurroundingKind>): Promise<unknown> => {
    store.want("shop/checkout", [need]);
    return eventually("it was looked at", () => {
      const sight = store.see(need);
      if (sight.state === "Loading") throw new Error("not yet");
      return sight;
    });
  };

  it("a Secret in the gateways' namespace can be watched, and one elsewhere cannot: the message says what is missing", async () => {
    expect(await see({ kind: "Secret", namespace: "istio-ingress", name: "shop-tls" })).toMatchObject({
      state: "Known",
      objects: [{ name: "shop-tls", keyOf: 0 }],
    });
    expect(await see({ kind: "Secret", namespace: "bank", name: "bank-tls" })).toEqual({
      state: "Forbidden",
      message: "the hub's account may not read Secret bank-tls in namespace bank (verbs list and watch); see deploy/certificates",
    });
  });

  it("resourceNames are enough for the Secrets that they name", async () => {
    const rules = [{ apiGroups: [""], resources: ["secrets"], resourceNames: ["shop-tls"], verbs: ["list", "watch"] }];
    await admin.patch(ROLES, "fap-hub-certificates", "istio-ingress", { rules }, "merge");
    const another = new SurroundingsStore({ client: hub, ...quiet });
    const needs = ["shop-tls", "other-tls"].map((name): Need => ({ kind: "Secret", namespace: "istio-ingress", name }));
    another.want("shop/checkout", needs);
    const states = await eventually("both were looked at", () => {
      const found = needs.map((need) => another.see(need).state);
      if (found.includes("Loading")) throw new Error("not yet");
      return found;
    });
    await another.stop();
    expect(states).toEqual(["Known", "Forbidden"]);
  });

  it("Certificates can be read, written and removed", async () => {
    expect(await see({ kind: "Certificate", namespace: "istio-ingress", name: "shop-tls" })).toEqual({
      state: "Known",
      objects: [],
    });
    const certificate = {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: { namespace: "istio-ingress", name: "shop-tls" },
      spec: { secretName: "shop-tls", dnsNames: ["a.test"], issuerRef: { name: "corp-ca" } },
    };
    await hub.apply(CERTIFICATES, certificate, { fieldManager: "federated-accesspoint" });
    await hub.delete(CERTIFICATES, "shop-tls", "istio-ingress");
  });
});
