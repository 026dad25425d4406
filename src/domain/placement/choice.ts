import { digest } from "../digest.ts";
import type { Finding } from "../finding.ts";
import { compare, type Member } from "../selection.ts";

export interface Limited {
  readonly placed: readonly Member[];
  /** How they were chosen, where there was a choice. */
  readonly message?: string;
  /** There are fewer than are asked for. */
  readonly tooFew?: Finding;
}

/**
 * At most `count` of the clusters that qualify; all of them without a count.
 *
 * @param silent Whether a cluster, or what it depends on, is known not to be usable now.
 */
export function limit(
  qualified: readonly Member[],
  count: number | undefined,
  before: ReadonlySet<string>,
  seed: string,
  silent: (member: Member) => boolean = () => false,
): Limited {
  if (count === undefined) return { placed: qualified };
  if (qualified.length < count) {
    const message = `${count} clusters are asked for, and ${qualified.length} qualify; status.placement.notSelected says why the others do not`;
    return { placed: qualified, tooFew: { reason: "TooFewClusters", field: "spec.placement.numberOfClusters", message } };
  }
  const placed = choose(qualified, count, before, seed, silent);
  const zones = [...Map.groupBy(placed, ({ zone }) => zone)].map(([zone, { length }]) => `${length} in ${zone}`);
  const message = `${count} of ${qualified.length} clusters that qualify, spread over the zones: ${zones.sort(compare).join(", ")}; clusters that were chosen before stay`;
  return { placed, message };
}

/**
 * Chooses at most `count` of the candidates. Clusters that were chosen before are taken first, so that a cluster that joins moves
 * no other, and one that falls silent keeps its place. Each further one comes from the zone with the fewest chosen ones so far; among those, rendezvous hashing decides:
 * every AccessPoint ranks the clusters in an order of its own, so that the fleet is filled evenly and the order of the list
 * does not matter.
 *
 * @param seed Tells the AccessPoint from others, e.g. `<namespace>/<name>`.
 */
export function choose(
  candidates: readonly Member[],
  count: number,
  before: ReadonlySet<string>,
  seed: string,
  silent: (member: Member) => boolean = () => false,
): readonly Member[] {
  const ranked = candidates
    .map((member) => ({ member, rank: digest([seed, member.name], 16) }))
    .sort((a, b) => compare(a.rank, b.rank) || compare(a.member.name, b.member.name))
    .map(({ member }) => member);
  const [known, others] = [ranked.filter(({ name }) => before.has(name)), ranked.filter(({ name }) => !before.has(name))];
  return [known, others.filter((member) => !silent(member)), others.filter(silent)].reduce<readonly Member[]>(
    (chosen, next) => spread(next, count, chosen),
    [],
  );
}

/** Adds members to those that are chosen until there are `count`, one zone after the other. */
function spread(ranked: readonly Member[], count: number, chosen: readonly Member[]): readonly Member[] {
  const zones = new Map([...Map.groupBy(ranked, ({ zone }) => zone)].map(([zone, members]) => [zone, [...members]]));
  const filled = new Map<string, number>();
  for (const { zone } of chosen) filled.set(zone, (filled.get(zone) ?? 0) + 1);
  const order = new Map(ranked.map((member, index) => [member, index]));
  const result = [...chosen];
  while (result.length < count && zones.size > 0) {
    const [zone, members] = [...zones].reduce((best, next) => {
      const fewer = (filled.get(best[0]) ?? 0) - (filled.get(next[0]) ?? 0);
      return fewer > 0 || (fewer === 0 && order.get(next[1][0]!)! < order.get(best[1][0]!)!) ? next : best;
    });
    result.push(members.shift()!);
    filled.set(zone, (filled.get(zone) ?? 0) + 1);
    if (members.length === 0) zones.delete(zone);
  }
  return result;
}
