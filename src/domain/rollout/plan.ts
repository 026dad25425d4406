import type { AccessPointSpec, GateSpec, GateStatus, StageSpec, StageStatus } from "../../api/accesspoint.ts";
import { digest } from "../digest.ts";
import type { Finding } from "../finding.ts";
import { unknownIn } from "../placement/unknown.ts";
import type { Target } from "../placement.ts";
import { compare, isMeant, type Site } from "../selection.ts";

/** The stages of one run, frozen, or why there can be none. */
export type Plan = { readonly stages: readonly StageStatus[] } | { readonly findings: readonly Finding[] };

export const isDone = ({ phase }: StageStatus): boolean => phase === "Completed" || phase === "Skipped";

const DEFAULTS = { maxConcurrency: 1, maxFailures: 0, progressDeadline: "10m" } as const;

/** Without rollout.stages: one target first, a decision, then the rest. */
const DEFAULT_STAGES: readonly StageSpec[] = [
  { name: "canary", count: 1, ...DEFAULTS, after: [{ type: "Approval" }] },
  { name: "rest", ...DEFAULTS },
];

/** Whether overrides are bound to the stage for the target, so that another stage has to take it on to what it ends with. */
type Bound = (target: Target, stage: string) => boolean;

/** Tells by what rules a run goes; what may change while it goes is no part of it. */
export const strategyOf = ({ stages, verify, onFailure, unmatchedClusters }: AccessPointSpec["rollout"]): string =>
  digest({ stages: stages ?? null, verify, onFailure, unmatchedClusters });

/** Names of the stages that a rollout has, those of the default included. */
export const stageNames = ({ stages }: AccessPointSpec["rollout"]): readonly string[] =>
  (stages ?? DEFAULT_STAGES).map(({ name }) => name);

/**
 * Divides the targets among the stages: every target belongs to the first that selects it, and where overrides are bound to that
 * one for it, to the next one that selects it, too, until one is its last. A stage without selecting fields takes all that are left.
 *
 * @param targets By zone, then name; that is the order inside a stage where it has no other.
 * @param known All registered clusters.
 */
export function makePlan(
  rollout: AccessPointSpec["rollout"],
  targets: readonly Target[],
  known: readonly Site[],
  bound: Bound = () => false,
): Plan {
  const specs = rollout.stages ?? DEFAULT_STAGES;
  const findings = unknownNames(rollout.stages ?? [], known);
  const left = new Set(rollout.stages ? targets : canaryFirst(targets));
  const stages = specs.map((spec) => {
    const matching = [...left].filter(({ member }) => isMeant(spec, member));
    const selected = inOrder(matching, spec.sortBy).slice(0, spec.count);
    const stepping = selected.filter((target) => bound(target, spec.name));
    for (const target of selected) if (!stepping.includes(target)) left.delete(target);
    return stageOf(spec, selected, stepping);
  });
  if (left.size > 0) {
    if (rollout.unmatchedClusters === "Fail") findings.push(...unmatched([...left], stages));
    stages.push(stageOf({ name: unusedName(specs), ...DEFAULTS }, [...left], []));
  }
  return findings.length > 0 ? { findings } : { stages };
}

/**
 * What makes no sense in the stages of a run that is under way; undefined when they can be gone on with. Stages are kept in an
 * object that others may write: what does not add up is refused, not repaired by guessing.
 */
export function contradiction(stages: readonly StageStatus[]): string | undefined {
  const names = stages.flatMap(({ clusters, stepping = [] }) => clusters.filter((name) => !stepping.includes(name)));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) return `cluster ${twice} is in two stages`;
  for (const [index, { name, stepping = [] }] of stages.entries()) {
    const lost = stepping.find((cluster) => !stages.slice(index + 1).some(({ clusters }) => clusters.includes(cluster)));
    if (lost) return `no stage takes cluster ${lost} on from stage ${name}`;
  }
  const active = stages.findIndex((stage) => !isDone(stage));
  const begun = active < 0 ? undefined : stages.slice(active + 1).find(({ phase }) => phase !== "Pending");
  if (begun) return `stage ${begun.name} has begun although stage ${stages[active]!.name} before it is not done`;
  return undefined;
}

/** The Primary of the first zone goes first; without zone-scoped templates the first cluster. */
function canaryFirst(targets: readonly Target[]): readonly Target[] {
  const canary = targets.find(({ zonePrimary }) => zonePrimary) ?? targets[0];
  return canary ? [canary, ...targets.filter((target) => target !== canary)] : [];
}

/** Numbers as numbers and before texts, what has no value last; what is equal stays in the order it had. */
function inOrder(targets: readonly Target[], sortBy: StageSpec["sortBy"]): readonly Target[] {
  if (!sortBy) return targets;
  const sign = sortBy.order === "Descending" ? -1 : 1;
  return targets.toSorted((one, other) => {
    const [a, b] = [one, other].map(({ member: { labels } }) =>
      Object.hasOwn(labels, sortBy.label) ? labels[sortBy.label] : undefined,
    );
    if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
    return sign * compareValues(a, b);
  });
}

const NUMBER = /^\d+(\.\d+)?$/;

function compareValues(a: string, b: string): number {
  const [isNumber, isOtherNumber] = [NUMBER.test(a), NUMBER.test(b)];
  if (isNumber && isOtherNumber) return Number(a) - Number(b);
  return isNumber === isOtherNumber ? compare(a, b) : isNumber ? -1 : 1;
}

/** Why targets are in no stage, or in none that takes them to their end. */
function unmatched(left: readonly Target[], stages: readonly StageStatus[]): readonly Finding[] {
  const names = left.map(({ member }) => member.name);
  const lastStep = (name: string) => stages.findLast(({ stepping = [] }) => stepping.includes(name))?.name;
  const finding = (message: string): Finding => ({
    reason: "UnmatchedClusters",
    field: "spec.rollout.stages",
    message: `${message}, and spec.rollout.unmatchedClusters is Fail`,
  });
  return [...Map.groupBy(names, lastStep)].map(([step, group]) =>
    step === undefined
      ? finding(`no stage selects ${group.join(", ")}`)
      : finding(`overrides are bound to stage ${step}, and no later stage takes ${group.join(", ")} on without them`),
  );
}

function stageOf(spec: StageSpec, targets: readonly Target[], stepping: readonly Target[]): StageStatus {
  const gates = [
    ...(spec.before ?? []).map((gate) => gateOf(gate, "Before")),
    ...(spec.after ?? []).map((gate) => gateOf(gate, "After")),
  ];
  return {
    name: spec.name,
    phase: "Pending",
    clusters: targets.map(({ member }) => member.name),
    ...(stepping.length > 0 ? { stepping: stepping.map(({ member }) => member.name) } : {}),
    maxConcurrency: concurrency(spec.maxConcurrency, targets.length),
    maxFailures: spec.maxFailures,
    progressDeadline: spec.progressDeadline,
    ...(spec.soak ? { soak: spec.soak } : {}),
    ...(gates.length ? { gates } : {}),
  };
}

const gateOf = (gate: GateSpec, when: "Before" | "After"): GateStatus => ({ ...gate, when, state: "Pending" });

/** A share is rounded down, and never to nothing. */
const concurrency = (value: number | string, size: number): number =>
  typeof value === "number" ? value : Math.max(1, Math.floor((Number.parseInt(value, 10) * size) / 100));

const NOT_FOUND = { clusters: "StageClusterNotFound", zones: "StageZoneNotFound", regions: "StageRegionNotFound" } as const;

const unknownNames = (stages: readonly StageSpec[], known: readonly Site[]): Finding[] =>
  stages.flatMap((stage, index) =>
    unknownIn(stage, known).map(({ field, message }) => ({
      reason: NOT_FOUND[field],
      field: `spec.rollout.stages[${index}].${field}`,
      message: `stage ${stage.name} and its gates would be passed over: ${message}`,
    })),
  );

function unusedName(stages: readonly StageSpec[]): string {
  const names = new Set(stages.map(({ name }) => name));
  let name = "unmatched";
  for (let index = 2; names.has(name); index++) name = `unmatched-${index}`;
  return name;
}
