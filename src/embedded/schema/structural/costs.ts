import { plus } from "../cel/cost/range.ts";
import { forbidden } from "../errors.ts";
import type { FieldError } from "../schema.ts";

/** What an expression of a definition costs at most, in all the places where one object may have it. */
export interface ExpressionCost {
  /** Of the expression. */
  readonly path: string;
  readonly cost: number;
}

/** Limits of k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation, of one expression and of a whole schema. */
const limit = 10_000_000;
const totalLimit = 100_000_000;
/** How many of the most expensive are told of, each if it takes a hundredth of all that is allowed. */
const culprits = 4;

/** @param what is too expensive, as the refusal calls it */
export const costProblem = ({ path, cost }: ExpressionCost, what: string): FieldError[] =>
  cost > limit ? [forbidden(path, exceeds(`estimated ${what} cost`, cost / limit))] : [];

/** @param path of the schema */
export function totalCostProblems(costs: readonly ExpressionCost[], path: string): FieldError[] {
  const total = costs.reduce((sum, { cost }) => plus(sum, cost), 0);
  if (total <= totalLimit) return [];
  const expensive = costs.filter(({ cost }) => cost >= totalLimit / 100).sort((a, b) => b.cost - a.cost);
  const detail = "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema";
  return [
    ...expensive.slice(0, culprits).map((one) => forbidden(one.path, detail)),
    forbidden(path, exceeds("x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema", total / totalLimit)),
  ];
}

const advice =
  "(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)";

function exceeds(what: string, factor: number): string {
  const shown = factor > 100 ? "more than 100" : rounded(factor, factor < 1.5 ? 6 : 1);
  return `${what} exceeds budget by factor of ${shown}x ${advice}`;
}

/** As Go rounds: what is exactly between two, to the even one. */
function rounded(value: number, digits: number): string {
  const isBetween = value % 2 ** -digits === 2 ** -(digits + 1);
  const below = Math.floor(value * 10 ** digits);
  return (isBetween && below % 2 === 0 ? below / 10 ** digits : value).toFixed(digits);
}
