import type { GateResult, MetricGate, Threshold } from "../../api/accesspoint.ts";
import { cut } from "../text.ts";
import { listed } from "./failure.ts";
import type { CheckAnswer } from "./model.ts";

type Outcome = GateResult["outcome"];
type Measured = NonNullable<CheckAnswer["values"]>[number];

const OPERATORS: Readonly<
  Record<Threshold["operator"], { readonly sign: string; readonly holds: (a: number, b: number) => boolean }>
> = {
  LessThan: { sign: "<", holds: (a, b) => a < b },
  LessOrEqual: { sign: "≤", holds: (a, b) => a <= b },
  GreaterThan: { sign: ">", holds: (a, b) => a > b },
  GreaterOrEqual: { sign: "≥", holds: (a, b) => a >= b },
  Equal: { sign: "=", holds: (a, b) => a === b },
  NotEqual: { sign: "≠", holds: (a, b) => a !== b },
};

/** What is kept of the values of one measurement. */
const MAX_VALUES = 5;
const WORST_FIRST: readonly Outcome[] = ["Failure", "Inconclusive", "Success"];

/** A measurement, judged by the thresholds of its gate: as good as its worst value. */
export function judgeMeasurement({ success, failure }: MetricGate, values: readonly Measured[]): Omit<GateResult, "time"> {
  if (values.length === 0) return { outcome: "Success", message: "no cluster is left to be measured" };
  const judged = values
    .map((measured) => ({ ...measured, outcome: judgeValue(measured.value, success, failure) }))
    .toSorted((a, b) => WORST_FIRST.indexOf(a.outcome) - WORST_FIRST.indexOf(b.outcome));
  const { outcome } = judged[0]!;
  const numbers = judged.flatMap(({ cluster, value }) =>
    value === undefined ? [] : [{ ...(cluster ? { cluster } : {}), value: String(value) }],
  );
  const worst = judged.filter((measured) => measured.outcome === outcome);
  return {
    outcome,
    message: cut(`${listed(worst.map(describe))}; to succeed ${inWords(success)}${failure ? `, to fail ${inWords(failure)}` : ""}`),
    ...(numbers.length > 0 ? { values: numbers.slice(0, MAX_VALUES) } : {}),
  };
}

/** NaN, as a share of no requests, is no number that anything could be concluded from. */
function judgeValue(value: number | undefined, success: Threshold, failure: Threshold | undefined): Outcome {
  if (value === undefined || Number.isNaN(value)) return "Inconclusive";
  if (failure && holds(failure, value)) return "Failure";
  if (holds(success, value)) return "Success";
  return failure ? "Inconclusive" : "Failure";
}

const holds = ({ operator, value }: Threshold, measured: number): boolean => OPERATORS[operator].holds(measured, value);

const inWords = ({ operator, value }: Threshold): string => `${OPERATORS[operator].sign} ${value}`;

const describe = ({ cluster, value, message }: Measured): string => {
  const what = value === undefined ? (message ?? "no value") : String(value);
  return cluster ? `${cluster}: ${what}` : what;
};
