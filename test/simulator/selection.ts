import type { StageStatus } from "../../src/api/accesspoint.ts";
import type { Observation, State } from "../../src/domain/rollout/model.ts";
import type { World } from "./world.ts";

/** Values of the label `size`, in their order. */
const SIZES = ["2", "10", "large", "small"];

const DEFAULTS = { maxConcurrency: 1, maxFailures: 0, progressDeadline: "10m" };
const DEFAULT_STAGES: NonNullable<Observation["settings"]["stages"]> = [
  { name: "canary", count: 1, ...DEFAULTS },
  { name: "rest", ...DEFAULTS },
];

/** Every stage has those that it selects of whoever is left, in its order, and as many at once as its share of them. */
export function* selectionViolations(
  before: State,
  seen: Observation,
  stages: readonly StageStatus[],
  world: World,
): Generator<string> {
  const { settings, known } = seen;
  const names = seen.targets.map(({ target }) => target.member.name);
  const isThere = (name: string) => {
    const view = seen.targets.find(({ target }) => target.member.name === name)!;
    const entry = before.entries.get(name);
    return entry?.revision === seen.revision && entry.variant === view.variant && !entry.variantStage;
  };
  const steps = (name: string, stage: string) =>
    before.currentRevision !== seen.revision && !isThere(name) && world.cluster(name).bound.has(`${seen.revision} ${stage}`);
  let left = names;
  for (const [index, spec] of (settings.stages ?? DEFAULT_STAGES).entries()) {
    const { name: stage, clusters = [], sortBy, count, maxConcurrency } = spec;
    const slip = clusters.find((name) => !known.some((site) => site.name === name));
    if (slip) yield `5: it begins although stage ${stage} names ${slip}, which there is not`;
    const rank = (name: string) => {
      const { size } = world.cluster(name);
      return size === undefined ? SIZES.length : sortBy?.order === "Descending" ? -SIZES.indexOf(size) : SIZES.indexOf(size);
    };
    const matching = left.filter((name) => clusters.length === 0 || clusters.includes(name));
    const selected = (sortBy ? matching.toSorted((a, b) => rank(a) - rank(b)) : matching).slice(0, count);
    left = left.filter((name) => !selected.includes(name) || steps(name, stage));
    const { clusters: has = [], maxConcurrency: atOnce } = stages[index] ?? {};
    if (has.join() !== selected.join()) yield `5: stage ${stage} has ${has.join(", ")}, and not ${selected.join(", ")}`;
    const share =
      typeof maxConcurrency === "number"
        ? maxConcurrency
        : Math.floor((Number.parseInt(maxConcurrency, 10) * selected.length) / 100) || 1;
    if (atOnce !== share)
      yield `4: stage ${stage} takes ${atOnce} at once, and ${maxConcurrency} of ${selected.length} is ${share}`;
  }
}
