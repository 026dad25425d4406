import protobuf from "protobufjs";
import { core } from "./core.ts";
import { meta } from "./meta.ts";
import { rbac } from "./rbac.ts";
import { reviews } from "./reviews.ts";
import { workloads } from "./workloads.ts";

/** Every message that is described; names are unique without their packages. */
const described = protobuf.parse([meta, core, workloads, rbac, reviews].join("\n"), { keepCase: true }).root.resolveAll();

const kindsOf: Readonly<Record<string, readonly string[]>> = {
  v1: ["Namespace", "ConfigMap", "Secret", "Service", "ServiceAccount"],
  "apps/v1": ["Deployment"],
  "authentication.k8s.io/v1": ["SelfSubjectReview", "TokenReview"],
  "authorization.k8s.io/v1": [
    "SubjectAccessReview",
    "LocalSubjectAccessReview",
    "SelfSubjectAccessReview",
    "SelfSubjectRulesReview",
  ],
  "batch/v1": ["Job"],
  "rbac.authorization.k8s.io/v1": ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"],
};

export const envelopeMessage: protobuf.Type = described.lookupType("Unknown");

/** How a kind is written in protobuf; undefined when that is not described. */
export function messageOf(apiVersion: string, kind: string): protobuf.Type | undefined {
  // Every group version has DeleteOptions, all the same ones.
  const kinds = Object.hasOwn(kindsOf, apiVersion) ? kindsOf[apiVersion]! : [];
  const isDescribed = kind === "DeleteOptions" || kinds.includes(kind);
  return isDescribed ? described.lookupType(kind) : undefined;
}
