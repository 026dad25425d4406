import { isDeepStrictEqual } from "node:util";
import type { KubeObject } from "../../../kube/resource.ts";
import { child, InOrder, invalid, notSupported, required } from "../errors.ts";
import type { FieldError } from "../schema.ts";
import { validateJobStatus } from "./job-status.ts";
import type { BuiltinKind } from "./kind.ts";
import type { LabelSelector } from "./label-selector.ts";
import { labelSelector, validateMatch, validateSelector } from "./label-selector.ts";
import { withPodSpecDefaults } from "./pod/defaults.ts";
import { internalTemplate, internalValue } from "./pod/internal.ts";
import { podTemplate } from "./pod/spec.ts";
import type { PodTemplate } from "./pod/template.ts";
import { normalizeTemplate, validateTemplate } from "./pod/template.ts";
import { immutable, nonNegative } from "./rules.ts";
import { bool, choice, int32, int64, list, mergedBy, pointer, setOf, struct, text, time, withDefault } from "./shapes.ts";

interface JobSpec {
  readonly parallelism?: number;
  readonly completions?: number;
  readonly activeDeadlineSeconds?: number;
  readonly podFailurePolicy?: unknown;
  readonly successPolicy?: unknown;
  readonly backoffLimit?: number;
  readonly backoffLimitPerIndex?: number;
  readonly maxFailedIndexes?: number;
  readonly selector?: LabelSelector;
  readonly manualSelector?: boolean;
  readonly template: PodTemplate;
  readonly ttlSecondsAfterFinished?: number;
  readonly completionMode?: string;
  readonly suspend?: boolean;
  readonly podReplacementPolicy?: string;
  readonly managedBy?: string;
}

interface Job extends KubeObject {
  readonly spec: JobSpec;
}

const condition = struct(
  "JobCondition",
  { type: text, status: text, lastProbeTime: time, lastTransitionTime: time, reason: text, message: text },
  ["type", "status"],
);

const exitCodes = struct(
  "PodFailurePolicyOnExitCodesRequirement",
  { containerName: pointer(text), operator: choice("In", "NotIn"), values: setOf(int32) },
  ["operator", "values"],
);

const podFailurePolicy = struct(
  "PodFailurePolicy",
  {
    rules: list(
      struct(
        "PodFailurePolicyRule",
        {
          action: choice("Count", "FailIndex", "FailJob", "Ignore"),
          onExitCodes: pointer(exitCodes),
          onPodConditions: list(
            struct("PodFailurePolicyOnPodConditionsPattern", { type: text, status: withDefault(text, "True") }, ["type"]),
          ),
        },
        ["action"],
      ),
    ),
  },
  ["rules"],
);

const successPolicy = struct(
  "SuccessPolicy",
  { rules: list(struct("SuccessPolicyRule", { succeededIndexes: pointer(text), succeededCount: pointer(int32) })) },
  ["rules"],
);

export const job: BuiltinKind = {
  resource: { group: "batch", version: "v1", plural: "jobs", kind: "Job", namespaced: true },
  singular: "job",
  categories: ["all"],
  subresources: ["status"],
  metadata: { namespaced: true, qualifiedFinalizers: true },
  schema: struct("Job", {
    spec: struct("JobSpec", {
      parallelism: pointer(int32),
      completions: pointer(int32),
      activeDeadlineSeconds: pointer(int64),
      podFailurePolicy: pointer(podFailurePolicy),
      successPolicy: pointer(successPolicy),
      backoffLimit: pointer(int32),
      backoffLimitPerIndex: pointer(int32),
      maxFailedIndexes: pointer(int32),
      selector: pointer(labelSelector),
      manualSelector: withDefault(pointer(bool), false),
      template: podTemplate,
      ttlSecondsAfterFinished: pointer(int32),
      completionMode: withDefault(pointer(choice("Indexed", "NonIndexed")), "NonIndexed"),
      suspend: withDefault(pointer(bool), false),
      podReplacementPolicy: pointer(choice("Failed", "TerminatingOrFailed")),
      managedBy: pointer(text),
    }),
    status: struct("JobStatus", {
      conditions: mergedBy("type", list(condition)),
      startTime: pointer(time),
      completionTime: pointer(time),
      active: int32,
      succeeded: int32,
      failed: int32,
      terminating: pointer(int32),
      completedIndexes: text,
      failedIndexes: pointer(text),
      uncountedTerminatedPods: pointer(struct("UncountedTerminatedPods", { succeeded: setOf(text), failed: setOf(text) })),
      ready: pointer(int32),
    }),
  }),
  normalize: (object) => {
    const { spec, ...rest } = object as Job;
    return { ...rest, spec: { ...spec, template: normalizeTemplate(spec.template) } } as KubeObject;
  },
  applyDefaults: (object) => {
    const { spec, metadata, ...rest } = object as Job;
    const { template, completions, parallelism } = spec;
    const labels = Object.keys(metadata.labels ?? {}).length > 0 ? metadata.labels : template.metadata.labels;
    return {
      ...rest,
      metadata: { ...metadata, ...(labels && { labels }) },
      spec: {
        ...(completions === undefined && parallelism === undefined && { completions: 1 }),
        parallelism: 1,
        backoffLimit: spec.backoffLimitPerIndex === undefined ? 6 : 2 ** 31 - 1,
        podReplacementPolicy: spec.podFailurePolicy === undefined ? "TerminatingOrFailed" : "Failed",
        ...spec,
        template: { ...template, spec: withPodSpecDefaults(template.spec) },
      },
    } as KubeObject;
  },
  prepare: (object, old) => (old || (object as Job).spec.manualSelector ? object : withOwnSelector(object as Job)),
  validate: (object, old, subresource) => {
    const { spec } = object as Job;
    if (subresource) {
      const mode = { indexed: spec.completionMode === "Indexed", suspended: spec.suspend === true };
      return validateJobStatus(object["status"] ?? {}, old?.["status"] ?? {}, mode);
    }
    return [...validateSpec(spec), ...(old ? validateChange(spec, (old as Job).spec) : [])];
  },
};

/** A Job knows its pods by its uid. */
function withOwnSelector(job: Job): Job {
  const { metadata, spec } = job;
  const { template, selector } = spec;
  const [name, uid] = [metadata.name, metadata.uid ?? ""];
  const own = { "controller-uid": uid, "batch.kubernetes.io/controller-uid": uid };
  const labels = { "job-name": name, "batch.kubernetes.io/job-name": name, ...own, ...template.metadata.labels };
  const matchLabels = { "batch.kubernetes.io/controller-uid": uid, ...selector?.matchLabels };
  // A Job without labels has those of its pods, and what is read back from the store gets its defaults again.
  const isBare = Object.keys(metadata.labels ?? {}).length === 0;
  return {
    ...job,
    metadata: isBare ? { ...metadata, labels } : metadata,
    spec: {
      ...spec,
      selector: { ...selector, matchLabels },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/** About so many pods that nobody can say any more which of them failed. */
export function jobWarnings(object: KubeObject): string[] {
  const { completionMode, completions = 0, parallelism = 0 } = (object as Job).spec;
  if (completionMode !== "Indexed" || completions <= 1e5 || parallelism <= 1e4) return [];
  return [
    "spec: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail",
  ];
}

function validateSpec(spec: JobSpec): FieldError[] {
  const { template, selector, completionMode = "NonIndexed", completions, maxFailedIndexes, backoffLimitPerIndex } = spec;
  const counts = ["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"] as const;
  const modes = ["NonIndexed", "Indexed"];
  const isIndexed = completionMode === "Indexed";
  return [
    ...[...counts, "backoffLimitPerIndex" as const, "maxFailedIndexes" as const].flatMap((name) =>
      nonNegative(child("spec", name), spec[name]),
    ),
    ...(maxFailedIndexes !== undefined && backoffLimitPerIndex === undefined
      ? [required("spec.backoffLimitPerIndex", "when maxFailedIndexes is specified")]
      : []),
    ...(modes.includes(completionMode) ? [] : [notSupported("spec.completionMode", completionMode, modes)]),
    ...(isIndexed && completions === undefined ? [required("spec.completions", "when completion mode is Indexed")] : []),
    ...(completionMode === "NonIndexed" ? needsIndexes(spec) : []),
    ...validateTemplate(template, "spec.template"),
    ...validateRestart(spec),
    ...(selector ? validateSelector(selector, "spec.selector") : [required("spec.selector")]),
    ...validateMatch(selector, template, "spec.template.metadata.labels"),
  ];
}

const needsIndexes = (spec: JobSpec): FieldError[] =>
  (["backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"] as const).flatMap((name) =>
    spec[name] === undefined ? [] : [invalid(child("spec", name), spec[name], "requires indexed completion mode")],
  );

function validateRestart({ template, podFailurePolicy }: JobSpec): FieldError[] {
  const path = "spec.template.spec.restartPolicy";
  const { restartPolicy } = template.spec;
  if (restartPolicy === "Always") return [required(path, 'valid values: "OnFailure", "Never"')];
  if (restartPolicy !== "OnFailure" && restartPolicy !== "Never")
    return [notSupported(path, restartPolicy, ["OnFailure", "Never"])];
  if (podFailurePolicy === undefined || restartPolicy === "Never") return [];
  return [invalid(path, restartPolicy, 'only "Never" is supported when podFailurePolicy is specified')];
}

const fixed = ["selector", "completionMode", "backoffLimitPerIndex", "managedBy"] as const;

/** What is shown as the API server's own types have it. */
const internal = {
  template: (value: PodTemplate) => internalTemplate(value),
  podFailurePolicy: (value: unknown) => internalValue(podFailurePolicy, value),
  successPolicy: (value: unknown) => internalValue(successPolicy, value),
};

function validateChange(spec: JobSpec, old: JobSpec): FieldError[] {
  const isIndexed = spec.completionMode === "Indexed";
  return [
    ...(isIndexed ? [] : immutable("spec.completions", spec.completions, old.completions)),
    ...fixed.flatMap((name) => immutable(child("spec", name), spec[name], old[name])),
    ...unchanged("template", spec, old),
    ...unchanged("podFailurePolicy", spec, old),
    ...unchanged("successPolicy", spec, old),
  ];
}

function unchanged(name: keyof typeof internal, spec: JobSpec, old: JobSpec): FieldError[] {
  if (isDeepStrictEqual(spec[name], old[name])) return [];
  const value = spec[name] === undefined ? null : new InOrder(internal[name](spec[name] as PodTemplate));
  return [invalid(child("spec", name), value, "field is immutable")];
}
