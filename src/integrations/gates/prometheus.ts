import PQueue from "p-queue";
import { z } from "zod";
import { namesCluster, queryFor } from "../../domain/rollout/query.ts";
import type { Answer, Means, Question } from "./ask.ts";
import { headersOf } from "./headers.ts";
import { call, NoAnswerError } from "./http.ts";

const sample = z.tuple([z.number(), z.string()]);

/** What is read of an answer of /api/v1/query. */
const queryAnswer = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("success"),
    data: z.discriminatedUnion("resultType", [
      z.object({ resultType: z.literal("scalar"), result: sample }),
      z.object({ resultType: z.literal("vector"), result: z.array(z.object({ value: sample })) }),
    ]),
  }),
  z.object({ status: z.literal("error"), errorType: z.string().optional(), error: z.string() }),
]);

/** Clusters that are measured at once. */
const AT_ONCE = 8;

type Value = { readonly value: number } | { readonly message: string };

/** Measures once: for each cluster of the stage when the query names it. */
export async function askPrometheus({ accessPoint, check }: Question, { hub, hosts, signal }: Means): Promise<Answer> {
  const { address, query, caBundle, ...metric } = check.gate.metric!;
  const { namespace = "", name } = accessPoint.metadata;
  const headers = await headersOf(metric, address, { client: hub, namespace, signal });
  const facts = { stage: check.stage, revision: accessPoint.status.updateRevision ?? "", name, namespace };

  const measure = async (text: string): Promise<Value> => {
    const url = new URL(address);
    url.pathname = `${url.pathname.replace(/\/$/, "")}/api/v1/query`;
    url.searchParams.set("query", text);
    const answer = await call({ url: url.href, method: "GET", headers, ...(caBundle ? { caBundle } : {}) }, hosts, signal);
    return read(answer.status, answer.text);
  };
  if (!namesCluster(query)) return { outcome: "Measured", message: "measured", values: [await measure(queryFor(query, facts))] };
  const lanes = new PQueue({ concurrency: AT_ONCE });
  try {
    const values = await lanes.addAll(
      check.clusters.map((member) => async () => ({ cluster: member.name, ...(await measure(queryFor(query, facts, member))) })),
    );
    return { outcome: "Measured", message: "measured", values };
  } finally {
    // Without one of them there is no measurement: the others need not be begun.
    lanes.clear();
  }
}

/**
 * The number that an answer comes to, or why it comes to none.
 *
 * @throws NoAnswerError when it is no answer to a query.
 */
function read(status: number, text: string): Value {
  const parsed = queryAnswer.safeParse(json(text));
  if (!parsed.success) throw new NoAnswerError(`status ${status}, and what came is no answer of Prometheus' HTTP API`);
  if (parsed.data.status === "error") throw new NoAnswerError(`the query failed: ${parsed.data.error}`);
  const { resultType, result } = parsed.data.data;
  if (resultType === "scalar") return { value: numberOf(result[1]) };
  if (result.length === 1) return { value: numberOf(result[0]!.value[1]) };
  return {
    message: result.length === 0 ? "no data" : `${result.length} series; sum, max or another aggregation makes one of them`,
  };
}

/** As Prometheus writes numbers: "NaN", "+Inf" and "-Inf" among them. */
const numberOf = (text: string): number => Number(text.replace(/Inf$/, "Infinity"));

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
