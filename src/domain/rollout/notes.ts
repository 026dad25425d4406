import type { Note, Observation, State } from "./model.ts";

/** What a person would want to hear of, from what changed between two states. */
export function describeChanges(before: State, after: State, { revision }: Observation): readonly Note[] {
  const notes: Note[] = [];
  const say = (reason: string, message: string, type: Note["type"] = "Normal") => notes.push({ type, reason, message });
  const { rollout } = after;
  if (!rollout) return notes;
  const earlier = before.rollout;
  const sameRun = earlier?.plan === rollout.plan && earlier?.startedAt === rollout.startedAt;

  if (rollout.stages && !sameRun) {
    const names = rollout.stages.map(({ name, clusters }) => `${name} (${clusters.length})`).join(", ");
    say("RolloutStarted", `revision ${revision} is rolled out in stages ${names}`);
  }
  const started = [...after.entries.values()].filter(
    ({ name, startedAt }) => startedAt && startedAt !== before.entries.get(name)?.startedAt,
  );
  const forward = started.filter(({ revision: on }) => on === revision);
  if (forward.length > 0) say("ClusterStarted", `${named(forward)} given revision ${revision}`);
  const back = started.filter(({ revision: on }) => on !== revision);
  if (back.length > 0) say("ClusterReturned", `${named(back)} given back revision ${back[0]!.revision}`, "Warning");
  const verified = [...after.entries.values()].filter(
    ({ name, verifiedAt }) => verifiedAt && verifiedAt !== before.entries.get(name)?.verifiedAt,
  );
  for (const [on, entries] of Map.groupBy(verified, ({ revision: on }) => on))
    say("ClusterVerified", `${named(entries)} verified on revision ${on}`);
  const lost = [...after.entries.values()].filter(({ name, verifiedAt, startedAt }) => {
    const was = before.entries.get(name);
    return was?.verifiedAt && !verifiedAt && was.startedAt === startedAt;
  });
  if (lost.length > 0) say("ClusterDegraded", `${named(lost)} no longer verified`, "Warning");

  for (const [index, stage] of (rollout.stages ?? []).entries()) {
    const old = sameRun ? earlier?.stages?.[index] : undefined;
    for (const [position, gate] of (stage.gates ?? []).entries()) {
      const was = old?.gates?.[position]?.state;
      if (gate.state === was) continue;
      if (gate.state === "Passed" && gate.by)
        say("Approved", `stage ${stage.name} approved by RolloutApproval ${gate.by}${because(gate.message)}`);
      if (gate.state === "Rejected")
        say("Rejected", `stage ${stage.name} rejected by RolloutApproval ${gate.by}${because(gate.message)}`, "Warning");
    }
    if (stage.phase === old?.phase) continue;
    if (stage.phase === "Completed") say("StageCompleted", `stage ${stage.name} is complete`);
    if (stage.phase === "Skipped" && stage.clusters.length === 0)
      say("StageSkipped", `stage ${stage.name} is passed over: ${stage.message}`);
    if (stage.phase === "AwaitingApproval") say("AwaitingApproval", rollout.message ?? `stage ${stage.name} awaits approval`);
  }

  if (rollout.failure && !(sameRun && earlier?.failure?.reason === rollout.failure.reason))
    say("RolloutFailed", `${rollout.failure.reason}: ${rollout.failure.message}`, "Warning");
  if (rollout.phase === "Paused" && earlier?.phase !== "Paused")
    say("Paused", "no further cluster is started until spec.rollout.paused is false");
  if (rollout.phase === "Completed" && !(sameRun && earlier?.completedAt)) {
    const count = [...after.entries.values()].filter(({ revision: on }) => on === revision).length;
    say("RolloutCompleted", `revision ${revision} is in ${count} clusters`);
  }
  return notes;
}

const because = (message: string | undefined): string => (message ? `: ${message}` : "");

const named = (entries: readonly { readonly name: string }[]): string => {
  const shown = entries.slice(0, 5).map(({ name }) => name);
  const more = entries.length - shown.length;
  return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""} ${entries.length === 1 ? "is" : "are"}`;
};
