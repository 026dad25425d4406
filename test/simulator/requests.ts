import type { Observation, State } from "../../src/domain/rollout/model.ts";
import { isFailed } from "./failing.ts";
import { runOf } from "./stages.ts";
import type { Pass, World } from "./world.ts";

/** What a run goes by, as far as it is frozen when it begins. */
const rulesOf = ({ settings: { stages, verify, onFailure, unmatchedClusters } }: Observation): string =>
  JSON.stringify([stages, verify, onFailure, unmatchedClusters]);

/** What is asked by annotation counts for the revision that it names, once for as long as it stands there. */
export class Asked {
  /** `<verb> <argument>`, as far as it stands there since it was told that it counts, or that it does not. */
  #told = new Map<string, "answered" | "stray">();
  /** `<cluster>@<revision>`: somebody asked to leave out a target. */
  readonly #leftOut = new Set<string>();
  #run = "";
  #rules = "";

  accept(pass: Pass): void {
    const { seen, next } = pass;
    const standing = standingIn(seen);
    const isNew = pass.before.updateRevision !== seen.revision;
    // Who is left out is settled for each time that the revision comes.
    const isSettled = (key: string) => standing.includes(key) && !(isNew && key.startsWith("skip ") && countsFor(key, seen));
    this.#told = new Map([...this.#told].filter(([key]) => isSettled(key)));
    for (const key of tellings(pass)) this.#told.set(key, countsFor(key, seen) ? "answered" : "stray");
    const skipped = skippedIn(seen);
    if (skipped !== undefined) this.#leftOut.add(`${skipped}@${seen.revision}`);
    const run = runOf(next.state.rollout);
    if (run !== this.#run) this.#rules = rulesOf(seen);
    this.#run = run;
  }

  *violations(pass: Pass, world: World): Generator<string> {
    const { before, seen, next } = pass;
    const { state } = next;
    const isNew = before.updateRevision !== seen.revision;
    for (const key of tellings(pass)) {
      const isAgain = this.#told.get(key) === (countsFor(key, seen) ? "answered" : "stray");
      if (isAgain && !(isNew && key.startsWith("skip "))) yield `3: ${key} was answered, and is answered again`;
    }

    const skipped = skippedIn(seen);
    if (skipped !== undefined && isNew && state.rollout?.stages && !state.entries.get(skipped)?.skipped)
      yield `3: ${skipped} is to be left out of ${seen.revision}, and is not`;
    for (const { name, skipped: isSkipped } of state.entries.values()) {
      const isAsked = name === skipped || this.#leftOut.has(`${name}@${seen.revision}`);
      if (isSkipped && !isAsked) yield `3: ${name} is left out, and nobody asked for that in ${seen.revision}`;
    }
    const targets = new Set(seen.targets.map(({ target }) => target.member.name));
    const stranger = [...state.entries.keys()].find((name) => !before.entries.has(name) && !targets.has(name));
    if (stranger) yield `3: ${stranger} is no target, and account is kept of it`;

    const { retry } = seen.requests;
    if (retry !== seen.revision || !isTaken(`retry:${retry}`, before, state)) return;
    const isSameRun = runOf(before.rollout) === runOf(state.rollout);
    if (before.rollout?.failure && isSameRun && this.#rules !== rulesOf(seen))
      yield "3: it is tried again by the rules of before, although spec.rollout was changed";
    if (before.rollout?.failure || !isSameRun) return;
    for (const [name, entry] of before.entries) {
      const stage = state.rollout?.stages?.findLast(({ clusters, phase }) => clusters.includes(name) && phase !== "Pending");
      const isMeant = stage && targets.has(name) && entry.revision === seen.revision;
      if (isMeant && isFailed(world.cluster(name), entry, pass, world) && state.entries.get(name)?.startedAt === entry.startedAt)
        yield `3: ${name} failed within the budget, and is not tried again`;
    }
  }
}

const standingIn = ({ requests: { abort, retry, skip } }: Observation): readonly string[] => [
  ...(abort ? [`abort ${abort}`] : []),
  ...(retry ? [`retry ${retry}`] : []),
  ...(skip ? [`skip ${skip}`] : []),
];

/** Requests that something is said of in this pass. */
const tellings = ({ seen, next: { notes } }: Pass): readonly string[] =>
  standingIn(seen).filter((key) => notes.some(({ message }) => message.startsWith(`${key}:`)));

const countsFor = (key: string, { revision }: Observation): boolean => key.endsWith(` ${revision}`) || key.endsWith(`@${revision}`);

/** The target that is to be left out of what is rolled out. */
function skippedIn({ requests: { skip }, revision, targets }: Observation): string | undefined {
  const [name, of] = skip?.split("@") ?? [];
  return of === revision && targets.some(({ target }) => target.member.name === name) ? name : undefined;
}

const isTaken = (key: string, before: State, { rollout }: State): boolean =>
  rollout?.answered?.includes(key) === true && !before.rollout?.answered?.includes(key);
