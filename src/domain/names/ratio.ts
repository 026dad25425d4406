import { digest } from "../digest.ts";
import { locationOf } from "./locality.ts";
import type { AwsOptions, Candidate, RecordGroup } from "./model.ts";

/** Route 53 takes weights from 0 to 255. */
const MAX_WEIGHT = 255;
/** Route 53 takes set identifiers of so many characters. */
const MAX_IDENTIFIER = 128;

/** One group a target and zone; a target's ratio is shared among its zones. */
export function ratioGroups(candidates: readonly Candidate[], aws: AwsOptions): readonly RecordGroup[] {
  const groups = [...Map.groupBy(candidates, ({ name, zone }) => identifier(zone === undefined ? name : `${name}/${zone}`))];
  const sharing = Map.groupBy(groups, ([, [first]]) => first!.target);
  const weights = weigh(groups.map(([, [first]]) => ({ ratio: first!.ratio, among: sharing.get(first!.target)!.length })));
  return groups.map(([setIdentifier, members], index) => {
    const healthCheckId = locationOf(members[0]!, aws)?.healthCheckId;
    return {
      setIdentifier,
      values: members.flatMap(({ values }) => values),
      weight: weights[index]!,
      ...(healthCheckId ? { properties: [{ name: "aws/health-check-id", value: healthCheckId }] } : {}),
    };
  });
}

/**
 * The smallest whole weights in the proportion of the shares, or the nearest ones when these exceed what Route 53 takes. A share
 * that is not zero never becomes zero.
 */
export function weigh(shares: readonly { readonly ratio: number; readonly among: number }[]): readonly number[] {
  const common = shares.reduce((multiple, { among }) => leastCommonMultiple(multiple, among), 1);
  const exact = shares.map(({ ratio, among }) => (ratio * common) / among);
  const divisor = exact.reduce(greatestCommonDivisor, 0) || 1;
  const smallest = exact.map((weight) => weight / divisor);
  const largest = Math.max(0, ...smallest);
  if (largest <= MAX_WEIGHT) return smallest;
  return smallest.map((weight) => (weight === 0 ? 0 : Math.max(1, Math.round((weight * MAX_WEIGHT) / largest))));
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));
const leastCommonMultiple = (a: number, b: number): number => (a * b) / greatestCommonDivisor(a, b);

const identifier = (text: string): string =>
  text.length <= MAX_IDENTIFIER ? text : `${text.slice(0, MAX_IDENTIFIER - 11)}-${digest(text, 10)}`;
