import { labelSelector } from "../label-selector.ts";
import { atomic, choice, int32, list, pointer, struct, text } from "../shapes.ts";

const nodeSelectorRequirement = struct(
  "NodeSelectorRequirement",
  { key: text, operator: choice("DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn"), values: list(text) },
  ["key", "operator"],
);

const nodeSelectorTerm = atomic(
  struct("NodeSelectorTerm", { matchExpressions: list(nodeSelectorRequirement), matchFields: list(nodeSelectorRequirement) }),
);

const nodeSelector = atomic(struct("NodeSelector", { nodeSelectorTerms: list(nodeSelectorTerm) }, ["nodeSelectorTerms"]));

const preferredSchedulingTerm = struct("PreferredSchedulingTerm", { weight: int32, preference: nodeSelectorTerm }, ["weight"]);

const nodeAffinity = struct("NodeAffinity", {
  requiredDuringSchedulingIgnoredDuringExecution: pointer(nodeSelector),
  preferredDuringSchedulingIgnoredDuringExecution: list(preferredSchedulingTerm),
});

const podAffinityTerm = struct(
  "PodAffinityTerm",
  {
    labelSelector: pointer(labelSelector),
    namespaces: list(text),
    topologyKey: text,
    namespaceSelector: pointer(labelSelector),
    matchLabelKeys: list(text),
    mismatchLabelKeys: list(text),
  },
  ["topologyKey"],
);

const weightedPodAffinityTerm = struct("WeightedPodAffinityTerm", { weight: int32, podAffinityTerm }, ["weight"]);

const podAffinity = struct("PodAffinity", {
  requiredDuringSchedulingIgnoredDuringExecution: list(podAffinityTerm),
  preferredDuringSchedulingIgnoredDuringExecution: list(weightedPodAffinityTerm),
});

const podAntiAffinity = struct("PodAntiAffinity", {
  requiredDuringSchedulingIgnoredDuringExecution: list(podAffinityTerm),
  preferredDuringSchedulingIgnoredDuringExecution: list(weightedPodAffinityTerm),
});

export const affinity = struct("Affinity", {
  nodeAffinity: pointer(nodeAffinity),
  podAffinity: pointer(podAffinity),
  podAntiAffinity: pointer(podAntiAffinity),
});
