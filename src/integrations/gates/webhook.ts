import { API_VERSION } from "../../api/kinds.ts";
import { digest } from "../../domain/digest.ts";
import { retryAfterMs } from "../../kube/answer.ts";
import type { Answer, Means, Question } from "./ask.ts";
import { headersOf } from "./headers.ts";
import { call } from "./http.ts";

/** What is shown of an answer's body. Characters. */
const EXCERPT = 200;

/** Of 4xx, those that say when, and not what: too late, too early, too often. */
const NOT_NOW: readonly number[] = [408, 425, 429];

/** Posts the question: 2xx is yes, 4xx is no, everything else is no answer. */
export async function askWebhook({ accessPoint, check }: Question, { hub, hosts, now, signal }: Means): Promise<Answer> {
  const { url, caBundle, ...webhook } = check.gate.webhook!;
  const headers = await headersOf(webhook, url, { client: hub, namespace: accessPoint.metadata.namespace ?? "", signal });
  const body = JSON.stringify(reviewOf({ accessPoint, check }));
  const { status, text, retryAfter } = await call(
    { url, method: "POST", body, headers, ...(caBundle ? { caBundle } : {}) },
    hosts,
    signal,
  );
  const said = excerpt(text);
  const message = `it answered ${status}${said ? `: ${said}` : ""}`;
  if (status >= 200 && status < 300) return { outcome: "Success", message };
  if (status >= 300 && status < 400) return { outcome: "Error", message: `it answered ${status}, and redirects are not followed` };
  if (status < 500 && !NOT_NOW.includes(status)) return { outcome: "Failure", message };
  const askedMs = retryAfterMs(retryAfter, now.getTime());
  return { outcome: "Error", message, ...(askedMs === undefined ? {} : { retryAfterMs: askedMs }) };
}

/** The question, as docs/gates.md describes it. */
export function reviewOf({ accessPoint: { metadata, status }, check }: Question): object {
  const { name, namespace, uid } = metadata;
  const { rollout, clusters = [] } = status;
  const known = new Map(clusters.map((cluster) => [cluster.name, cluster]));
  return {
    apiVersion: API_VERSION,
    kind: "GateReview",
    id: digest([uid, check.id], 32),
    attempt: check.attempt,
    deadline: check.deadline.toISOString(),
    accessPoint: { namespace, name, uid },
    revision: status.updateRevision,
    currentRevision: status.currentRevision,
    plan: rollout?.plan,
    stage: check.stage,
    gate: check.gate.when,
    clusters: check.clusters.map(({ name, zone, region }) => ({
      name,
      zone,
      region,
      gateways: (known.get(name)?.gateways ?? []).map(({ name, vips, fqdns }) => ({ name, vips, fqdns })),
    })),
    diff: (rollout?.diff ?? []).filter(({ stage }) => stage === check.stage),
  };
}

/** One line without control characters. */
const excerpt = (text: string): string => {
  const line = text.replaceAll(/[\p{C}\s]+/gu, " ").trim();
  return line.length <= EXCERPT ? line : `${line.slice(0, EXCERPT - 1)}…`;
};
