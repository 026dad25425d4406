import { group, type Step } from "../case.ts";

const authentication = "/apis/authentication.k8s.io/v1";
const authorization = "/apis/authorization.k8s.io/v1";
const local = `${authorization}/namespaces/{ns}/localsubjectaccessreviews`;

const as = (user: string | undefined, headers: Readonly<Record<string, string>> = {}) => ({
  headers: { ...(user !== undefined && { "impersonate-user": user }), ...headers },
});
const whoAmI = (...args: Parameters<typeof as>): Step => [`POST ${authentication}/selfsubjectreviews`, {}, undefined, as(...args)];
const admin = { user: "admin", groups: ["system:masters"] };
const pods = { verb: "get", resource: "pods" };

/** Who may do what differs where there is RBAC; whom a request is from, and how it is refused, does not. */
export const access = group("access", {
  "a user is taken for another": [
    whoAmI("jane"),
    whoAmI("jane", { "impersonate-group": "dev" }),
    whoAmI("jane", { "impersonate-group": "system:authenticated" }),
    whoAmI("jane", { "impersonate-uid": "1", "impersonate-extra-scopes": "view", "impersonate-extra-acme%2fx": "y" }),
    { kubectl: "auth whoami --as=jane --as-group=a --as-group=b" },
  ],
  "a service account has groups": [
    whoAmI("system:serviceaccount:shop:web"),
    whoAmI("system:serviceaccount:shop:web", { "impersonate-group": "dev" }),
    whoAmI("system:serviceaccount:shop"),
  ],
  "groups alone are nobody": [
    whoAmI(undefined, { "impersonate-group": "dev" }),
    whoAmI(undefined, { "impersonate-uid": "1" }),
    whoAmI("", { "impersonate-group": "dev" }),
  ],
  "nobody may do nothing": [
    whoAmI("system:anonymous"),
    whoAmI("jane", { "impersonate-group": "system:unauthenticated" }),
    ...[
      "GET cm",
      "GET cm/a",
      "GET cm/a/status",
      "GET ns",
      "GET no/a",
      "GET wd",
      "DELETE cm",
      "DELETE deploy/d",
      "GET /apis",
      "GET /x",
    ].map((request): Step => [request, undefined, undefined, as("system:anonymous")]),
    ["PATCH deploy/d/scale", {}, "merge", as("system:anonymous")],
    ["GET cm?watch=true", undefined, undefined, as("system:anonymous")],
    ["GET /livez", undefined, undefined, as("system:anonymous")],
  ],
  "a token that proves nothing": [
    [`POST ${authentication}/tokenreviews`, { spec: { token: "nope" } }],
    [`POST ${authentication}/tokenreviews`, { metadata: { name: "x" }, spec: { token: "nope", more: 1 } }],
    [`POST ${authentication}/tokenreviews`, { spec: {} }],
  ],
  "a review of another kind": [
    [`POST ${authentication}/tokenreviews`, { apiVersion: "v1", kind: "Pod" }],
    [`POST ${authentication}/tokenreviews`, "{"],
    [`GET ${authorization}/subjectaccessreviews`],
  ],
  "what somebody may do": [
    [`POST ${authorization}/selfsubjectaccessreviews`, { spec: { resourceAttributes: pods } }],
    [`POST ${authorization}/selfsubjectaccessreviews`, { spec: { nonResourceAttributes: { path: "/x", verb: "get" } } }],
    [`POST ${authorization}/subjectaccessreviews`, { spec: { ...admin, resourceAttributes: pods } }],
    [
      `POST ${authorization}/subjectaccessreviews?fieldValidation=Strict`,
      { metadata: { namespace: "x" }, spec: { ...admin, resourceAttributes: pods, more: 1 } },
    ],
    [`POST ${authorization}/subjectaccessreviews`, { spec: { user: "system:anonymous", resourceAttributes: pods } }],
    [`POST ${local}`, { metadata: { namespace: "{ns}" }, spec: { ...admin, resourceAttributes: { ...pods, namespace: "{ns}" } } }],
    { kubectl: "auth can-i list pods" },
  ],
  "questions that make no sense": [
    [`POST ${authorization}/selfsubjectaccessreviews`, {}],
    [`POST ${authorization}/selfsubjectaccessreviews`, { spec: { resourceAttributes: {}, nonResourceAttributes: { path: "/" } } }],
    [`POST ${authorization}/subjectaccessreviews`, { spec: {} }],
    [`POST ${authorization}/subjectaccessreviews`, { spec: { user: "x" } }],
    [`POST ${local}`, { spec: { ...admin, resourceAttributes: pods } }],
    [`POST ${local}`, { spec: { ...admin, resourceAttributes: { ...pods, namespace: "elsewhere" } } }],
    [`POST ${local}`, { metadata: { namespace: "elsewhere" }, spec: { ...admin, resourceAttributes: pods } }],
    [`POST ${authorization}/localsubjectaccessreviews`, { spec: {} }],
    [`POST ${authorization}/selfsubjectrulesreviews`, { spec: {} }],
  ],
  "what can be asked": [[`GET ${authorization}`], [`GET ${authentication}`]],
});
