import type { AnswerStatus, RecordStatus } from "../../api/nameservice.ts";
import { canonical } from "./values.ts";

/** What a resolver said of a name: values by record type, or why it said nothing. */
export type Answer = { readonly values: ReadonlyMap<RecordStatus["type"], readonly string[]> } | { readonly failure: string };

/** Values that are told of an answer that differs. */
const MAX_VALUES = 16;

/**
 * Whether an answer is one that the records give. Record sets of a policy take turns: there, each answer is one of them, and a
 * moment later another one; without a policy all values are in it. What agrees is not repeated, so that status stays as it is.
 */
export function judgeAnswer(records: readonly RecordStatus[], server: string, answer: Answer): AnswerStatus {
  if ("failure" in answer) return { server, state: "Silent", message: answer.failure.slice(0, 300) };
  const types = [...new Set(records.map(({ type }) => type))];
  if (types.every((type) => type === "CNAME") && isAlias(answer.values)) return { server, state: "Alias" };
  const given = types.flatMap((type) => normal(answer.values.get(type) ?? []));
  const agrees = types.every((type) => {
    const values = normal(answer.values.get(type) ?? []).join();
    return records.some((record) => record.type === type && normal(record.values).join() === values);
  });
  return agrees ? { server, state: "AsRequested" } : { server, state: "Differs", values: given.slice(0, MAX_VALUES) };
}

/** Addresses and no CNAME: what a provider answers that made an alias of the CNAME that it was asked for. */
const isAlias = (values: ReadonlyMap<RecordStatus["type"], readonly string[]>): boolean =>
  !values.get("CNAME")?.length && [values.get("A"), values.get("AAAA")].some((addresses = []) => addresses.length > 0);

const normal = (values: readonly string[]): readonly string[] => values.map((value) => canonical(value) ?? value).sort();
