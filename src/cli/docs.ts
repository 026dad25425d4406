import {
  ACCESS_POINT_CONDITIONS,
  CERTIFICATE_REASONS,
  GATEWAY_REASONS,
  MEMBER_CLUSTER_CONDITIONS,
  NAME_SERVICE_CONDITIONS,
  ROLLOUT_APPROVAL_CONDITIONS,
} from "../api/conditions.ts";

type Conditions = Readonly<Record<string, { readonly meaning: string; readonly reasons: Readonly<Record<string, string>> }>>;

const table = (reasons: Readonly<Record<string, string>>): string =>
  ["| reason | meaning |", "|---|---|", ...Object.entries(reasons).map(([reason, text]) => `| \`${reason}\` | ${text} |`)].join(
    "\n",
  );

const section = (kind: string, conditions: Conditions): string => {
  const parts = Object.entries(conditions).map(([type, { meaning, reasons }]) =>
    [`### ${type}`, "", meaning, "", table(reasons)].join("\n"),
  );
  return [`## ${kind}`, ...parts].join("\n\n");
};

/** docs/conditions.md: every condition and reason that the controller writes. */
export const conditionsDocument = (): string =>
  `${[
    "# Conditions and reasons",
    "Made from `src/api/conditions.ts` by `npm run docs`. Each condition carries the generation that it was judged from; `kubectl wait --for=condition=…` looks at it.",
    section("AccessPoint", ACCESS_POINT_CONDITIONS),
    section("MemberCluster", MEMBER_CLUSTER_CONDITIONS),
    section("RolloutApproval", ROLLOUT_APPROVAL_CONDITIONS),
    section("NameService", NAME_SERVICE_CONDITIONS),
    ["## Gateways", "Why a Gateway is in its state (`status.clusters[].gateways[].reason`).", table(GATEWAY_REASONS)].join("\n\n"),
    [
      "## Certificates",
      "Why a certificate is in its state (`status.clusters[].certificates[].reason`).",
      table(CERTIFICATE_REASONS),
    ].join("\n\n"),
  ].join("\n\n")}\n`;
