import type { NameServiceStatus, RecordStatus } from "../../api/nameservice.ts";

export interface Note {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

/** Conditions that a person would want to hear of when they come about. */
const TOLD: readonly (readonly [type: string, reason: string, event: string])[] = [
  ["Accepted", "FqdnTaken", "FqdnTaken"],
  ["Accepted", "FqdnNotAllowed", "FqdnNotAllowed"],
  ["Accepted", "Contested", "FqdnContested"],
  ["Accepted", "ValidWithWarnings", "ValidWithWarnings"],
  ["Resolved", "Held", "RecordsHeld"],
  ["Published", "EndpointNotOurs", "EndpointNotOurs"],
  ["Published", "EndpointRefused", "EndpointRefused"],
  ["Published", "ExternalDnsMissing", "ExternalDnsMissing"],
];

/** What is worth an Event, from what changed between two reports. */
export function describeChanges(before: NameServiceStatus | undefined, after: NameServiceStatus): readonly Note[] {
  return [...changedRecords(before?.records ?? [], after.records ?? []), ...conditionsOf(before, after)];
}

function changedRecords(before: readonly RecordStatus[], after: readonly RecordStatus[]): readonly Note[] {
  const [from, to] = [texts(before), texts(after)];
  const changes = [...new Set([...from.keys(), ...to.keys()])]
    .filter((title) => from.get(title) !== to.get(title))
    .map((title) => `${title}: ${from.get(title) ?? "none"} → ${to.get(title) ?? "none"}`);
  return changes.length > 0 ? [{ type: "Normal", reason: "RecordsChanged", message: changes.join("; ") }] : [];
}

const texts = (records: readonly RecordStatus[]): ReadonlyMap<string, string> =>
  new Map(
    records.map(({ type, setIdentifier, values, weight }) => [
      setIdentifier ? `${type} ${setIdentifier}` : type,
      values.join(", ") + (weight === undefined ? "" : ` (weight ${weight})`),
    ]),
  );

function conditionsOf(before: NameServiceStatus | undefined, after: NameServiceStatus): readonly Note[] {
  const find = (status: NameServiceStatus | undefined, type: string, reason: string) =>
    status?.conditions?.find((condition) => condition.type === type && condition.reason === reason);
  return TOLD.flatMap(([type, reason, event]) => {
    const now = find(after, type, reason);
    return now && !find(before, type, reason) ? [{ type: "Warning" as const, reason: event, message: now.message }] : [];
  });
}
