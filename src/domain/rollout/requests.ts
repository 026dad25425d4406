import type { StageStatus } from "../../api/accesspoint.ts";
import { beginAnew } from "./begin.ts";
import { reopened as checkedAnew } from "./checks.ts";
import { tried } from "./entries.ts";
import { failed } from "./failure.ts";
import { gatedOf, rejected } from "./gates.ts";
import type { Note, Observation, State } from "./model.ts";
import { isDone } from "./plan.ts";

type Answer = { readonly state: State; readonly note: Note };

/** Does what people asked of this revision by annotation, each request once, and says what came of it. */
export function answer(before: State, seen: Observation): { readonly state: State; readonly notes: readonly Note[] } {
  if (!before.rollout?.stages) return { state: before, notes: [] };
  const { requests, revision } = seen;
  const asked = [
    ...(requests.abort === revision ? [`abort:${requests.abort}`] : []),
    ...(requests.retry === revision ? [`retry:${requests.retry}`] : []),
    ...(requests.skip?.endsWith(`@${revision}`) ? [`skip:${requests.skip}`] : []),
  ];
  const answered = (before.rollout.answered ?? []).filter((request) => asked.includes(request));
  const notes: Note[] = [];
  let state = before;
  for (const request of asked) {
    if (answered.includes(request) || mustWait(request, state, seen)) continue;
    const { state: next, note } = carryOut(request, state, seen);
    state = next;
    const by = requests.by?.[verbOf(request)];
    notes.push(by ? { ...note, message: `${note.message} (asked by ${by})` } : note);
    answered.push(request);
  }
  const { answered: _, ...rollout } = state.rollout!;
  return { state: { ...state, rollout: answered.length > 0 ? { ...rollout, answered } : rollout }, notes };
}

/** A retry waits until the rejection that it undoes was answered: until then it would be taken for a new one. */
const mustWait = (request: string, { rollout }: State, { decisions }: Observation): boolean =>
  request.startsWith("retry:") &&
  (rollout ? gatedOf(rollout) : []).some((stage) => {
    const by = rejected(stage)?.by;
    return decisions.some(({ name, refused, acceptedFor }) => name === by && !refused && acceptedFor === undefined);
  });

const verbOf = (request: string) => request.slice(0, request.indexOf(":")) as "abort" | "retry" | "skip";

function carryOut(request: string, state: State, seen: Observation): Answer {
  const verb = verbOf(request);
  const argument = request.slice(verb.length + 1);
  switch (verb) {
    case "abort":
      return abort(state, argument, seen);
    case "retry":
      return retry(state, argument, seen);
    default:
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
  if (!rollout.failure) return ignored(before, `retry ${revision}: the rollout has not failed`);
  const state = { ...before, entries: triedAnew(before.entries, seen) };
  // Clusters went back, so that nothing of what was decided and verified holds any more; or there is nothing left to go on with.
  if (rollout.returned || rollout.stages!.every(isDone))
    return done(beginAnew(state, seen).state, `retry ${revision}: the rollout begins anew`);
  const { failure: _, completedAt: __, message: ___, ...rest } = rollout;
  const { failedRevision: ____, ...kept } = state;
  const stages = rollout.stages!.map((stage) => reopened(stage, seen.now));
  return done({ ...kept, rollout: { ...rest, phase: "Progressing", stages } }, `retry ${revision}: the rollout goes on`);
}

function triedAnew(entries: State["entries"], { targets, now }: Observation): State["entries"] {
  const names = new Set(targets.map(({ target }) => target.member.name));
  return new Map([...entries].map(([name, entry]) => [name, names.has(name) ? tried(entry, now) : entry]));
}

/** A stage that goes on after a failure: a rejected gate can be decided anew, the time to reach clusters starts again. */
function reopened(stage: StageStatus, now: Date): StageStatus {
  if (isDone(stage) || !stage.startedAt) return stage;
  const gates = stage.gates?.map(({ decidedAt, by, message, ...gate }) =>
    gate.state === "Rejected"
      ? { ...gate, state: "Waiting" as const, since: now.toISOString() }
      : checkedAnew({ ...gate, ...(decidedAt ? { decidedAt } : {}), ...(by ? { by } : {}), ...(message ? { message } : {}) }, now),
  );
  return { ...stage, phase: "Progressing", startedAt: now.toISOString(), ...(gates ? { gates } : {}) };
}

function skip(state: State, argument: string, { targets, revision }: Observation): Answer {
  const name = argument.slice(0, argument.lastIndexOf("@"));
  if (!targets.some(({ target }) => target.member.name === name))
    return ignored(state, `skip ${argument}: ${JSON.stringify(name)} is no target of this AccessPoint`);
  const entry = state.entries.get(name) ?? { name };
  const entries = new Map([...state.entries, [name, { ...entry, skipped: true }] as const]);
  return done({ ...state, entries }, `skip ${argument}: it is left out of the rollout of ${revision}`);
}
