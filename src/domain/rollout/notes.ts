import type { RemovalStatus, RolloutStatus, StageStatus } from "../../api/accesspoint.ts";
import { isCheck } from "./checks.ts";
import { listed } from "./failure.ts";
import { rejectedBy } from "./gates.ts";
import type { Entry, Note, Observation, State } from "./model.ts";

/** What a person would want to hear of, from what changed between two states, in the order in which it came about. */
export function describeChanges(before: State, after: State, seen: Observation): readonly Note[] {
  const { rollout } = after;
  if (!rollout) return [];
  const sameRun = before.rollout?.plan === rollout.plan && before.rollout?.startedAt === rollout.startedAt;
  const earlier = sameRun ? before.rollout : undefined;
  return [
    ...(rollout.stages && !sameRun ? begun(rollout, seen) : []),
    ...judged(before, after, seen),
    ...staged(earlier, rollout),
    ...failed(earlier, rollout),
    ...given(before, after, seen),
    ...ended(earlier, after, seen),
  ];
}

const say = (reason: string, message: string, type: Note["type"] = "Normal"): Note => ({ type, reason, message });

function begun({ stages = [] }: RolloutStatus, { revision }: Observation): readonly Note[] {
  const names = stages.map(({ name, clusters }) => `${name} (${clusters.length})`);
  return [say("RolloutStarted", `revision ${revision} is rolled out in stages ${listed(names)}`)];
}

/** Clusters that became verified, or are no longer. */
function judged(before: State, after: State, { targets }: Observation): readonly Note[] {
  const entries = targets.flatMap(({ target }) => after.entries.get(target.member.name) ?? []);
  const verified = entries.filter(({ name, verifiedAt }) => verifiedAt && verifiedAt !== before.entries.get(name)?.verifiedAt);
  const lost = entries.filter(({ name, verifiedAt, startedAt }) => {
    const was = before.entries.get(name);
    return was?.verifiedAt && !verifiedAt && was.startedAt === startedAt;
  });
  return [
    ...[...Map.groupBy(verified, ({ revision }) => revision)].map(([revision, entries]) =>
      say("ClusterVerified", `${named(entries)} verified on revision ${revision}`),
    ),
    ...(lost.length > 0 ? [say("ClusterDegraded", `${named(lost)} no longer verified`, "Warning")] : []),
  ];
}

function staged(earlier: RolloutStatus | undefined, { stages = [], removal, message }: RolloutStatus): readonly Note[] {
  const notes: Note[] = [];
  const isSameRemoval = removal?.startedAt === earlier?.removal?.startedAt;
  const steps: readonly (readonly [StageStatus | RemovalStatus, StageStatus | RemovalStatus | undefined])[] = [
    ...stages.map((stage, index) => [stage, earlier?.stages?.[index]] as const),
    ...(removal ? [[removal, isSameRemoval ? earlier?.removal : undefined] as const] : []),
  ];
  for (const [stage, old] of steps) {
    for (const [position, gate] of (stage.gates ?? []).entries()) {
      const { state, by, message: why } = gate;
      if (state === old?.gates?.[position]?.state) continue;
      const because = `by ${rejectedBy(gate)}`;
      if (state === "Passed" && by) notes.push(say("Approved", `stage ${stage.name} approved ${because}`));
      if (state === "Rejected") notes.push(say("Rejected", `stage ${stage.name} rejected ${because}`, "Warning"));
      const title = `the ${gate.type} ${gate.when.toLowerCase()} stage ${stage.name}`;
      if (state === "Passed" && isCheck(gate)) notes.push(say("GatePassed", `${title} passed: ${why}`));
      if (state === "Failed") notes.push(say("GateFailed", `${title} failed: ${why}`, "Warning"));
    }
    if (stage.phase === old?.phase) continue;
    if (stage.phase === "Completed") notes.push(say("StageCompleted", `stage ${stage.name} is complete`));
    if (stage.phase === "Skipped" && stage.clusters.length === 0 && "message" in stage)
      notes.push(say("StageSkipped", `stage ${stage.name} is passed over: ${stage.message}`));
    if (stage.phase === "AwaitingApproval") notes.push(say("AwaitingApproval", message ?? `stage ${stage.name} awaits approval`));
  }
  return notes;
}

const failed = (earlier: RolloutStatus | undefined, { failure }: RolloutStatus): readonly Note[] =>
  failure && earlier?.failure?.reason !== failure.reason
    ? [say("RolloutFailed", `${failure.reason}: ${failure.message}`, "Warning")]
    : [];

/** Clusters that were given another revision, or another rendering of theirs. */
function given(before: State, after: State, { revision }: Observation): readonly Note[] {
  const changed = [...after.entries.values()].filter((entry) => {
    const was = before.entries.get(entry.name);
    return entry.startedAt && (entry.revision !== was?.revision || entry.variant !== was?.variant);
  });
  const forward = changed.filter(({ revision: on }) => on === revision);
  const back = changed.filter(({ revision: on }) => on !== revision);
  return [
    ...[...Map.groupBy(forward, ({ variantStage }) => variantStage)].map(([stage, entries]) =>
      say("ClusterStarted", `${named(entries)} given revision ${revision}${stage ? ` with the overrides of stage ${stage}` : ""}`),
    ),
    ...[...Map.groupBy(back, ({ revision: on }) => on)].map(([on, entries]) =>
      say("ClusterReturned", `${named(entries)} given back revision ${on}`, "Warning"),
    ),
  ];
}

function ended(earlier: RolloutStatus | undefined, { rollout, entries }: State, { revision }: Observation): readonly Note[] {
  if (rollout!.phase !== "Completed" || earlier?.completedAt) return [];
  const updated = [...entries.values()].filter(({ revision: on }) => on === revision).length;
  return [say("RolloutCompleted", `revision ${revision} is in ${updated} ${updated === 1 ? "cluster" : "clusters"}`)];
}

const named = (entries: readonly Entry[]): string =>
  `${listed(entries.map(({ name }) => name))} ${entries.length === 1 ? "is" : "are"}`;
