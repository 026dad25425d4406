import type { AccessPointSpec, GateSpec, GateStatus, StageSpec, StageStatus } from "../../api/accesspoint.ts";
import type { Finding } from "../finding.ts";
import { nearest, type Target } from "../placement.ts";
import { isEmptySelection, mismatch } from "../selection.ts";

/** The stages of one run, frozen, or why there can be none. */
export type Plan = { readonly stages: readonly StageStatus[] } | { readonly findings: readonly Finding[] };

export const isDone = ({ phase }: StageStatus): boolean => phase === "Completed" || phase === "Skipped";

/** Without rollout.stages: one target first, a decision, then the rest. */
const DEFAULTS = { maxConcurrency: 1, maxFailures: 0, progressDeadline: "10m" } as const;

/**
 * Divides the targets among the stages: every target is in exactly one, the first that selects it. A stage without selecting
 * fields takes all that are left.
 *
 * @param targets By zone, then name; that is the order inside a stage, too.
 * @param known Names of all registered clusters.
 */
export function makePlan(rollout: AccessPointSpec["rollout"], targets: readonly Target[], known: readonly string[]): Plan {
  if (!rollout.stages) return { stages: defaultStages(targets) };
  const findings = unknownNames(rollout.stages, known);
  const left = new Set(targets);
  const stages = rollout.stages.map((spec) => {
    const selected = [...left].filter(({ member }) => isEmptySelection(spec) || !mismatch(spec, member)).slice(0, spec.count);
    for (const target of selected) left.delete(target);
    return stageOf(spec, selected);
  });
  if (left.size > 0) {
    const names = [...left].map(({ member }) => member.name);
    if (rollout.unmatchedClusters === "Fail") {
      findings.push({
        reason: "UnmatchedClusters",
        field: "spec.rollout.stages",
        message: `no stage selects ${names.join(", ")}, and spec.rollout.unmatchedClusters is Fail`,
      });
    }
    stages.push(stageOf({ name: unusedName(rollout.stages), ...DEFAULTS }, [...left]));
  }
  return findings.length > 0 ? { findings } : { stages };
}

/**
 * What makes no sense in the stages of a run that is under way; undefined when they can be gone on with. Stages are kept in an
 * object that others may write: what does not add up is refused, not repaired by guessing.
 */
export function contradiction(stages: readonly StageStatus[]): string | undefined {
  const names = stages.flatMap(({ clusters }) => clusters);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) return `cluster ${twice} is in two stages`;
  const active = stages.findIndex((stage) => !isDone(stage));
  const begun = active < 0 ? undefined : stages.slice(active + 1).find(({ phase }) => phase !== "Pending");
  if (begun) return `stage ${begun.name} has begun although stage ${stages[active]!.name} before it is not done`;
  return undefined;
}

function defaultStages(targets: readonly Target[]): readonly StageStatus[] {
  const canary = targets.find(({ zonePrimary }) => zonePrimary) ?? targets[0];
  const rest = targets.filter((target) => target !== canary);
  return [
    stageOf({ name: "canary", ...DEFAULTS, after: [{ type: "Approval" }] }, canary ? [canary] : []),
    stageOf({ name: "rest", ...DEFAULTS }, rest),
  ];
}

function stageOf(spec: StageSpec, targets: readonly Target[]): StageStatus {
  const gates = [
    ...(spec.before ?? []).map((gate) => gateOf(gate, "Before")),
    ...(spec.after ?? []).map((gate) => gateOf(gate, "After")),
  ];
  return {
    name: spec.name,
    phase: "Pending",
    clusters: targets.map(({ member }) => member.name),
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

const unknownNames = (stages: readonly StageSpec[], known: readonly string[]): Finding[] =>
  stages.flatMap((stage, index) =>
    (stage.clusters ?? [])
      .filter((name) => !known.includes(name))
      .map((name) => ({
        reason: "StageClusterNotFound",
        field: `spec.rollout.stages[${index}].clusters`,
        message: `there is no MemberCluster ${JSON.stringify(name)} for stage ${stage.name}; ${nearest(name, known)} Without it the stage and its gates would be passed over`,
      })),
  );

function unusedName(stages: readonly StageSpec[]): string {
  const names = new Set(stages.map(({ name }) => name));
  let name = "unmatched";
  for (let index = 2; names.has(name); index++) name = `unmatched-${index}`;
  return name;
}
