import { invalid, omitted, required } from "../errors.ts";
import type { FieldError } from "../schema.ts";
import { immutable, nonNegative } from "./rules.ts";

interface Condition {
  readonly type: string;
  readonly status: string;
}

export interface JobStatus {
  readonly conditions?: readonly Condition[];
  readonly startTime?: string;
  readonly completionTime?: string;
  readonly active?: number;
  readonly succeeded?: number;
  readonly failed?: number;
  readonly terminating?: number;
  readonly ready?: number;
  readonly completedIndexes?: string;
}

/** What is known of the Job beside its status. */
export interface JobMode {
  readonly indexed: boolean;
  readonly suspended: boolean;
}

const terminal = ["Failed", "Complete", "FailureTarget", "SuccessCriteriaMet"];
/** A Job ends in one way only. */
const exclusive = [
  ["Complete", "Failed"],
  ["Complete", "FailureTarget"],
  ["SuccessCriteriaMet", "Failed"],
  ["SuccessCriteriaMet", "FailureTarget"],
] as const;
/** How a Job ends is announced before. */
const announced = [
  ["Complete", "SuccessCriteriaMet"],
  ["Failed", "FailureTarget"],
] as const;

const isTrue = ({ conditions = [] }: JobStatus, type: string): boolean =>
  conditions.some((condition) => condition.type === type && condition.status === "True");

/** What is wrong with the status that somebody reports of a Job, whether or not anything ran. */
export const validateJobStatus = (status: JobStatus, old: JobStatus, mode: JobMode): FieldError[] => [
  ...validateCounts(status, old, mode),
  ...validateConditions(status, old),
  ...validateTimes(status, old, mode),
];

function validateCounts(status: JobStatus, old: JobStatus, { indexed }: JobMode): FieldError[] {
  const { active = 0, ready = 0, completedIndexes = "" } = status;
  const errors = (["active", "succeeded", "failed", "terminating", "ready"] as const).flatMap((name) =>
    nonNegative(`status.${name}`, status[name]),
  );
  for (const name of ["succeeded", "failed"] as const) {
    const count = status[name] ?? 0;
    if (count < (old[name] ?? 0)) errors.push(invalid(`status.${name}`, count, `cannot decrease the ${name} counter`));
  }
  if (ready > active) errors.push(invalid("status.ready", ready, "cannot set more ready pods than active"));
  if (active > 0 && (isTrue(status, "Complete") || isTrue(status, "Failed"))) {
    errors.push(invalid("status.active", active, "active>0 is invalid for finished job"));
  }
  if (!indexed && completedIndexes !== "") {
    const detail = "cannot set non-empty completedIndexes when non-indexed completion mode";
    errors.push(invalid("status.completedIndexes", completedIndexes, detail));
  }
  return errors;
}

function validateConditions(status: JobStatus, old: JobStatus): FieldError[] {
  const refuse = (detail: string): FieldError => invalid("status.conditions", omitted, detail);
  const is = (type: string): boolean => isTrue(status, type);
  return [
    ...terminal
      .filter((type) => isTrue(old, type) && !is(type))
      .map((type) => refuse(`cannot disable the terminal ${type}=True condition`)),
    ...announced
      .filter(([end, before]) => is(end) && !is(before))
      .map(([end, before]) => refuse(`cannot set ${end}=True condition without the ${before}=true condition`)),
    ...exclusive
      .filter(([one, other]) => is(one) && is(other))
      .map(([one, other]) => refuse(`cannot set ${one}=True and ${other}=true conditions`)),
  ];
}

function validateTimes(status: JobStatus, old: JobStatus, { suspended }: JobMode): FieldError[] {
  const { startTime, completionTime } = status;
  const [isComplete, isFailed] = [isTrue(status, "Complete"), isTrue(status, "Failed")];
  const errors: FieldError[] = [];
  if ((isComplete || isFailed) && !startTime) errors.push(required("status.startTime", "startTime is required for finished job"));
  if (old.startTime && !suspended && startTime !== old.startTime) {
    errors.push(invalid("status.startTime", startTime ?? null, "field is immutable for unsuspended job once set"));
  }
  const where = "status.completionTime";
  if (isComplete && !completionTime) errors.push(required(where, "completionTime is required for Complete jobs"));
  if (!isComplete && completionTime) {
    errors.push(invalid(where, completionTime, "cannot set completionTime when there is no Complete=True condition"));
  }
  if (startTime && completionTime && completionTime < startTime) {
    errors.push(invalid(where, completionTime, "must be equal to or after `startTime`"));
  }
  if (isComplete && isTrue(old, "Complete")) errors.push(...immutable(where, completionTime, old.completionTime));
  return errors;
}
