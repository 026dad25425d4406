import { isDeepStrictEqual } from "node:util";
import type { KubeObject } from "../../../kube/resource.ts";
import { at, child, InOrder, invalid, notSupported, required } from "../errors.ts";
import { isDns1123Subdomain, isPathSegment } from "../names.ts";
import type { FieldError } from "../schema.ts";
import type { BuiltinKind } from "./kind.ts";
import { type LabelSelector, labelSelector, validateSelector } from "./label-selector.ts";
import { named } from "./rules.ts";
import { atomic, list, pointer, struct, text } from "./shapes.ts";

const group = "rbac.authorization.k8s.io";

interface PolicyRule {
  readonly verbs: readonly string[] | null;
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

interface Role extends KubeObject {
  readonly rules: readonly PolicyRule[] | null;
  readonly aggregationRule?: { readonly clusterRoleSelectors?: readonly LabelSelector[] };
}

interface Subject {
  readonly kind: string;
  readonly apiGroup?: string;
  readonly name: string;
  readonly namespace?: string;
}

interface RoleRef {
  readonly apiGroup: string;
  readonly kind: string;
  readonly name: string;
}

interface Binding extends KubeObject {
  readonly subjects?: readonly Subject[];
  readonly roleRef: RoleRef;
}

const resource = (kind: string, namespaced: boolean) => ({
  group,
  version: "v1",
  plural: `${kind.toLowerCase()}s`,
  kind,
  namespaced,
});

const policyRule = struct(
  "PolicyRule",
  {
    verbs: list(text),
    apiGroups: list(text),
    resources: list(text),
    resourceNames: list(text),
    nonResourceURLs: list(text),
  },
  ["verbs"],
);

const aggregationRule = struct("AggregationRule", { clusterRoleSelectors: list(labelSelector) });

/** Kept and held to its rules; it gives nobody any right. */
const roleKind = (kind: "Role" | "ClusterRole", namespaced: boolean): BuiltinKind => ({
  resource: resource(kind, namespaced),
  singular: kind.toLowerCase(),
  metadata: { namespaced, name: isPathSegment, qualifiedFinalizers: true },
  schema: struct(kind, { rules: list(policyRule), ...(!namespaced && { aggregationRule: pointer(aggregationRule) }) }, ["rules"]),
  // No rules are kept as none.
  prepare: (object) => ((object as Role).rules?.length === 0 ? ({ ...object, rules: null } as KubeObject) : object),
  validate: (object) => {
    const { rules, aggregationRule: aggregated } = object as Role;
    return [
      ...(rules ?? []).flatMap((rule, i) => validateRule(rule, namespaced, at("rules", i))),
      ...(aggregated ? validateAggregation(aggregated) : []),
    ];
  },
});

function validateRule(rule: PolicyRule, namespaced: boolean, path: string): FieldError[] {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const errors: FieldError[] = [];
  if ((verbs ?? []).length === 0) errors.push(required(child(path, "verbs"), "verbs must contain at least one value"));
  const urls = child(path, "nonResourceURLs");
  if (nonResourceURLs.length > 0) {
    if (namespaced) errors.push(invalid(urls, nonResourceURLs, "namespaced rules cannot apply to non-resource URLs"));
    if (apiGroups.length + resources.length + resourceNames.length > 0) {
      errors.push(invalid(urls, nonResourceURLs, "rules cannot apply to both regular resources and non-resource URLs"));
    }
    return errors;
  }
  if (apiGroups.length === 0) errors.push(required(child(path, "apiGroups"), "resource rules must supply at least one api group"));
  if (resources.length === 0) errors.push(required(child(path, "resources"), "resource rules must supply at least one resource"));
  return errors;
}

function validateAggregation({ clusterRoleSelectors: selectors = [] }: NonNullable<Role["aggregationRule"]>): FieldError[] {
  const path = "aggregationRule.clusterRoleSelectors";
  if (selectors.length === 0) {
    return [required(path, "at least one clusterRoleSelector required if aggregationRule is non-nil")];
  }
  return selectors.flatMap((selector, i) => {
    const errors = validateSelector(selector, at(path, i));
    return errors.length === 0 ? [] : [...errors, invalid(at(path, i), null, "invalid label selector.")];
  });
}

const subject = atomic(struct("Subject", { kind: text, apiGroup: text, name: text, namespace: text }, ["kind", "name"]));
const roleRef = atomic(struct("RoleRef", { apiGroup: text, kind: text, name: text }, ["apiGroup", "kind", "name"]));

/** @param roles kinds that may be bound */
const bindingKind = (kind: "RoleBinding" | "ClusterRoleBinding", namespaced: boolean, roles: readonly string[]): BuiltinKind => ({
  resource: resource(kind, namespaced),
  singular: kind.toLowerCase(),
  metadata: { namespaced, name: isPathSegment, qualifiedFinalizers: true },
  schema: struct(kind, { subjects: list(subject), roleRef }),
  applyDefaults: (object) => {
    const binding = object as Binding;
    return {
      ...binding,
      ...(binding.subjects && { subjects: binding.subjects.map(withGroup) }),
      roleRef: { ...binding.roleRef, apiGroup: binding.roleRef.apiGroup || group },
    };
  },
  validate: (object, old) => {
    const { roleRef: role, subjects = [] } = object as Binding;
    const changed = old !== undefined && !isDeepStrictEqual(role, (old as Binding).roleRef);
    return [
      ...validateRef(role, roles),
      ...subjects.flatMap((one, i) => validateSubject(one, namespaced, at("subjects", i))),
      ...(changed ? [invalid("roleRef", new InOrder(inGo(role)), "cannot change roleRef")] : []),
    ];
  },
});

/** Users and groups are of the group of roles, if of none. */
function withGroup(one: Subject): Subject {
  return one.apiGroup || (one.kind !== "User" && one.kind !== "Group") ? one : { ...one, apiGroup: group };
}

/** As the API server's own type calls its fields. */
const inGo = ({ apiGroup, kind, name }: RoleRef) => ({ APIGroup: apiGroup, Kind: kind, Name: name });

function validateRef({ apiGroup, kind, name }: RoleRef, roles: readonly string[]): FieldError[] {
  return [
    ...(apiGroup === group ? [] : [notSupported("roleRef.apiGroup", apiGroup, [group])]),
    ...(roles.includes(kind) ? [] : [notSupported("roleRef.kind", kind, roles)]),
    ...(name === "" ? [required("roleRef.name")] : named(isPathSegment, "roleRef.name", name)),
  ];
}

function validateSubject({ kind, apiGroup = "", name, namespace = "" }: Subject, namespaced: boolean, path: string): FieldError[] {
  const errors = name === "" ? [required(child(path, "name"))] : [];
  const groupOf = (wanted: string) => (apiGroup === wanted ? [] : [notSupported(child(path, "apiGroup"), apiGroup, [wanted])]);
  switch (kind) {
    case "ServiceAccount":
      if (name !== "") errors.push(...named(isDns1123Subdomain, child(path, "name"), name));
      errors.push(...groupOf(""));
      if (!namespaced && namespace === "") errors.push(required(child(path, "namespace")));
      return errors;
    case "User":
    case "Group":
      return [...errors, ...groupOf(group)];
    default:
      return [...errors, notSupported(child(path, "kind"), kind, ["ServiceAccount", "User", "Group"])];
  }
}

export const role = roleKind("Role", true);
export const clusterRole = roleKind("ClusterRole", false);
export const roleBinding = bindingKind("RoleBinding", true, ["Role", "ClusterRole"]);
export const clusterRoleBinding = bindingKind("ClusterRoleBinding", false, ["ClusterRole"]);
