import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { advance } from "../../src/domain/rollout/advance.ts";
import { runHistory } from "./history.ts";

/**
 * Who watches the simulator: copies of the engine with one fault each, which it has to find. A fault is a replacement in the
 * source text that has to be there exactly once, so that a fault that the engine has grown away from is noticed.
 */
interface Mutant {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** A history that finds it where most do not: looked at first, to save time. Where it no longer does it is said which one does. */
  readonly seed?: number;
}

const MUTANTS: Readonly<Record<string, Mutant>> = {
  "starts one cluster more than maxConcurrency": {
    file: "stage.ts",
    from: "stage.maxConcurrency - work.inFlight.length)",
    to: "stage.maxConcurrency + 1 - work.inFlight.length)",
  },
  "does not count failed clusters as in flight": {
    file: "stage.ts",
    from: "stage.maxConcurrency - work.inFlight.length)",
    to: "stage.maxConcurrency - work.inFlight.length + work.failures.length)",
    seed: 114,
  },
  "starts clusters while paused": {
    file: "stage.ts",
    from: "const free = context.hold ? 0 :",
    to: "const free = false ? 0 :",
    seed: 6,
  },
  "allows one failure more than the budget": {
    file: "stage.ts",
    from: "if (work.failures.length > stage.maxFailures) {",
    to: "if (work.failures.length > stage.maxFailures + 1) {",
  },
  "goes on while a cluster is still being updated": {
    file: "stage.ts",
    from: "if (work.unfinished.length > 0) {",
    to: "if (work.unfinished.length > 1) {",
  },
  "does not soak": { file: "stage.ts", from: "if (soaked && soaked > now) {", to: "if (soaked && soaked < now) {", seed: 11 },
  "does not look back at stages that are done": {
    file: "walk.ts",
    from: "outcome: lookBack(stage, here) }",
    to: 'outcome: { type: "done" as const } }',
    seed: 104,
  },
  "waits for an earlier cluster that it cannot reach": {
    file: "stage.ts",
    from: 'upToDate.filter(({ entry, view }) => view.reach === "Reachable" && !verified(entry, view))',
    to: "upToDate.filter(({ entry, view }) => !verified(entry, view))",
    seed: 25,
  },
  "passes over a stage that has clusters": {
    file: "stage.ts",
    from: "context.returning && waiting.length === 0",
    to: "waiting.length === 0",
    seed: 13,
  },
  "passes over the gates of a new revision": {
    file: "stage.ts",
    from: "if (context.returning) stage = skipGates",
    to: "if (!context.returning) stage = skipGates",
  },
  "does not wait at the gate before a stage": {
    file: "stage.ts",
    from: 'if (!passed(stage, "Before")) return atGate(stage, "Before", context);',
    to: "",
    seed: 11,
  },
  "does not wait at the gate after a stage": {
    file: "stage.ts",
    from: 'if (!passed(stage, "After")) return',
    to: "if (false) return",
  },
  "takes an approval of another revision": {
    file: "gates.ts",
    from: "decision.revision === revision && !decision.refused",
    to: "!decision.refused",
    seed: 61,
  },
  "takes an approval of another plan": {
    file: "gates.ts",
    from: "decision.plan === undefined || decision.plan === rollout.plan",
    to: "decision.plan !== undefined || decision.plan !== rollout.plan",
    seed: 504,
  },
  "uses an approval again in the next run": {
    file: "gates.ts",
    from: "decision.acceptedFor === undefined)",
    to: "decision)",
    seed: 37,
  },
  "lets one approval pass all gates of a side": {
    file: "gates.ts",
    from: "const decision = left.shift();",
    to: "const decision = left[0];",
    seed: 11,
  },
  "takes a rejection for an approval": {
    file: "gates.ts",
    from: 'decision.decision === "Approve" ? "Passed" : "Rejected"',
    to: '"Passed"',
    seed: 37,
  },
  "takes an answer to an earlier check": {
    file: "checks.ts",
    from: "candidate.id === id && candidate.attempt === attempt",
    to: "candidate.id === id",
    seed: 43,
  },
  "takes the answer to another gate's check": {
    file: "checks.ts",
    from: "candidate.id === id && candidate.attempt === attempt",
    to: "candidate.attempt === attempt",
    seed: 43,
  },
  "passes a Metric at its first success": {
    file: "checks.ts",
    from: "if (successes >= count)",
    to: "if (successes >= 1)",
    seed: 239,
  },
  "fails a Metric at a failure that it may have": {
    file: "checks.ts",
    from: "if (failures > failureLimit)",
    to: "if (failures > 0)",
    seed: 302,
  },
  "lets a check fail that it may not": {
    file: "checks.ts",
    from: "if (failures > failureLimit)",
    to: "if (failures > failureLimit + 5)",
    seed: 241,
  },
  "leaves gates as if somebody still waited there": {
    file: "failure.ts",
    from: 'if (gate.state !== "Waiting") return gate;',
    to: "if (gate) return gate;",
    seed: 37,
  },
  "takes NaN for a success": {
    file: "measure.ts",
    from: "|| Number.isNaN(value)) return",
    to: ') return Number.isNaN(value) ? "Success" :',
    seed: 1179,
  },
  "asks while a person holds the rollout": { file: "checks.ts", from: "held: paused,", to: "held: false,", seed: 108 },
  "asks although the stage is no longer verified": {
    file: "checks.ts",
    from: '(stage.phase !== "Waiting" && stage.phase !== "AwaitingApproval")',
    to: "false",
    seed: 871,
  },
  "asks again without a pause": {
    file: "checks.ts",
    from: "return next > now && Date.parse",
    to: "return next < now && Date.parse",
    seed: 43,
  },
  "asks once and never again": {
    file: "checks.ts",
    from: "!nextAttempt(gate, now)",
    to: "gate.attempts === undefined",
    seed: 43,
  },
  "fails a check that is late without a last answer": {
    file: "checks.ts",
    from: "if (!answer) return gate;",
    to: 'if (!answer) return gate.deadline && Date.parse(gate.deadline) <= now.getTime() ? { ...gate, state: "Failed", decidedAt: now.toISOString(), message: "late" } : gate;',
    seed: 169,
  },
  "ends a Wait at once": {
    file: "gates.ts",
    from: "Date.parse(opened.until) <= now.getTime()",
    to: "opened.until !== undefined",
    seed: 12,
  },
  "goes on with the old stages after an edit": {
    file: "begin.ts",
    from: "if (updateRevision !== revision || !rollout?.stages) return true;",
    to: "if (!rollout?.stages) return true;",
  },
  "takes the time of its absence for watched": {
    file: "clocks.ts",
    from: "return gap - watched;",
    to: "return gap < 0 ? gap : 0;",
    seed: 20,
  },
  "resets a soak at a restart": {
    file: "clocks.ts",
    from: "return gap - watched;",
    to: "return gap === 0 ? 0 : 600_000;",
    seed: 11,
  },
  "makes a soak longer when the clock is set back": {
    file: "clocks.ts",
    from: "gap < 0 || gap > LONGEST_GAP_MS ? 0",
    to: "gap > LONGEST_GAP_MS ? 0",
    seed: 32,
  },
  "takes a long time without a look for watched": {
    file: "clocks.ts",
    from: "gap < 0 || gap > LONGEST_GAP_MS ? 0",
    to: "gap < 0 ? 0",
    seed: 28,
  },
  "credits a soak while it is connecting": {
    file: "clocks.ts",
    from: "if (!unknownSince) return unwatched === 0",
    to: "if (unknownSince !== null) return unwatched === 0",
    seed: 138,
  },
  "credits a soak with the time in which the process stood still": {
    file: "clocks.ts",
    from: "soakingSince: later(soakStart(entry)!, unwatched)",
    to: "soakingSince: soakStart(entry)!",
    seed: 108,
  },
  "does not notice a flap": {
    file: "clocks.ts",
    from: "if (!progressingSince) return { ...rest, progressingSince: now };",
    to: "if (!progressingSince) return verifiedAt ? entry : { ...rest, progressingSince: now };",
    seed: 6,
  },
  "calls a cluster verified because it is reachable": {
    file: "clocks.ts",
    from: 'view.reach === "Reachable" && view.health.state === "Verified";',
    to: 'view.reach === "Reachable";',
  },
  "holds the time of the controller's absence against a cluster": {
    file: "clocks.ts",
    from: "return unwatched === 0 ? entry : { ...entry, progressingSince: later(progressingSince, unwatched) };",
    to: "return entry;",
    seed: 20,
  },
  "forgets who joins": {
    file: "walk.ts",
    from: "return !stage || (isDone(stage)",
    to: "return (stage !== undefined && isDone(stage)",
  },
  "begins no run for a cluster that fell behind": {
    file: "begin.ts",
    from: "return isOver && targets.some(",
    to: "return false && targets.some(",
    seed: 14,
  },
  "rolls joiners first": {
    file: "walk.ts",
    from: "index === stages.length - 1 ? [...others(clusters), ...joiners]",
    to: "index === 0 ? [...others(clusters), ...joiners]",
    seed: 835,
  },
  "removes before the rollout is done": {
    file: "advance.ts",
    from: "if (!rollout?.stages?.every(isDone) || rollout.failure",
    to: "if (!rollout?.stages || rollout.failure",
    seed: 14,
  },
  "removes although a name in the placement is wrong": {
    file: "advance.ts",
    from: "(seen.holdRemoval ?? nobodyWell(state, seen));",
    to: "nobodyWell(state, seen);",
    seed: 58,
  },
  "removes what may be the last that works": {
    file: "advance.ts",
    from: "(seen.holdRemoval ?? nobodyWell(state, seen));",
    to: "seen.holdRemoval;",
    seed: 34,
  },
  "keeps a cluster that is taken out of the fleet": {
    file: "advance.ts",
    from: "left.filter(({ detaching }) => paused || !detaching)",
    to: "left",
    seed: 14,
  },
  "removes without asking": {
    file: "removal.ts",
    from: 'if (passed(removal, "Before")) return',
    to: 'if (passed(removal, "After")) return',
    seed: 15,
  },
  "lets an approval count for clusters that left after it": {
    file: "removal.ts",
    from: "allowed: new Set(removal.clusters) };",
    to: "allowed: new Set(names) };",
    seed: 639,
  },
  "lets an approval count for every removal that follows": {
    file: "removal.ts",
    from: "const opened = before && goesOn(before, due) ? before",
    to: "const opened = before ? { ...before, clusters: names }",
    seed: 345,
  },
  "does not give a retried cluster a new chance": {
    file: "requests.ts",
    from: "names.has(name) ? tried(entry, now) : entry",
    to: "entry",
    seed: 28,
  },
  "aborts for a request of another revision": {
    file: "requests.ts",
    from: "if (request.revision !== seen.revision) {",
    to: 'if (request.verb !== "abort" && request.revision !== seen.revision) {',
    seed: 16,
  },
  "rolls back the first cluster first": { file: "rollback.ts", from: ".toReversed()", to: "", seed: 62 },
  "rolls all clusters back at once": {
    file: "rollback.ts",
    from: "next.maxConcurrency - atWork.length",
    to: "100",
    seed: 88,
  },
  "rolls back although nobody asked for it": { file: "walk.ts", from: 'rollout.onFailure === "Rollback"', to: "rollout.onFailure" },
  "rolls back what the run did not touch": {
    file: "begin.ts",
    from: "previousRevision && entry.revision !== currentRevision",
    to: "previousRevision",
    seed: 25,
  },
  "gives a cluster at once what it ends with": {
    file: "entries.ts",
    from: "return step === undefined ? { variant } :",
    to: "return step !== null ? { variant } :",
  },
  "leaves a cluster on its way": {
    file: "plan.ts",
    from: "if (!stepping.includes(target)) left.delete(target);",
    to: "left.delete(target);",
  },
  "takes a cluster on that is not well where it is": {
    file: "stage.ts",
    from: "(returning || passed.has(entry!.variantStage!))",
    to: "passed.has(entry!.name)",
    seed: 66,
  },
  "steps towards what was everywhere before": {
    file: "begin.ts",
    from: "isBehind && state.currentRevision !== revision &&",
    to: "isBehind &&",
    seed: 86,
  },
  "takes a cluster back that has arrived": {
    file: "begin.ts",
    from: "isBehind && state.currentRevision !== revision &&",
    to: "state.currentRevision !== revision &&",
    seed: 1288,
  },
  "rolls back to what a cluster had only a part of": {
    file: "entries.ts",
    from: "(entry?.variantStage ? undefined : entry?.revision)",
    to: "entry?.revision",
    seed: 95,
  },
  "is done with a cluster that has what a step gives": {
    file: "entries.ts",
    from: "entry.variant !== variant || entry.variantStage !== variantStage",
    to: "(entry.variant !== variant && entry.variantStage === undefined)",
  },
  "sorts the wrong way round": { file: "plan.ts", from: '"Descending" ? -1 : 1', to: '"Descending" ? 1 : -1', seed: 25 },
  "sorts numbers as texts": { file: "plan.ts", from: "return Number(a) - Number(b);", to: "return compare(a, b);", seed: 322 },
  "starts clusters outside of the windows": {
    file: "walk.ts",
    from: "if (!isBound || opening?.isOpen)",
    to: "if (!isBound || opening)",
    seed: 104,
  },
  "takes a window for open that has closed": {
    file: "windows.ts",
    from: "cron.nextRun(new Date(now.getTime() - duration))",
    to: "cron.nextRun(new Date(now.getTime() - 2 * duration))",
    seed: 104,
  },
  "forgets the revision that failed": { file: "walk.ts", from: "entries, failedRevision: revision,", to: "entries," },

  // Whose turn it is, and who counts as failed.
  "counts a cluster that had failed before it was given the revision": {
    file: "stage.ts",
    from: "failing([...inFlight, ...stranded], stage, now, watchedMs);",
    to: 'failing([...inFlight, ...stranded, ...ready.filter(({ view }) => view.health.state === "Failed")], stage, now, watchedMs);',
    seed: 9,
  },
  "gives nothing to a cluster that has failed already": {
    file: "stage.ts",
    from: 'const startable = ready.slice(0, unknown < 0 ? undefined : unknown).filter(({ view }) => view.reach === "Reachable");',
    to: 'const startable = ready.slice(0, unknown < 0 ? undefined : unknown).filter(({ view }) => view.reach === "Reachable" && view.health.state !== "Failed");',
    seed: 9,
  },
  "holds what was before a retry against a cluster": {
    file: "failure.ts",
    from: "if (entry?.startedAt === now.toISOString()) return undefined;",
    to: "",
    seed: 263,
  },
  "holds it against a cluster that nothing is known of it yet": {
    file: "failure.ts",
    from: 'if (view.reach === "Connecting" && watchedMs < milliseconds(stage.progressDeadline)) return undefined;',
    to: "",
    seed: 124,
  },
  "begins those behind one of which nothing is known yet": {
    file: "stage.ts",
    from: "ready.slice(0, unknown < 0 ? undefined : unknown)",
    to: "ready",
  },
  "goes on for ever although no place is left": {
    file: "stage.ts",
    from: "if (startable.length === 0 || inFlight.length < maxConcurrency",
    to: "if (startable.length >= 0 || inFlight.length < maxConcurrency",
    seed: 182,
  },
  "holds the time of the gates against a cluster that is away": {
    file: "stage.ts",
    from: "moved(stage.stuckSince, unwatchedMs",
    to: "moved(stage.stuckSince ?? stage.startedAt, unwatchedMs",
    seed: 160,
  },
  "gives a cluster up that is away while nothing may be started": {
    file: "stage.ts",
    from: "=== failed.length && !hold;",
    to: "=== failed.length;",
    seed: 72,
  },
  "gives a cluster up that is away while others are at work": {
    file: "stage.ts",
    from: "const isIdle = startable.length === 0 && inFlight.length + stranded.length === failed.length && !hold;",
    to: "const isIdle = !hold;",
    seed: 304,
  },
  "holds the time of its absence against a cluster of an earlier stage": {
    file: "clocks.ts",
    from: "if (isEarlier && isOutOfSight(view)) return verifiedAt || progressingSince ? rest : entry;",
    to: "",
    seed: 294,
  },

  // What was before, and what is frozen.
  "fails for a stage that it did not touch": {
    file: "stage.ts",
    from: 'const touched = stage.phase === "Completed";',
    to: "const touched = true;",
    seed: 125,
  },
  "passes over a stage without a look at it": {
    file: "stage.ts",
    from: 'if (outcome.type !== "done") return { stage, started: [], outcome };',
    to: 'if (outcome.type !== "done") return { stage: { ...skipGates(stage, message), phase: "Skipped", message }, started: [], outcome: { type: "done" } };',
    seed: 77,
  },
  "does not look back at the first stage": {
    file: "walk.ts",
    from: "outcome: lookBack(stage, here) }",
    to: 'outcome: index === 0 ? { type: "done" as const } : lookBack(stage, here) }',
    seed: 104,
  },
  "does not look back at stages that were passed over": {
    file: "walk.ts",
    from: "outcome: lookBack(stage, here) }",
    to: 'outcome: stage.phase === "Skipped" ? { type: "done" as const } : lookBack(stage, here) }',
    seed: 104,
  },
  "lets one more degrade than the budget": {
    file: "stage.ts",
    from: 'upToDate.filter(({ entry, view }) => view.reach === "Reachable" && !verified(entry, view))',
    to: 'upToDate.filter(({ entry, view }) => view.reach === "Reachable" && !verified(entry, view)).slice(1)',
    seed: 64,
  },
  "waits for one more that has failed for good than the budget": {
    file: "stage.ts",
    from: "if (degraded.length <= stage.maxFailures)",
    to: "if (degraded.length <= stage.maxFailures + 1)",
    seed: 1070,
  },
  "stops for one that degraded within the budget": {
    file: "stage.ts",
    from: "if (degraded.length <= stage.maxFailures)",
    to: "if (degraded.length === 0)",
    seed: 55,
  },
  "takes a cluster for verified that was so once": {
    file: "entries.ts",
    from: 'entry?.verifiedAt !== undefined && view.reach === "Reachable" && view.health.state === "Verified"',
    to: "entry?.verifiedAt !== undefined",
    seed: 21,
  },
  "takes the budget of now": {
    file: "walk.ts",
    from: "const stages = [...withJoiners(rollout.stages!, state, seen)];",
    to: "const stages = [...withJoiners(rollout.stages!, state, seen)].map((stage) => ({ ...stage, maxFailures: seen.settings.stages?.find(({ name }) => name === stage.name)?.maxFailures ?? stage.maxFailures }));",
  },
  "does on failure what is to be done now": {
    file: "walk.ts",
    from: 'rollout.onFailure === "Rollback"',
    to: 'seen.settings.onFailure === "Rollback"',
    seed: 358,
  },
  "answers a request again and again": {
    file: "requests.ts",
    from: "&& !answered.has(keyOf(request)) && !mustWait",
    to: "&& !mustWait",
  },
  "leaves a cluster out for ever": {
    file: "begin.ts",
    from: "...(skipped && updateRevision === revision ? { skipped } : {}),",
    to: "...(skipped ? { skipped } : {}),",
  },
  "keeps a cluster in its old stage when it is behind": {
    file: "walk.ts",
    from: "[...others(clusters), ...joiners] : others(clusters),",
    to: "[...others(clusters), ...joiners] : clusters,",
    seed: 254,
  },
  "remembers a failure for ever": {
    file: "walk.ts",
    from: "const arrived = ({ failedRevision: _, ...state }: State",
    to: "const arrived = ({ ...state }: State",
  },
  "goes on although a cluster is in two stages": {
    file: "plan.ts",
    from: "if (twice) return",
    to: "if (twice === null) return",
    seed: 208,
  },
  "goes on although nobody takes a cluster on": {
    file: "plan.ts",
    from: "if (lost) return",
    to: "if (lost === null) return",
    seed: 1157,
  },
  "goes on although two stages have begun": {
    file: "plan.ts",
    from: "if (begun) return",
    to: "if (begun === null) return",
    seed: 126,
  },
  "rounds a share up": { file: "plan.ts", from: "Math.floor((Number", to: "Math.ceil((Number", seed: 98 },
  "takes more clusters than are counted": { file: "plan.ts", from: ".slice(0, spec.count)", to: "" },
  "begins although a stage names nobody": {
    file: "plan.ts",
    from: "return findings.length > 0 ? { findings } : { stages };",
    to: "return { stages };",
    seed: 30,
  },

  // Decisions, and the end.
  "takes the newest decision first": {
    file: "gates.ts",
    from: "compare(a.createdAt, b.createdAt) || compare(a.name, b.name)",
    to: "compare(b.createdAt, a.createdAt) || compare(b.name, a.name)",
    seed: 634,
  },
  "takes a decision that was refused": {
    file: "gates.ts",
    from: "decision.revision === revision && !decision.refused)",
    to: "decision.revision === revision)",
    seed: 84,
  },
  "takes a rejection for a new one that a retry undid": {
    file: "requests.ts",
    from: "&& !mustWait(request, state, seen)",
    to: "",
    seed: 949,
  },
  "waits for a clock that was set back": {
    file: "checks.ts",
    from: 'next > now && Date.parse(gate.results?.at(-1)?.time ?? "") <= now.getTime()',
    to: "next > now",
    seed: 1179,
  },
  "is complete before what left is cleaned up": {
    file: "advance.ts",
    from: "if (busy.length + staying.length > 0) {",
    to: "if (busy.length + staying.length > 99) {",
  },
  "lets what was everywhere wait for a window": {
    file: "windows.ts",
    from: "&& currentRevision !== revision && settings",
    to: "&& settings",
    seed: 1024,
  },

  // Going back.
  "rolls nobody back": { file: "rollback.ts", from: ".slice(0, free)", to: ".slice(0, 0)", seed: 13 },
  "rolls the first one back alone": {
    file: "rollback.ts",
    from: "const next = startable[0]?.stage;",
    to: "const next = returned.length > 0 ? undefined : startable[0]?.stage;",
    seed: 64,
  },
  "is done with rolling back when some have returned": {
    file: "rollback.ts",
    from: "if (busy.length === 0 && left === 0) {",
    to: "if (busy.length === 0 && returned.length > 0) {",
    seed: 26,
  },
  "forgets what a cluster had": {
    file: "entries.ts",
    from: "...(previous && previous !== revision ? { previousRevision: previous } : {}),",
    to: "",
    seed: 13,
  },
  "rolls back to what was tried before": {
    file: "entries.ts",
    from: "entry?.previousRevision ?? (entry?.variantStage ? undefined : entry?.revision)",
    to: "entry?.variantStage ? undefined : entry?.revision",
    seed: 25,
  },
  "rolls two stages back at once": { file: "rollback.ts", from: "|| isBusyElsewhere ?", to: "?", seed: 62 },
  "gives what cannot be reached back what it had": {
    file: "rollback.ts",
    from: 'view.reach === "Reachable" && view.previousVariant !== undefined',
    to: "view.previousVariant !== undefined",
    seed: 25,
  },
  "rolls back while paused": { file: "rollback.ts", from: "settings.paused || !next", to: "!next", seed: 118 },

  // What was asked for.
  "loses a no that is said before its gate is reached": {
    file: "stage.ts",
    from: 'stage = rejectEarly(stage, "After", context.decisions, now);',
    to: "",
    seed: 51,
  },
  "tries again by the rules of before": {
    file: "requests.ts",
    from: "rollout.strategy !== undefined && rollout.strategy !== strategyOf(seen.settings)",
    to: "rollout.strategy === null",
    seed: 30,
  },
  "does not try again what failed within the budget": {
    file: "requests.ts",
    from: "if (failing.length === 0) return ignored(",
    to: "if (failing.length >= 0) return ignored(",
    seed: 80,
  },
  "holds the time before a retry against clusters that are away": {
    file: "requests.ts",
    from: "const { stuckSince: _, ...rest } = stage;",
    to: "const rest = stage;",
    seed: 142,
  },
  "answers in the next run what was answered": {
    file: "begin.ts",
    from: "...carried(rollout, earlier?.answered ?? [], again, revision),",
    to: "rollout,",
  },
  "leaves nobody out when the revision comes again": {
    file: "begin.ts",
    from: 'again || !(key.startsWith("skip:") && key.endsWith(`@${revision}`))',
    to: "key",
    seed: 37,
  },
  "leaves out who is no target": {
    file: "requests.ts",
    from: "if (!targets.some(({ target }) => target.member.name === name))",
    to: "if (targets === null)",
    seed: 12,
  },

  // What is not known, and what is held.
  "ends for places that nobody could be given": {
    file: "stage.ts",
    from: "const full = context.hold ? undefined : noPlaceLeft(work, stage, now);",
    to: "const full = noPlaceLeft(work, stage, now);",
    seed: 80,
  },
  "soaks again after the clock was set back": {
    file: "stage.ts",
    from: "wasSoaked && isSteady ? now : soakedAt(",
    to: "wasSoaked === null ? now : soakedAt(",
    seed: 741,
  },
  "goes on before earlier clusters are known": {
    file: "stage.ts",
    from: 'return degraded.length + unknown.length > stage.maxFailures ? awaiting(unknown, stage) : { type: "done" };',
    to: 'return { type: "done" };',
    seed: 264,
  },
  "forgets after a start that a stage was at rest": {
    file: "stage.ts",
    from: "if (isAtRest(before) && wasVerified && unknown.length > 0)",
    to: "if (unknown === null)",
  },
  "forgets after a start what the rollout waits for": {
    file: "walk.ts",
    from: "const known = stillWaits(rollout, context.hold)",
    to: "const known = rollout === null",
  },
  "holds it against an earlier cluster that its checks cannot be read": {
    file: "clocks.ts",
    from: 'reach === "Unreachable" || (reach === "Reachable" && health.state === "Unknown");',
    to: 'reach === "Unreachable" && health.state !== null;',
    seed: 2054,
  },
  "goes on while the checks of an earlier cluster cannot be read": {
    file: "stage.ts",
    from: 'upToDate.filter(({ entry, view }) => view.reach === "Reachable" && !verified(entry, view))',
    to: 'upToDate.filter(({ entry, view }) => view.reach === "Reachable" && view.health.state !== "Unknown" && !verified(entry, view))',
    seed: 672,
  },
  "gives a cluster time for as long as its checks cannot be read": {
    file: "clocks.ts",
    from: "if (isEarlier && isOutOfSight(view)) return",
    to: "if (isOutOfSight(view)) return",
    seed: 24,
  },
  "waits for who is held as for who is to be known in a moment": {
    file: "stage.ts",
    from: 'view.reach === "Connecting" && view.held === undefined;',
    to: 'view.reach === "Connecting";',
    seed: 133,
  },
  "keeps who leaves because those that stay are held": {
    file: "advance.ts",
    from: "held === undefined && !entries.get(target.member.name)?.skipped",
    to: "held !== null && !entries.get(target.member.name)?.skipped",
    seed: 485,
  },
  "takes for an answer how a check is doing": {
    file: "checks.ts",
    from: 'if (outcome === "Running") return { ...rest, message: cut(answer.message) };',
    to: "",
    seed: 108,
  },
  "fails a check that still runs when its time is over": {
    file: "checks.ts",
    from: 'if (outcome === "Running") return { ...rest, message: cut(answer.message) };',
    to: 'if (outcome === "Running") return Date.parse(gate.deadline ?? "") <= now.getTime() ? { ...rest, state: "Failed", decidedAt: now.toISOString(), message: "late" } : rest;',
    seed: 381,
  },
  "lets come what is on its way to a cluster that left": {
    file: "advance.ts",
    from: "go.filter(({ name, empty }) => empty || allowed.has(name))",
    to: "go.filter(({ name }) => allowed.has(name))",
  },
  "waits in a rolling back for a cluster that cannot be reached": {
    file: "rollback.ts",
    from: 'placed.view.reach !== "Unreachable" &&',
    to: "",
    seed: 51,
  },
  "waits in a rolling back for a cluster that does not do well on what it had": {
    file: "rollback.ts",
    from: "!verified(placed.entry, placed.view) &&\n      failureOf(placed, placed.stage, now, watchedMs) === undefined,",
    to: "!verified(placed.entry, placed.view),",
    seed: 24,
  },

  // When to look again.
  "asks never to be woken": {
    file: "advance.ts",
    from: "const wakeAt = earliest(earliest(moved.wakeAt, finished.wakeAt), checkpoint(rollout));",
    to: "const wakeAt = undefined;",
    seed: 14,
  },
  "does not look again while a clock runs": {
    file: "advance.ts",
    from: "earliest(earliest(moved.wakeAt, finished.wakeAt), checkpoint(rollout))",
    to: "earliest(moved.wakeAt, finished.wakeAt)",
    seed: 20,
  },
  "is not woken for gates and deadlines": {
    file: "failure.ts",
    from: "return Number.isFinite(first) ? { wakeAt: new Date(first) } : {};",
    to: "return {};",
    seed: 24,
  },
  "is not woken for the end of a soak": {
    file: "stage.ts",
    from: '{ type: "holds", phase: "Soaking", message, wakeAt: soaked }',
    to: '{ type: "holds", phase: "Soaking", message }',
    seed: 22,
  },
  "is not woken for a window": {
    file: "walk.ts",
    from: "wakeAt: wakeAt && wakeAt < turn ? wakeAt : turn",
    to: "...(wakeAt ? { wakeAt } : {})",
    seed: 758,
  },
  "is not woken for the removal": {
    file: "removal.ts",
    from: "...(untils.length > 0 ? { wakeAt: new Date(Math.min(...untils)) } : {}),",
    to: "",
    seed: 357,
  },
};

const SOURCE = fileURLToPath(new URL("../../src", import.meta.url));
const HISTORIES = 4000;

describe("the simulator finds an engine that", () => {
  let root: string;

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "fap-mutants-"));
    for (const part of ["api", "domain"]) cpSync(join(SOURCE, part), join(root, "src", part), { recursive: true });
    symlinkSync(fileURLToPath(new URL("../../node_modules", import.meta.url)), join(root, "node_modules"));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  /** A copy of the engine's folder beside the original, so that its imports stay what they are. */
  async function load(name: string, mutant?: Mutant): Promise<typeof advance> {
    const folder = join(root, "src/domain", `rollout-${name.replaceAll(/\W+/g, "-")}`);
    cpSync(join(SOURCE, "domain/rollout"), folder, { recursive: true });
    if (mutant) {
      const path = join(folder, mutant.file);
      const text = readFileSync(path, "utf8");
      expect(text.split(mutant.from), `${mutant.file} has ${JSON.stringify(mutant.from)} once`).toHaveLength(2);
      writeFileSync(
        path,
        text.replace(mutant.from, () => mutant.to),
      );
    }
    const engine = (await import(pathToFileURL(join(folder, "advance.ts")).href)) as { advance: typeof advance };
    return engine.advance;
  }

  function firstFound(engine: typeof advance, histories: number, likely?: number): string | undefined {
    const found = likely === undefined ? undefined : runHistory(likely, engine).violation;
    if (found) return `seed ${likely}: ${found}`;
    for (let seed = 1; seed <= histories; seed++) {
      const { violation } = runHistory(seed, engine);
      if (violation) return `seed ${seed}: ${violation}`;
    }
    return undefined;
  }

  it.each(Object.entries(MUTANTS))("%s", { timeout: 120_000 }, async (name, mutant) => {
    const { seed } = mutant;
    const found = firstFound(await load(name, mutant), HISTORIES, seed);
    expect(found, "no history found the fault").toBeDefined();
    expect(found, "it is found for what it does, and not because it does not run").not.toContain("the engine threw");
    if (seed !== undefined && !found?.startsWith(`seed ${seed}:`))
      console.log(`${name}: no longer found by ${seed}, but by ${found}`);
  });

  it("and nothing in a copy without a fault", async () => {
    expect(firstFound(await load("original"), 50)).toBeUndefined();
  });
});
