import type { KubeObject, Resource } from "../../../kube/resource.ts";
import { InOrder, invalid } from "../errors.ts";
import type { FieldError, Schema } from "../schema.ts";
import type { BuiltinKind } from "./kind.ts";
import { bool, list, mapOf, pointer, struct, text } from "./shapes.ts";

export interface AccessSpec {
  readonly resourceAttributes?: { readonly namespace?: string };
  readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string };
  readonly user?: string;
  readonly groups?: readonly string[];
}

const extra = mapOf({ type: "array", items: text });
const userInfo = struct("UserInfo", { username: text, uid: text, groups: list(text), extra });

const selection = (requirement: string) => ({
  rawSelector: text,
  requirements: list(struct(requirement, { key: text, operator: text, values: list(text) }, ["key", "operator"])),
});

const accessAttributes = {
  resourceAttributes: pointer(
    struct("ResourceAttributes", {
      namespace: text,
      verb: text,
      group: text,
      version: text,
      resource: text,
      subresource: text,
      name: text,
      fieldSelector: pointer(struct("FieldSelectorAttributes", selection("FieldSelectorRequirement"))),
      labelSelector: pointer(struct("LabelSelectorAttributes", selection("LabelSelectorRequirement"))),
    }),
  ),
  nonResourceAttributes: pointer(struct("NonResourceAttributes", { path: text, verb: text })),
};
const whose = { user: text, groups: list(text), extra, uid: text };
const accessStatus = struct("SubjectAccessReviewStatus", { allowed: bool, denied: bool, reason: text, evaluationError: text }, [
  "allowed",
]);

/** What is asked and answered, never kept. */
function review(
  resource: Omit<Resource, "version">,
  properties: Readonly<Record<string, Schema>>,
  validate: (object: KubeObject) => FieldError[] = () => [],
): BuiltinKind {
  const { kind, namespaced } = resource;
  return {
    resource: { ...resource, version: "v1" },
    singular: kind.toLowerCase(),
    metadata: { namespaced },
    schema: struct(kind, properties, Object.keys(properties)),
    validate,
  };
}

const authentication = (plural: string, kind: string) => ({ group: "authentication.k8s.io", plural, kind, namespaced: false });
const authorization = (plural: string, kind: string, namespaced = false) => ({
  group: "authorization.k8s.io",
  plural,
  kind,
  namespaced,
});

const resourceRule = struct(
  "ResourceRule",
  { verbs: list(text), apiGroups: list(text), resources: list(text), resourceNames: list(text) },
  ["verbs"],
);
const nonResourceRule = struct("NonResourceRule", { verbs: list(text), nonResourceURLs: list(text) }, ["verbs"]);
const rulesStatus = struct(
  "SubjectRulesReviewStatus",
  { resourceRules: list(resourceRule), nonResourceRules: list(nonResourceRule), incomplete: bool, evaluationError: text },
  ["resourceRules", "nonResourceRules", "incomplete"],
);

const ofSubject = { spec: struct("SubjectAccessReviewSpec", { ...accessAttributes, ...whose }), status: accessStatus };

export const reviewKinds: readonly BuiltinKind[] = [
  review(authentication("selfsubjectreviews", "SelfSubjectReview"), { status: struct("SelfSubjectReviewStatus", { userInfo }) }),
  review(authentication("tokenreviews", "TokenReview"), {
    spec: struct("TokenReviewSpec", { token: text, audiences: list(text) }),
    status: struct("TokenReviewStatus", { authenticated: bool, user: userInfo, audiences: list(text), error: text }, ["user"]),
  }),
  review(
    authorization("selfsubjectaccessreviews", "SelfSubjectAccessReview"),
    { spec: struct("SelfSubjectAccessReviewSpec", accessAttributes), status: accessStatus },
    validateAttributes,
  ),
  review(authorization("selfsubjectrulesreviews", "SelfSubjectRulesReview"), {
    spec: struct("SelfSubjectRulesReviewSpec", { namespace: text }),
    status: rulesStatus,
  }),
  review(authorization("subjectaccessreviews", "SubjectAccessReview"), ofSubject, validateSubject),
  review(authorization("localsubjectaccessreviews", "LocalSubjectAccessReview", true), ofSubject, (object) => [
    ...validateSubject(object),
    ...validateNamespace(object),
  ]),
];

const specOf = (object: KubeObject): AccessSpec => object["spec"] as AccessSpec;

function validateAttributes(object: KubeObject): FieldError[] {
  const { resourceAttributes, nonResourceAttributes } = specOf(object);
  if (resourceAttributes && nonResourceAttributes) {
    const { path = "", verb = "" } = nonResourceAttributes;
    const detail = "cannot be specified in combination with resourceAttributes";
    return [invalid("spec.nonResourceAttributes", new InOrder({ Path: path, Verb: verb }), detail)];
  }
  if (resourceAttributes || nonResourceAttributes) return [];
  const detail = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
  return [invalid("spec.resourceAttributes", null, detail)];
}

function validateSubject(object: KubeObject): FieldError[] {
  const { user = "", groups = [] } = specOf(object);
  const isNobody = user === "" && groups.length === 0;
  return [
    ...validateAttributes(object),
    ...(isNobody ? [invalid("spec.user", "", "at least one of user or group must be specified")] : []),
  ];
}

function validateNamespace(object: KubeObject): FieldError[] {
  const { resourceAttributes, nonResourceAttributes } = specOf(object);
  const { namespace = "" } = resourceAttributes ?? {};
  const isElsewhere = resourceAttributes && namespace !== object.metadata.namespace;
  return [
    ...(isElsewhere ? [invalid("spec.resourceAttributes.namespace", namespace, "must match metadata.namespace")] : []),
    ...(nonResourceAttributes
      ? [invalid("spec.nonResourceAttributes", new InOrder(nonResourceAttributes), "disallowed on this kind of request")]
      : []),
  ];
}
