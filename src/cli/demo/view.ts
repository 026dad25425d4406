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

/** Room for the longest phase, for common stages and what comes later, so that columns stay where they are. */
const MIN_WIDTHS = [20, 16, 8, 7, 11, 13, 6];

/** A table of the fleet: a row an AccessPoint, a column a cluster. */
export function renderTable(accessPoints: readonly AccessPoint[], clusters: readonly string[]): readonly string[] {
  const header = ["ACCESSPOINT", "PHASE", "STAGE", "UPDATED", "VIP", "CERTIFICATE", "ROUTES", ...clusters];
  const rows = accessPoints.map(({ metadata, status }) => [
    `${metadata.namespace}/${metadata.name}`,
    status?.rollout?.phase ?? "",
    status?.rollout?.stage ?? "",
    status?.updated ?? "",
    status?.vip ?? "-",
    certificateOf(status?.certificates ?? []),
    status?.routes ?? "-",
    ...clusters.map((name) =>
      cell(
        status?.clusters?.find((cluster) => cluster.name === name),
        status?.updateRevision,
      ),
    ),
  ]);
  return table(header, rows, MIN_WIDTHS);
}

/** What the clusters of one AccessPoint offer: addresses, host names, certificates, routes. */
export function renderGateways({ status }: AccessPoint): readonly string[] {
  const rows = (status?.clusters ?? []).flatMap(({ name, gateways = [], certificates = [], routes }) =>
    gateways.map((gateway) => [
      name,
      gateway.vips.join(", ") || "-",
      gateway.fqdns.join(", ") || "-",
      gateway.state,
      certificateOf(certificates),
      routes?.state ?? "-",
    ]),
  );
  return table(["CLUSTER", "VIP", "HOST", "GATEWAY", "CERTIFICATE", "ROUTES"], rows).map((row) => `  ${row}`);
}

/** What a name leads to, a line a record set. */
export const renderRecords = ({ spec, status }: NameService): readonly string[] =>
  (status?.records ?? []).map(
    ({ type, setIdentifier, values, ttl }) =>
      `  ${spec.fqdn} ${ttl} ${type} ${values.join(", ")}${setIdentifier ? ` (${spec.policy} ${setIdentifier})` : ""}`,
  );

/** Until when the certificates are good, or what is wrong with the first that is not. */
function certificateOf(certificates: readonly { readonly state: string; readonly notAfter?: string | undefined }[]): string {
  const bad = certificates.find(({ state }) => state !== "Ready");
  if (bad) return bad.state;
  const [first] = certificates.flatMap(({ notAfter }) => notAfter ?? []).sort();
  return first ? `to ${first.slice(0, 10)}` : "-";
}

function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  minWidths: readonly number[] = [],
): readonly string[] {
  const widths = header.map((title, column) =>
    Math.max(title.length, minWidths[column] ?? 0, ...rows.map((row) => row[column]!.length)),
  );
  return [header, ...rows].map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
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
