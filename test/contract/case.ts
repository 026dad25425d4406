import type { Sent } from "./client.ts";

/**
 * One thing that is sent. Paths may be short: `cm/a` is `/api/v1/namespaces/{ns}/configmaps/a` (see `shorthand`); `{ns}` is
 * the case's own namespace; `{rv:N}`, `{uid:N}` and `{continue:N}` are taken from the answer to step N, counted from 0.
 */
export type Step =
  /** `"PATCH cm/a?fieldManager=x"`, a body (an object, or text as it is), and the content type or its short name. */
  | readonly [request: string, body?: unknown, type?: string | undefined, more?: Pick<Sent, "accept" | "userAgent" | "headers">]
  /** `{ watch: "cm?resourceVersion={rv:0}", events: 3 }` */
  | { readonly watch: string; readonly events: number }
  /** Arguments to kubectl, which speaks for itself; `{file}` is a file with `stdin` in it. */
  | { readonly kubectl: string; readonly stdin?: unknown }
  /** Repeats a request until it answers with this code: what happens by and by. Only the last answer counts. */
  | { readonly until: string; readonly code: number };

export interface Case {
  /** Unique in its group. */
  readonly name: string;
  readonly steps: readonly Step[];
}

export interface Group {
  readonly name: string;
  readonly cases: readonly Case[];
  /** Messages are not compared: who refuses says so in words of its own. Default false. */
  readonly inOwnWords?: boolean;
}

/** A group from a table of sentences and steps. */
export const group = (
  name: string,
  table: Readonly<Record<string, readonly Step[]>>,
  options: Pick<Group, "inOwnWords"> = {},
): Group => ({
  ...options,
  name,
  cases: Object.entries(table).map(([sentence, steps]) => ({ name: sentence, steps })),
});

/** What stands for the beginning of a path. */
export const shorthand: Readonly<Record<string, string>> = {
  ns: "/api/v1/namespaces",
  no: "/api/v1/nodes",
  cm: "/api/v1/namespaces/{ns}/configmaps",
  secret: "/api/v1/namespaces/{ns}/secrets",
  svc: "/api/v1/namespaces/{ns}/services",
  sa: "/api/v1/namespaces/{ns}/serviceaccounts",
  ev: "/api/v1/namespaces/{ns}/events",
  newev: "/apis/events.k8s.io/v1/namespaces/{ns}/events",
  ep: "/api/v1/namespaces/{ns}/endpoints",
  pod: "/api/v1/namespaces/{ns}/pods",
  deploy: "/apis/apps/v1/namespaces/{ns}/deployments",
  cr: "/apis/apps/v1/namespaces/{ns}/controllerrevisions",
  job: "/apis/batch/v1/namespaces/{ns}/jobs",
  lease: "/apis/coordination.k8s.io/v1/namespaces/{ns}/leases",
  slice: "/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices",
  crd: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
  role: "/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles",
  rolebinding: "/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings",
  clusterrole: "/apis/rbac.authorization.k8s.io/v1/clusterroles",
  clusterrolebinding: "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
  wd: "/apis/contract.example.com/v1/namespaces/{ns}/widgets",
  wdbeta: "/apis/contract.example.com/v1beta1/namespaces/{ns}/widgets",
  vs: "/apis/networking.istio.io/v1/namespaces/{ns}/virtualservices",
  vsalpha: "/apis/networking.istio.io/v1alpha3/namespaces/{ns}/virtualservices",
  dr: "/apis/networking.istio.io/v1/namespaces/{ns}/destinationrules",
  gw: "/apis/networking.istio.io/v1/namespaces/{ns}/gateways",
  se: "/apis/networking.istio.io/v1/namespaces/{ns}/serviceentries",
  we: "/apis/networking.istio.io/v1/namespaces/{ns}/workloadentries",
  filter: "/apis/networking.istio.io/v1alpha3/namespaces/{ns}/envoyfilters",
  ap: "/apis/security.istio.io/v1/namespaces/{ns}/authorizationpolicies",
  plain: "/apis/contract.example.com/v1/namespaces/{ns}/plains",
};

export const contentTypes: Readonly<Record<string, string>> = {
  apply: "application/apply-patch+yaml",
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  strategic: "application/strategic-merge-patch+json",
  yaml: "application/yaml",
};
