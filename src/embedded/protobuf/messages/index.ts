import protobuf from "protobufjs";
import { containers } from "./containers.ts";
import { core } from "./core.ts";
import { definitions } from "./definitions.ts";
import { discovery } from "./discovery.ts";
import { events } from "./events.ts";
import { leases } from "./leases.ts";
import { meta } from "./meta.ts";
import { nodes } from "./nodes.ts";
import { pods } from "./pods.ts";
import { rbac } from "./rbac.ts";
import { reviews } from "./reviews.ts";
import { volumes } from "./volumes.ts";
import { workloads } from "./workloads.ts";

/**
 * Every message, by its JSON name where that differs. Names are unique without their packages, but for two groups. What is
 * `(inline)` is no field in JSON: its fields are those of the message that it is in.
 */
const described = [
  [meta, core, nodes, volumes, containers, pods, workloads, leases, rbac, reviews, definitions].join("\n"),
  events,
  discovery,
]
  .reduce((root, source) => protobuf.parse(source, root, { keepCase: true }).root, new protobuf.Root())
  .resolveAll();

const kindsOf: Readonly<Record<string, readonly string[]>> = {
  v1: ["Namespace", "ConfigMap", "Secret", "Service", "ServiceAccount", "Event", "Node", "Pod", "Endpoints"],
  "apiextensions.k8s.io/v1": ["CustomResourceDefinition"],
  "apps/v1": ["Deployment", "ControllerRevision"],
  "authentication.k8s.io/v1": ["SelfSubjectReview", "TokenReview"],
  "authorization.k8s.io/v1": [
    "SubjectAccessReview",
    "LocalSubjectAccessReview",
    "SelfSubjectAccessReview",
    "SelfSubjectRulesReview",
  ],
  "autoscaling/v1": ["Scale"],
  "batch/v1": ["Job"],
  "coordination.k8s.io/v1": ["Lease"],
  "discovery.k8s.io/v1": ["EndpointSlice"],
  "events.k8s.io/v1": ["Event"],
  "rbac.authorization.k8s.io/v1": ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"],
};

const packageOf: Readonly<Record<string, string>> = { "discovery.k8s.io/v1": "discovery.", "events.k8s.io/v1": "events." };

export const envelopeMessage: protobuf.Type = described.lookupType("Unknown");

/** How a kind is written in protobuf; undefined when there is no such kind. */
export function messageOf(apiVersion: string, kind: string): protobuf.Type | undefined {
  // Every group version has DeleteOptions, all the same ones.
  const kinds = Object.hasOwn(kindsOf, apiVersion) ? kindsOf[apiVersion]! : [];
  if (kind === "DeleteOptions") return described.lookupType(kind);
  return kinds.includes(kind) ? described.lookupType(`${packageOf[apiVersion] ?? ""}${kind}`) : undefined;
}
