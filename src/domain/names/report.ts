import { NAME_SERVICE_CONDITIONS, type NameServiceConditionType, type NameServiceReason } from "../../api/conditions.ts";
import type { AnswerStatus, NameService, NameServiceStatus, RecordStatus } from "../../api/nameservice.ts";
import { type Judged, updateConditions } from "../conditions.ts";
import { canonicalJson } from "../digest.ts";
import { describeFindings, type Finding } from "../finding.ts";
import type { Decision, Publication } from "./decide.ts";
import type { Outcome } from "./outcome.ts";

/** Entries of status.targets; the object stays far below what etcd takes. */
const MAX_TARGETS = 500;
/** Values in the printer column. */
const MAX_SUMMARY = 3;

/** Status of a NameService after a pass. */
export function report(
  { metadata, status: before }: NameService,
  decision: Decision,
  outcome: Outcome,
  answer: AnswerStatus | undefined,
  now: Date,
): NameServiceStatus {
  const { generation } = metadata;
  const judged = [accepted(decision), resolved(decision), published(decision, outcome, answer)];
  const common = {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    conditions: updateConditions(before?.conditions, judged, generation, now),
  };
  if (decision.action === "Refuse") return { ...before, ...common };
  if (decision.action !== "Publish") return common;
  const { records, targets } = decision;
  const stands = outcome.state === "Stands";
  const news = (stands && outcome.written) || canonicalJson(records) !== canonicalJson(before?.records ?? []);
  const requestedAt = !stands ? undefined : news ? now.toISOString() : before?.requestedAt;
  return {
    ...common,
    ...(records.length > 0 ? { records: [...records], summary: summaryOf(records) } : {}),
    targets: targets.slice(0, MAX_TARGETS),
    ...(targets.length > MAX_TARGETS ? { omittedTargets: targets.length - MAX_TARGETS } : {}),
    ...(stands ? { dnsEndpoint: metadata.name } : {}),
    ...(requestedAt ? { requestedAt } : {}),
    ...(answer ? { answer } : {}),
  };
}

export function summaryOf(records: readonly RecordStatus[]): string {
  const values = [...new Set(records.flatMap(({ values }) => values))];
  const more = values.length - MAX_SUMMARY;
  return values.slice(0, MAX_SUMMARY).join(",") + (more > 0 ? ` +${more}` : "");
}

const condition = <T extends NameServiceConditionType>(
  type: T,
  status: "True" | "False" | "Unknown",
  reason: NameServiceReason<T>,
  message: string,
): Judged => ({ type, status, reason, message });

function accepted(decision: Decision): Judged {
  switch (decision.action) {
    case "Refuse":
      return condition("Accepted", "False", "InvalidSpec", describeFindings(decision.findings));
    case "Withdraw":
      return condition(
        "Accepted",
        "False",
        "FqdnTaken",
        `NameService ${decision.holder.key} is older and names the same FQDN; nothing is published for this one: delete one of the two, or rename it`,
      );
    case "Forbid":
      return condition(
        "Accepted",
        "False",
        "FqdnNotAllowed",
        `the platform lets this namespace have names of ${decision.domains.join(", ") || "no domain"} (--fqdn-namespaces); nothing is published: choose one of them, or ask the platform team`,
      );
    case "Publish": {
      const { rivals, warnings } = decision;
      const warned = describeFindings(warnings);
      if (rivals.length === 0)
        return warned
          ? condition("Accepted", "True", "ValidWithWarnings", warned)
          : condition("Accepted", "True", "Valid", "the specification is valid, and nobody else names the FQDN");
      const others = rivals.slice(0, 5).map(({ key }) => `NameService ${key}`);
      const contested = `${others.join(", ")} names the same FQDN; this one is older and keeps it`;
      return condition("Accepted", "True", "Contested", warned ? `${contested}; ${warned}` : contested);
    }
  }
}

/** The worst first, as conditions.ts lists them. */
const SEVERITY = Object.keys(NAME_SERVICE_CONDITIONS.Resolved.reasons);

function resolved(decision: Decision): Judged {
  if (decision.action !== "Publish") return condition("Resolved", "Unknown", "NotAccepted", "see Accepted");
  const { findings, held, records, targets } = decision;
  const why = describeFindings(findings);
  if (held)
    return records.length > 0
      ? condition("Resolved", "False", "Held", `nothing is ready, the last known records stay; ${why}`)
      : condition("Resolved", "False", "NoAddress", `nothing is ready yet; ${why}`);
  const answered = targets.filter(({ state }) => state === "Answered").length;
  const summary = `${answered} of ${targets.length} answered`;
  const worst = worstOf(findings);
  return worst
    ? condition("Resolved", "False", worst.reason as NameServiceReason<"Resolved">, `${summary}; ${why}`)
    : condition("Resolved", "True", "AllAnswered", summary);
}

const worstOf = (findings: readonly Finding[]): Finding | undefined =>
  findings.toSorted((a, b) => SEVERITY.indexOf(a.reason) - SEVERITY.indexOf(b.reason))[0];

function published(decision: Decision, outcome: Outcome, answer: AnswerStatus | undefined): Judged {
  if (decision.action !== "Publish") {
    const message =
      decision.action === "Refuse" ? "what was published before stays; see Accepted" : "nothing is published; see Accepted";
    return condition("Published", "False", "NotAccepted", message);
  }
  switch (outcome.state) {
    case "Nothing":
      return condition("Published", "False", "NothingToPublish", "there are no records");
    case "Stands":
      return standing(decision, outcome, answer);
    default:
      return condition("Published", "False", outcome.state, outcome.message);
  }
}

function standing({ unsupported }: Publication, { read }: Outcome & { state: "Stands" }, answer: AnswerStatus | undefined): Judged {
  const also = unsupported ? `; ${unsupported}` : "";
  if (!read)
    return condition("Published", "False", "Requested", `the DNSEndpoint was written; external-dns has not read it yet${also}`);
  if (answer?.state === "Silent")
    return condition(
      "Published",
      "Unknown",
      "ResolverSilent",
      `external-dns has read the records; ${answer.server}: ${answer.message}${also}`,
    );
  if (answer?.state === "Differs") {
    const given = answer.values?.join(", ") || "nothing";
    return condition(
      "Published",
      "False",
      "AnswerDiffers",
      `external-dns has read the records; ${answer.server} answers ${given}${also}`,
    );
  }
  const done = !answer
    ? "external-dns has read the records"
    : answer.state === "Alias"
      ? `external-dns has read the records; ${answer.server} answers addresses in place of the CNAME, as an alias does`
      : `${answer.server} answers the records`;
  if (unsupported) return condition("Published", "True", "PolicyNotSupported", `${done}; ${unsupported}`);
  return condition("Published", "True", answer ? "Answered" : "Read", done);
}
