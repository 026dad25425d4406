import type { RolloutStatus } from "../../api/accesspoint.ts";
import { digest } from "../digest.ts";
import { describeFindings } from "../finding.ts";
import { late, outdated } from "./entries.ts";
import type { Entry, Next, Observation, State } from "./model.ts";
import { isDone, makePlan, strategyOf } from "./plan.ts";

export interface Begun {
  readonly state: State;
  readonly findings: Next["findings"];
}

/** Begins a run where one is due: the revision is new, or clusters joined or render differently after the last one ended. */
export function begin(state: State, seen: Observation): Begun {
  return isDue(state, seen) ? beginAnew(state, seen) : { state, findings: [] };
}

function isDue({ updateRevision, rollout, entries }: State, { revision, targets }: Observation): boolean {
  if (updateRevision !== revision || !rollout?.stages) return true;
  const isOver = rollout.stages.every(isDone) && !rollout.failure;
  return isOver && targets.some((view) => late(entries.get(view.target.member.name), revision, view));
}

/** Begins at the first stage, with the strategy and the targets of now: they are frozen for the run. */
export function beginAnew(state: State, seen: Observation): Begun {
  const { revision, targets, settings, now } = seen;
  const { failedRevision, rollout: earlier, ...kept } = state;
  const again = state.updateRevision === revision;
  const next = (rollout: RolloutStatus): State => ({
    ...kept,
    ...(failedRevision && failedRevision !== revision ? { failedRevision } : {}),
    updateRevision: revision,
    ...carried(rollout, earlier?.answered ?? [], again, revision),
    entries: new Map([...state.entries].map(([name, entry]) => [name, atBegin(entry, state, seen)])),
  });
  if (targets.length === 0 && seen.leaving.every(({ gone }) => gone))
    return { state: next({ phase: "Idle", message: "there is no cluster to roll out to" }), findings: [] };

  const views = new Map(targets.map((view) => [view.target, view]));
  const plan = makePlan(settings, [...views.keys()], seen.known, (target, stage) => {
    const view = views.get(target)!;
    const isBehind = outdated(state.entries.get(target.member.name), revision, view);
    // What has arrived stays, and a revision that was everywhere before needs no trying.
    return isBehind && state.currentRevision !== revision && view.steps?.has(stage) === true;
  });
  if ("findings" in plan)
    return { state: next({ phase: "Preflight", message: describeFindings(plan.findings) }), findings: plan.findings };
  const { verify, onFailure } = settings;
  const { changes = [], ...difference } = seen.changes?.(plan.stages) ?? {};
  return {
    state: next({
      phase: "Progressing",
      plan: `sha256:${digest({ revision, stages: plan.stages, verify, onFailure })}`,
      strategy: strategyOf(settings),
      startedAt: now.toISOString(),
      verify,
      onFailure,
      stages: plan.stages.map((stage, index) => (changes[index] ? { ...stage, changes: changes[index] } : stage)),
      ...difference,
    }),
    findings: [],
  };
}

/**
 * What was answered once is not answered anew in another run for as long as it stands there; who is left out is settled for each time
 * that the revision comes.
 */
function carried(rollout: RolloutStatus, answered: readonly string[], again: boolean, revision: string): Pick<State, "rollout"> {
  const kept = answered.filter((key) => again || !(key.startsWith("skip:") && key.endsWith(`@${revision}`)));
  return { rollout: kept.length > 0 ? { ...rollout, answered: kept } : rollout };
}

/**
 * Being skipped counts for one revision; the revision to go back to is forgotten once another one is known to be good; soaks and
 * deadlines begin anew, because what was before the run says nothing about it.
 */
function atBegin(entry: Entry, { updateRevision, currentRevision }: State, { revision, now }: Observation): Entry {
  const { skipped, previousRevision, soakingSince: _, unknownSince: __, ...rest } = entry;
  const time = now.toISOString();
  return {
    ...rest,
    ...(skipped && updateRevision === revision ? { skipped } : {}),
    ...(previousRevision && entry.revision !== currentRevision ? { previousRevision } : {}),
    ...(entry.verifiedAt && entry.revision === revision ? { soakingSince: time } : {}),
    ...(entry.progressingSince ? { progressingSince: time } : {}),
  };
}
