import type { StageStatus } from "../../api/accesspoint.ts";
import { beginAnew } from "./begin.ts";
import { reopened as checkedAnew } from "./checks.ts";
import { tried } from "./entries.ts";
import { failed, failureOf, listed } from "./failure.ts";
import { gatedOf, rejected } from "./gates.ts";
import type { Note, Observation, Requests, State } from "./model.ts";
import { isDone, strategyOf } from "./plan.ts";

type Verb = "abort" | "retry" | "skip";
type Answer = { readonly state: State; readonly note: Note };

/** One annotation; which revision it counts for is part of what it says. */
interface Request {
  readonly verb: Verb;
  readonly argument: string;
  readonly revision: string;
}

/**
 * Does what people asked of this revision, by annotation or by a field that holds or turns the rollout, and says what came of it: once,
 * for as long as the request stands there. What asks for another revision is told so and keeps waiting for it.
 */
export function answer(before: State, seen: Observation): { readonly state: State; readonly notes: readonly Note[] } {
  if (!before.rollout) return { state: before, notes: [] };
  const asked = requestsIn(seen.requests);
  const standing = [...asked.flatMap((request) => [keyOf(request), strayKey(request)]), ...Object.keys(wishes(seen))];
  const answered = new Set((before.rollout.answered ?? []).filter((key) => standing.includes(key)));
  const notes: Note[] = [...resumed(before, seen)];
  const tell = (by: string | undefined, note: Note) =>
    notes.push(by ? { ...note, message: `${note.message} (asked by ${by})` } : note);
  let state = before;
  for (const [key, { note, by }] of Object.entries(wishes(seen))) {
    if (!answered.has(key)) tell(by, note);
    answered.add(key);
  }
  for (const request of asked) {
    const by = seen.requests.by?.[request.verb];
    if (request.revision !== seen.revision) {
      if (!answered.has(keyOf(request)) && !answered.has(strayKey(request))) tell(by, stray(request, seen));
      answered.add(strayKey(request));
    } else if (state.rollout?.stages && !answered.has(keyOf(request)) && !mustWait(request, state, seen)) {
      const { state: next, note } = carryOut(request, state, seen);
      state = next;
      tell(by, note);
      answered.add(keyOf(request));
    }
  }
  const { answered: _, ...rollout } = state.rollout!;
  return { state: { ...state, rollout: answered.size > 0 ? { ...rollout, answered: [...answered] } : rollout }, notes };
}

function requestsIn({ abort, retry, skip }: Requests): readonly Request[] {
  return [
    ...(abort ? [{ verb: "abort" as const, argument: abort, revision: abort }] : []),
    ...(retry ? [{ verb: "retry" as const, argument: retry, revision: retry }] : []),
    ...(skip ? [{ verb: "skip" as const, argument: skip, revision: skip.slice(skip.lastIndexOf("@") + 1) }] : []),
  ];
}

const keyOf = ({ verb, argument }: Request): string => `${verb}:${argument}`;
/** It was said that it counts for nothing now. */
const strayKey = (request: Request): string => `stray:${keyOf(request)}`;

/** What the specification asks of a rollout besides what is rolled out, by the key under which it was answered. */
function wishes({
  settings: { paused, rollbackTo },
  requests: { by },
}: Observation): Readonly<Record<string, { readonly note: Note; readonly by: string | undefined }>> {
  const pause = "no further cluster is started until spec.rollout.paused is false";
  const back = `${rollbackTo} is what is rolled out: as long as spec.rollout.rollbackTo is set, templates and overrides do not count`;
  return {
    ...(paused ? { pause: { note: { type: "Normal", reason: "Paused", message: pause }, by: by?.paused } } : {}),
    ...(rollbackTo
      ? {
          [`rollbackTo:${rollbackTo}`]: {
            note: { type: "Normal", reason: "RollbackRequested", message: back },
            by: by?.rollbackTo,
          },
        }
      : {}),
  };
}

const resumed = ({ rollout }: State, { settings }: Observation): readonly Note[] =>
  rollout?.answered?.includes("pause") && !settings.paused
    ? [{ type: "Normal", reason: "Resumed", message: "spec.rollout.paused is no longer set: the rollout goes on" }]
    : [];

function stray({ verb, argument, revision }: Request, seen: Observation): Note {
  const isIncomplete = verb === "skip" && !argument.includes("@");
  const why = isIncomplete
    ? `it names no revision; write <cluster>@${seen.revision}`
    : `${JSON.stringify(revision)} is not what is rolled out now, which is ${seen.revision} (status.updateRevision)`;
  return { type: "Warning", reason: "RequestIgnored", message: `${verb} ${argument}: ${why}` };
}

/** A retry waits until the rejection that it undoes was answered: until then it would be taken for a new one. */
const mustWait = ({ verb }: Request, { rollout }: State, { decisions }: Observation): boolean =>
  verb === "retry" &&
  (rollout ? gatedOf(rollout) : []).some((stage) => {
    const by = rejected(stage)?.by;
    return decisions.some(({ name, refused, acceptedFor }) => name === by && !refused && acceptedFor === undefined);
  });

function carryOut({ verb, argument }: Request, state: State, seen: Observation): Answer {
  switch (verb) {
    case "abort":
      return abort(state, argument, seen);
    case "retry":
      return retry(state, argument, seen);
    case "skip":
      return skip(state, argument, seen);
  }
}

const done = (state: State, message: string): Answer => ({ state, note: { type: "Normal", reason: "RequestAnswered", message } });

const ignored = (state: State, message: string): Answer => ({
  state,
  note: { type: "Warning", reason: "RequestIgnored", message },
});

function abort(state: State, revision: string, { now, requests: { by } }: Observation): Answer {
  const rollout = state.rollout!;
  const aborted = `aborted by annotation${by?.abort ? `, set by ${by.abort}` : ""}`;
  if (rollout.phase === "RollingBack") {
    const message = `${aborted}, while it was rolled back: ${rollout.failure?.message ?? ""}`;
    return done(
      { ...state, rollout: failed(rollout, { reason: "Aborted", message }, now) },
      `abort ${revision}: the rolling back ends`,
    );
  }
  if (rollout.failure) return ignored(state, `abort ${revision}: the rollout has failed already`);
  if (rollout.phase === "Completed") return ignored(state, `abort ${revision}: the rollout is complete`);
  const failure = { reason: "Aborted", message: aborted } as const;
  return done(
    { ...state, failedRevision: revision, rollout: failed(rollout, failure, now) },
    `abort ${revision}: the rollout ends; clusters stay as they are`,
  );
}

function retry(before: State, revision: string, seen: Observation): Answer {
  const rollout = before.rollout!;
  if (!rollout.failure) return retryFailing(before, revision, seen);
  const state = { ...before, entries: triedAnew(before.entries, seen) };
  // What was decided and verified was so under other rules; or clusters went back, so that nothing of it holds any more.
  if (rollout.strategy !== undefined && rollout.strategy !== strategyOf(seen.settings))
    return done(beginAnew(state, seen).state, `retry ${revision}: the rollout begins anew, because spec.rollout was changed`);
  if (rollout.returned || rollout.stages!.every(isDone))
    return done(beginAnew(state, seen).state, `retry ${revision}: the rollout begins anew`);
  const { failure: _, completedAt: __, message: ___, ...rest } = rollout;
  const { failedRevision: ____, ...kept } = state;
  const stages = rollout.stages!.map((stage) => reopened(stage, seen.now));
  return done({ ...kept, rollout: { ...rest, phase: "Progressing", stages } }, `retry ${revision}: the rollout goes on`);
}

/** The rollout goes on, or has arrived, with clusters that failed within its budget. */
function retryFailing(state: State, revision: string, { targets, now, watchedMs }: Observation): Answer {
  const failing = targets.flatMap((view) => {
    const { name } = view.target.member;
    const entry = state.entries.get(name);
    const stage = state.rollout!.stages!.findLast(({ clusters, phase }) => clusters.includes(name) && phase !== "Pending");
    const isFailing =
      entry?.revision === revision && stage && failureOf({ name, entry, view }, stage, now, watchedMs) !== undefined;
    return isFailing ? [entry] : [];
  });
  if (failing.length === 0) return ignored(state, `retry ${revision}: the rollout has not failed, and no cluster of it has`);
  const entries = new Map([...state.entries, ...failing.map((entry) => [entry.name, tried(entry, now)] as const)]);
  return done({ ...state, entries }, `retry ${revision}: ${listed(failing.map(({ name }) => name))} tried anew`);
}

function triedAnew(entries: State["entries"], { targets, now }: Observation): State["entries"] {
  const names = new Set(targets.map(({ target }) => target.member.name));
  return new Map([...entries].map(([name, entry]) => [name, names.has(name) ? tried(entry, now) : entry]));
}

/** A stage that goes on after a failure: a rejected gate can be decided anew, the time to reach clusters starts again. */
function reopened(stage: StageStatus, now: Date): StageStatus {
  if (isDone(stage) || !stage.startedAt) return stage;
  const { stuckSince: _, ...rest } = stage;
  const gates = stage.gates?.map((gate) => {
    const { decidedAt: _, by: __, message: ___, ...asked } = gate;
    if (gate.state === "Rejected") return { ...asked, state: "Waiting" as const, since: now.toISOString() };
    return checkedAnew(gate.state === "Waiting" ? asked : gate, now);
  });
  return { ...rest, phase: "Progressing", startedAt: now.toISOString(), ...(gates ? { gates } : {}) };
}

function skip(state: State, argument: string, { targets, revision }: Observation): Answer {
  const name = argument.slice(0, argument.lastIndexOf("@"));
  if (!targets.some(({ target }) => target.member.name === name))
    return ignored(state, `skip ${argument}: ${JSON.stringify(name)} is no target of this AccessPoint`);
  if (state.rollout?.phase === "Completed") return ignored(state, `skip ${argument}: the rollout is complete`);
  const entry = state.entries.get(name) ?? { name };
  const entries = new Map([...state.entries, [name, { ...entry, skipped: true }] as const]);
  return done({ ...state, entries }, `skip ${argument}: it is left out of the rollout of ${revision}`);
}
