import { z } from "zod";
import { cel, conditions, labelName, listMap, objectName, timestamp } from "./meta.ts";
import type { ObjectMeta } from "./resource.ts";

const taint = z
  .strictObject({
    key: z.string().min(1).max(317).describe("Taint key."),
    value: z.string().max(63).optional().describe("Taint value."),
    effect: z
      .enum(["NoSchedule", "NoExecute"])
      .describe("NoSchedule keeps what the cluster already runs and adds nothing; NoExecute also removes what it runs."),
  })
  .describe("Keeps AccessPoints that do not tolerate it away from the cluster.");

export const memberClusterSpec = z
  .strictObject({
    region: labelName()
      .optional()
      .describe("Region that the cluster stands in, e.g. us-west. Default: what its ClusterProfile says, else its nodes' labels."),
    zone: labelName()
      .optional()
      .describe(
        "Availability zone that the cluster stands in. Default: what its ClusterProfile says, else the zone that all its nodes are labelled with. Without any the cluster is not placed.",
      ),
    role: z
      .enum(["Primary", "Remote"])
      .default("Primary")
      .describe(
        "Primary runs the zone's istiod and gateways and receives zone-scoped objects; Remote runs workloads only. One Primary a zone.",
      ),
    access: z
      .strictObject({
        kubeconfigSecretRef: z
          .strictObject({
            namespace: labelName().describe("Namespace of the Secret on the hub."),
            name: objectName().describe("Name of the Secret on the hub."),
            key: z.string().min(1).max(253).default("kubeconfig").describe("Key of the Secret that holds the kubeconfig."),
          })
          .optional()
          .describe("Secret on the hub that holds a kubeconfig for the cluster; a changed Secret is used within seconds."),
        clusterProfileRef: z
          .strictObject({
            namespace: labelName().describe("Namespace of the ClusterProfile on the hub, and of its Secret."),
            // It is the value of a label, too.
            name: objectName().max(63).describe("Name of the ClusterProfile on the hub."),
          })
          .optional()
          .describe(
            "ClusterProfile of SIG-Multicluster: the kubeconfig is in the one Secret beside it with the label x-k8s.io/cluster-profile: <name>, under the key Config.",
          ),
      })
      .meta(
        cel({
          rule: "has(self.kubeconfigSecretRef) != has(self.clusterProfileRef)",
          message: "access is either kubeconfigSecretRef or clusterProfileRef",
        }),
      )
      .describe("How the hub reaches the cluster."),
    loadBalancer: z
      .strictObject({
        provider: z
          .enum(["MetalLB", "Cilium"])
          .describe(
            "What gives addresses to Services of type LoadBalancer: how spec.traffic.vip.pool of an AccessPoint is asked for.",
          ),
      })
      .optional()
      .describe("Where addresses of Services come from. Needed in clusters whose AccessPoints name a pool."),
    taints: z
      .array(taint)
      .max(64)
      .meta(listMap("key", "effect"))
      .optional()
      .describe("Taints that a placement must tolerate to select the cluster."),
    unschedulable: z
      .boolean()
      .default(false)
      .describe("Cordon: what is in the cluster stays and is kept up to date, nothing is added."),
  })
  .describe("What the platform says of the cluster.");

const source = () =>
  z
    .enum(["Spec", "ClusterProfile", "Nodes"])
    .optional()
    .describe("Spec: spec says so. ClusterProfile: the one that spec.access names. Nodes: the labels of all its nodes.");

export const memberClusterStatus = z
  .strictObject({
    observedGeneration: z.int().optional().describe("metadata.generation that this status was made from."),
    conditions: conditions(),
    clusterID: z.string().optional().describe("Which cluster it is: the uid of its namespace kube-system."),
    kubernetesVersion: z.string().optional().describe("Version of the cluster's API server."),
    lastProbeTime: timestamp()
      .optional()
      .describe("When the cluster last answered a probe, as far as reported: refreshed with every change and every ten minutes."),
    zone: z
      .string()
      .optional()
      .describe("Availability zone that counts; one that was taken over counts until its source names another."),
    region: z.string().optional().describe("Region that counts."),
    labels: z
      .record(z.string(), z.string())
      .optional()
      .describe("Labels and properties of its ClusterProfile that count beside metadata.labels, which win."),
    sources: z.strictObject({ zone: source(), region: source() }).optional().describe("Where zone and region are from."),
    istio: z
      .strictObject({
        installed: z.boolean().describe("Whether the cluster serves Istio's networking API."),
        version: z.string().optional().describe("Version of networking.istio.io that is used, e.g. v1."),
      })
      .optional()
      .describe("What was found of Istio."),
  })
  .describe("What the controller found; written by the controller alone.");

export type LoadBalancerProvider = NonNullable<z.infer<typeof memberClusterSpec>["loadBalancer"]>["provider"];
export type Taint = z.infer<typeof taint>;
export type MemberClusterSpec = z.output<typeof memberClusterSpec>;
export type MemberClusterStatus = z.infer<typeof memberClusterStatus>;

export interface MemberCluster {
  readonly apiVersion: string;
  readonly kind: "MemberCluster";
  readonly metadata: ObjectMeta;
  readonly spec: MemberClusterSpec;
  readonly status?: MemberClusterStatus;
}

export const memberCluster = z
  .looseObject({
    spec: memberClusterSpec,
    status: memberClusterStatus.optional(),
  })
  .describe("A Kubernetes cluster that AccessPoints are delivered to.")
  .meta(
    cel({
      rule: "size(self.metadata.name) <= 63",
      message: "a MemberCluster's name has at most 63 characters, because it becomes a label value",
    }),
  );
