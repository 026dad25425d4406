import type { KubeObject } from "../../../kube/resource.ts";
import { child, forbidden, InOrder, invalid, notSupported, required } from "../errors.ts";
import type { FieldError } from "../schema.ts";
import type { BuiltinKind } from "./kind.ts";
import type { LabelSelector } from "./label-selector.ts";
import { labelSelector, validateMatch, validateSelector } from "./label-selector.ts";
import { withPodSpecDefaults } from "./pod/defaults.ts";
import { podTemplate } from "./pod/spec.ts";
import type { PodTemplate } from "./pod/template.ts";
import { normalizeTemplate, validateForever, validateTemplate } from "./pod/template.ts";
import { immutable, nonNegative } from "./rules.ts";
import {
  bool,
  choice,
  int32,
  int64,
  intOrString,
  listMap,
  pointer,
  retainKeys,
  struct,
  text,
  time,
  withDefault,
} from "./shapes.ts";

type Share = number | string;

interface DeploymentSpec {
  readonly replicas: number;
  readonly selector?: LabelSelector;
  readonly template: PodTemplate;
  readonly strategy: {
    readonly type: string;
    readonly rollingUpdate?: { readonly maxUnavailable?: Share; readonly maxSurge?: Share };
  };
  readonly minReadySeconds?: number;
  readonly revisionHistoryLimit?: number;
  readonly progressDeadlineSeconds?: number;
}

const counts = ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas"] as const;

interface DeploymentStatus extends Partial<Record<(typeof counts)[number], number>> {
  readonly observedGeneration?: number;
  readonly terminatingReplicas?: number;
  readonly collisionCount?: number;
}

interface Deployment extends KubeObject {
  readonly spec: DeploymentSpec;
  readonly status: DeploymentStatus;
}

const condition = struct(
  "DeploymentCondition",
  { type: text, status: text, lastUpdateTime: time, lastTransitionTime: time, reason: text, message: text },
  ["type", "status"],
);

const rollingUpdate = struct("RollingUpdateDeployment", { maxUnavailable: pointer(intOrString), maxSurge: pointer(intOrString) });

export const deployment: BuiltinKind = {
  resource: { group: "apps", version: "v1", plural: "deployments", kind: "Deployment", namespaced: true },
  singular: "deployment",
  shortNames: ["deploy"],
  categories: ["all"],
  subresources: ["status", "scale"],
  metadata: { namespaced: true, qualifiedFinalizers: true },
  statusReset: [["spec"], ["metadata", "labels"]],
  schema: struct("Deployment", {
    spec: struct(
      "DeploymentSpec",
      {
        replicas: withDefault(pointer(int32), 1),
        selector: pointer(labelSelector),
        template: podTemplate,
        strategy: retainKeys(
          struct("DeploymentStrategy", {
            type: withDefault(choice("Recreate", "RollingUpdate"), "RollingUpdate"),
            rollingUpdate: pointer(rollingUpdate),
          }),
        ),
        minReadySeconds: int32,
        revisionHistoryLimit: withDefault(pointer(int32), 10),
        paused: bool,
        progressDeadlineSeconds: withDefault(pointer(int32), 600),
      },
      ["selector"],
    ),
    status: struct("DeploymentStatus", {
      observedGeneration: int64,
      replicas: int32,
      updatedReplicas: int32,
      readyReplicas: int32,
      availableReplicas: int32,
      unavailableReplicas: int32,
      terminatingReplicas: pointer(int32),
      conditions: listMap(["type"], condition),
      collisionCount: pointer(int32),
    }),
  }),
  normalize: (object) => {
    const { spec, ...rest } = object as Deployment;
    return { ...rest, spec: { ...spec, template: normalizeTemplate(spec.template) } } as KubeObject;
  },
  applyDefaults: (object) => {
    const { spec, ...rest } = object as Deployment;
    const { strategy, template } = spec;
    const rolls = !strategy.type || strategy.type === "RollingUpdate";
    const rolling = { maxUnavailable: "25%", maxSurge: "25%", ...strategy.rollingUpdate };
    return {
      ...rest,
      spec: {
        ...spec,
        template: { ...template, spec: withPodSpecDefaults(template.spec) },
        strategy: rolls ? { ...strategy, rollingUpdate: rolling } : strategy,
      },
    } as KubeObject;
  },
  validate: (object, old, subresource) => {
    const { spec, status } = object as Deployment;
    if (subresource === "status") return validateStatus(status, (old as Deployment).status);
    const changed = old ? immutable("spec.selector", spec.selector, (old as Deployment).spec.selector) : [];
    return [...validateSpec(spec), ...changed];
  },
};

function validateSpec(spec: DeploymentSpec): FieldError[] {
  const { replicas, selector, template, strategy, minReadySeconds = 0, revisionHistoryLimit, progressDeadlineSeconds } = spec;
  const isTooSoon = progressDeadlineSeconds !== undefined && progressDeadlineSeconds <= minReadySeconds;
  const deadline = "spec.progressDeadlineSeconds";
  return [
    ...nonNegative("spec.replicas", replicas),
    ...(selector ? validateOwnSelector(selector) : [required("spec.selector")]),
    ...validateMatch(selector, template, "spec.template.metadata.labels"),
    ...validateTemplate(template, "spec.template"),
    ...validateForever(template, "spec.template"),
    ...validateStrategy(strategy),
    ...nonNegative("spec.minReadySeconds", minReadySeconds),
    ...nonNegative("spec.revisionHistoryLimit", revisionHistoryLimit),
    ...nonNegative(deadline, progressDeadlineSeconds),
    ...(isTooSoon ? [invalid(deadline, progressDeadlineSeconds, "must be greater than minReadySeconds")] : []),
  ];
}

function validateOwnSelector(selector: LabelSelector): FieldError[] {
  const errors = validateSelector(selector, "spec.selector");
  const { matchLabels = {}, matchExpressions = [] } = selector;
  if (Object.keys(matchLabels).length + matchExpressions.length === 0) {
    return [...errors, invalid("spec.selector", new InOrder(selector), "empty selector is invalid for deployment")];
  }
  return errors.length > 0 ? [...errors, invalid("spec.selector", new InOrder(selector), "invalid label selector")] : [];
}

function validateStrategy({ type, rollingUpdate }: DeploymentSpec["strategy"]): FieldError[] {
  const path = "spec.strategy.rollingUpdate";
  if (type === "Recreate") {
    return rollingUpdate ? [forbidden(path, "may not be specified when strategy `type` is 'Recreate'")] : [];
  }
  if (type !== "RollingUpdate") {
    return [notSupported("spec.strategy", new InOrder({ Type: type, RollingUpdate: null }), ["Recreate", "RollingUpdate"])];
  }
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate ?? {};
  const isStuck = amountOf(maxUnavailable) === 0 && amountOf(maxSurge) === 0;
  const unavailable = child(path, "maxUnavailable");
  return [
    ...validateShare(maxUnavailable, unavailable),
    ...validateShare(maxSurge, child(path, "maxSurge")),
    ...(isStuck ? [invalid(unavailable, maxUnavailable, "may not be 0 when `maxSurge` is 0")] : []),
    ...(isPercent(maxUnavailable) && amountOf(maxUnavailable) > 100
      ? [invalid(unavailable, maxUnavailable, "must not be greater than 100%")]
      : []),
  ];
}

const isPercent = (share: Share): boolean => typeof share === "string" && /^[0-9]+%$/.test(share);
const amountOf = (share: Share): number => (typeof share === "number" ? share : isPercent(share) ? Number.parseInt(share, 10) : 0);

function validateShare(share: Share, path: string): FieldError[] {
  if (typeof share === "number") return nonNegative(path, share);
  if (isPercent(share)) return [];
  const detail =
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
  return [invalid(path, share, detail)];
}

function validateStatus(status: DeploymentStatus, old: DeploymentStatus): FieldError[] {
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0, collisionCount } = status;
  const parts = ["updatedReplicas", "readyReplicas", "availableReplicas"] as const;
  const hasLost = old.collisionCount !== undefined && (collisionCount ?? 0) < old.collisionCount;
  return [
    ...(["observedGeneration", ...counts, "terminatingReplicas", "collisionCount"] as const).flatMap((name) =>
      nonNegative(child("status", name), status[name]),
    ),
    ...parts.flatMap((name) =>
      (status[name] ?? 0) > replicas
        ? [invalid(child("status", name), status[name], "cannot be greater than status.replicas")]
        : [],
    ),
    ...(availableReplicas > readyReplicas
      ? [invalid("status.availableReplicas", availableReplicas, "cannot be greater than readyReplicas")]
      : []),
    ...(hasLost ? [invalid("status.collisionCount", collisionCount ?? 0, "cannot be decremented")] : []),
  ];
}
