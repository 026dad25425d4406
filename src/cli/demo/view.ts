import type { AccessPoint, ClusterStatus } from "../../api/accesspoint.ts";
import type { NameService } from "../../api/nameservice.ts";

/** One cell a cluster: where it stands on the revision that is to be everywhere. */
function cell(cluster: ClusterStatus | undefined, updateRevision: string | undefined): string {
  if (!cluster) return "";
  switch (cluster.phase) {
    case "Ready":
      return cluster.revision === updateRevision ? "new" : "old";
    case "Pending":
      return "-";
    case "Applying":
    case "Verifying":
    case "Removing":
      return "…";
    case "Failed":
      return "FAILED";
    case "Unreachable":
      return "?";
  }
}

/** Room for the longest phase and for common stages, so that columns stay where they are. */
const MIN_WIDTHS = [20, 16, 8];

/** A table of the fleet: a row an AccessPoint, a column a cluster. */
export function renderTable(accessPoints: readonly AccessPoint[], clusters: readonly string[]): readonly string[] {
  const header = ["ACCESSPOINT", "PHASE", "STAGE", "UPDATED", ...clusters];
  const rows = accessPoints.map(({ metadata, status }) => [
    `${metadata.namespace}/${metadata.name}`,
    status?.rollout?.phase ?? "",
    status?.rollout?.stage ?? "",
    status?.updated ?? "",
    ...clusters.map((name) =>
      cell(
        status?.clusters?.find((cluster) => cluster.name === name),
        status?.updateRevision,
      ),
    ),
  ]);
  const widths = header.map((title, column) =>
    Math.max(title.length, MIN_WIDTHS[column] ?? 0, ...rows.map((row) => row[column]!.length)),
  );
  return [header, ...rows].map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
}

/** What a name leads to, a line a record set. */
export const renderRecords = ({ spec, status }: NameService): readonly string[] =>
  (status?.records ?? []).map(
    ({ type, setIdentifier, values, ttl }) =>
      `  ${spec.fqdn} ${ttl} ${type} ${values.join(", ")}${setIdentifier ? ` (${spec.policy} ${setIdentifier})` : ""}`,
  );

/** What the clusters of one AccessPoint offer: addresses, host names, routes. */
export function renderGateways({ status }: AccessPoint): readonly string[] {
  const rows = (status?.clusters ?? []).flatMap(({ name, gateways = [], routes }) =>
    gateways.map(
      (gateway) =>
        `  ${name}: VIP ${gateway.vips.join(", ") || "pending"}, host ${gateway.fqdns.join(", ")}, routes ${routes?.state ?? "Unknown"}`,
    ),
  );
  return rows;
}

export interface Screen {
  /** Shows the table, in the place of the one before it on a terminal; elsewhere only when it changed. */
  table(lines: readonly string[]): void;
  say(...lines: readonly string[]): void;
}

/** Draws on a terminal, or writes lines where there is none. */
export function createScreen(output: NodeJS.WriteStream): Screen {
  let shown: readonly string[] = [];
  return {
    table(lines) {
      if (lines.join("\n") === shown.join("\n")) return;
      if (output.isTTY && shown.length > 0) output.write(`\u001b[${shown.length}A\u001b[0J`);
      // Without a terminal the heading is written once, and then only rows that changed.
      const fresh = output.isTTY || shown.length === 0 ? lines : lines.filter((line) => !shown.includes(line));
      output.write(`${fresh.join("\n")}\n`);
      shown = lines;
    },
    say(...lines) {
      output.write(`${lines.join("\n")}\n`);
      if (output.isTTY) shown = [];
    },
  };
}
