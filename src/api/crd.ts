import { z } from "zod";
import { accessPoint } from "./accesspoint.ts";
import { ACCESS_POINTS, MEMBER_CLUSTERS, NAME_SERVICES, ROLLOUT_APPROVALS, VERSION } from "./kinds.ts";
import { memberCluster } from "./membercluster.ts";
import { nameService } from "./nameservice.ts";
import type { KubeObject, Resource } from "./resource.ts";
import { rolloutApproval } from "./rolloutapproval.ts";

interface Column {
  readonly name: string;
  readonly type: "string" | "integer" | "date" | "boolean";
  readonly jsonPath: string;
  readonly description: string;
  /** 1 and more: shown by `-o wide` only. */
  readonly priority?: number;
}

interface Kind {
  readonly resource: Resource;
  readonly schema: z.ZodType;
  readonly shortNames: readonly string[];
  readonly columns: readonly Column[];
}

const age: Column = {
  name: "Age",
  type: "date",
  jsonPath: ".metadata.creationTimestamp",
  description: "Since when the object exists.",
};
const ready = (type: string, field: string) => `.status.conditions[?(@.type=="${type}")].${field}`;

const KINDS: readonly Kind[] = [
  {
    resource: ACCESS_POINTS,
    schema: accessPoint,
    shortNames: ["fap"],
    columns: [
      { name: "Phase", type: "string", jsonPath: ".status.rollout.phase", description: "Where the rollout stands." },
      { name: "Stage", type: "string", jsonPath: ".status.rollout.stage", description: "The stage that it is at." },
      {
        name: "Updated",
        type: "string",
        jsonPath: ".status.updated",
        description: "Targets verified on the update revision, of all.",
      },
      { name: "Ready", type: "string", jsonPath: ".status.ready", description: "Targets that are as their revision says, of all." },
      {
        name: "Revision",
        type: "string",
        jsonPath: ".status.updateRevision",
        description: "The revision that is to be everywhere.",
      },
      { name: "VIP", type: "string", jsonPath: ".status.vip", description: "The first VIP, and how many more.", priority: 1 },
      {
        name: "FQDN",
        type: "string",
        jsonPath: ".status.fqdn",
        description: "The first host name, and how many more.",
        priority: 1,
      },
      {
        name: "Certificate",
        type: "string",
        jsonPath: ".status.certificateExpiry",
        description: "When the first certificate expires.",
        priority: 1,
      },
      {
        name: "Routes",
        type: "string",
        jsonPath: ".status.routes",
        description: "Clusters whose routes are configured, of those that have routes.",
        priority: 1,
      },
      {
        name: "Message",
        type: "string",
        jsonPath: ".status.message",
        description: "What the rollout waits for, else what is wrong.",
        priority: 1,
      },
      age,
    ],
  },
  {
    resource: MEMBER_CLUSTERS,
    schema: memberCluster,
    shortNames: ["mc"],
    columns: [
      { name: "Ready", type: "string", jsonPath: ready("Ready", "status"), description: "Whether the hub reaches the cluster." },
      { name: "Reason", type: "string", jsonPath: ready("Ready", "reason"), description: "Why it does or does not." },
      { name: "Zone", type: "string", jsonPath: ".status.zone", description: "Availability zone that counts." },
      { name: "Role", type: "string", jsonPath: ".spec.role", description: "Primary or Remote." },
      { name: "Version", type: "string", jsonPath: ".status.kubernetesVersion", description: "Version of the API server." },
      { name: "Istio", type: "boolean", jsonPath: ".status.istio.installed", description: "Whether Istio's API is served." },
      { name: "Region", type: "string", jsonPath: ".status.region", description: "Region that counts.", priority: 1 },
      {
        name: "Cordoned",
        type: "boolean",
        jsonPath: ".spec.unschedulable",
        description: "Whether nothing is added to it.",
        priority: 1,
      },
      age,
    ],
  },
  {
    resource: ROLLOUT_APPROVALS,
    schema: rolloutApproval,
    shortNames: ["fapa"],
    columns: [
      { name: "AccessPoint", type: "string", jsonPath: ".spec.accessPoint", description: "What is decided on." },
      { name: "Revision", type: "string", jsonPath: ".spec.revision", description: "The revision that is decided on." },
      { name: "Stage", type: "string", jsonPath: ".spec.stage", description: "Whose gate is decided." },
      { name: "Decision", type: "string", jsonPath: ".spec.decision", description: "Approve or Reject." },
      { name: "Accepted", type: "string", jsonPath: ready("Accepted", "status"), description: "Whether it counts." },
      { name: "Reason", type: "string", jsonPath: ready("Accepted", "reason"), description: "Why it does or does not." },
      age,
    ],
  },
  {
    resource: NAME_SERVICES,
    schema: nameService,
    shortNames: ["fns"],
    columns: [
      { name: "FQDN", type: "string", jsonPath: ".spec.fqdn", description: "The name that is answered." },
      { name: "Policy", type: "string", jsonPath: ".spec.policy", description: "Which of its addresses a client gets." },
      { name: "Records", type: "string", jsonPath: ".status.summary", description: "What it leads to." },
      {
        name: "Published",
        type: "string",
        jsonPath: ready("Published", "status"),
        description: "Whether the records were taken over.",
      },
      {
        name: "TTL",
        type: "integer",
        jsonPath: ".spec.ttlSeconds",
        description: "Seconds that an answer may be kept.",
        priority: 1,
      },
      {
        name: "Reason",
        type: "string",
        jsonPath: ready("Published", "reason"),
        description: "Why they were or were not.",
        priority: 1,
      },
      {
        name: "Resolved",
        type: "string",
        jsonPath: ready("Resolved", "reason"),
        description: "Whether all targets are answered.",
        priority: 1,
      },
      age,
    ],
  },
];

type JsonSchema = { [key: string]: unknown };

/** Keywords of JSON Schema that zod writes and structural schemas neither need nor take. */
const DROPPED = new Set(["$schema", "additionalProperties:false", "propertyNames"]);

/**
 * Turns zod's JSON Schema into a structural one (Kubernetes API, "Specifying a structural schema"): no `additionalProperties:
 * false` next to properties, no union types, no bounds that only say "fits a double".
 */
function structural(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(structural);
  if (typeof node !== "object" || node === null) return node;
  const source = node as JsonSchema;
  const result: JsonSchema = {};
  for (const [key, value] of Object.entries(source)) {
    if (DROPPED.has(key) || DROPPED.has(`${key}:${value}`)) continue;
    if ((key === "maximum" || key === "minimum") && Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER) continue;
    if (key === "anyOf" && source["x-kubernetes-int-or-string"]) continue;
    if (key === "additionalProperties" && (source["properties"] || source["x-kubernetes-preserve-unknown-fields"])) continue;
    if (key === "properties") {
      result[key] = Object.fromEntries(Object.entries(value as JsonSchema).map(([name, child]) => [name, structural(child)]));
    } else {
      result[key] = key === "default" || key === "enum" || key === "x-kubernetes-validations" ? value : structural(value);
    }
  }
  return result;
}

function openApiSchema(schema: z.ZodType): JsonSchema {
  const root = structural(z.toJSONSchema(schema, { io: "input", unrepresentable: "throw" })) as JsonSchema;
  delete root["additionalProperties"];
  const properties = root["properties"] as JsonSchema;
  root["properties"] = { apiVersion: { type: "string" }, kind: { type: "string" }, metadata: { type: "object" }, ...properties };
  return root;
}

/** The CustomResourceDefinitions of this project, made from the zod schemas. */
export function customResourceDefinitions(): readonly KubeObject[] {
  return KINDS.map(({ resource, schema, shortNames, columns }) => ({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${resource.plural}.${resource.group}` },
    spec: {
      group: resource.group,
      scope: resource.namespaced ? "Namespaced" : "Cluster",
      names: {
        kind: resource.kind,
        listKind: `${resource.kind}List`,
        plural: resource.plural,
        singular: resource.kind.toLowerCase(),
        shortNames,
        categories: ["accesspoint"],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: openApiSchema(schema) },
          subresources: { status: {} },
          additionalPrinterColumns: columns,
        },
      ],
    },
  }));
}
