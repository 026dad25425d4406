import { z } from "zod";
import { duration } from "../../meta.ts";
import { outgoing, timeout, url } from "./outgoing.ts";

const threshold = () =>
  z.strictObject({
    operator: z
      .enum(["LessThan", "LessOrEqual", "GreaterThan", "GreaterOrEqual", "Equal", "NotEqual"])
      .describe("How the measured number must relate to the value."),
    value: z.number().describe("What it is compared with."),
  });

export const metric = z
  .strictObject({
    address: url().describe(
      "Base URL of a server with Prometheus' HTTP API, in front of /api/v1/query; which hosts may be called is the platform's to say (--gate-hosts).",
    ),
    query: z
      .string()
      .min(1)
      .max(4096)
      .describe(
        "PromQL that comes to one number. May name ${stage}, ${revision}, ${accesspoint.name}, ${accesspoint.namespace}, ${cluster.name}, ${cluster.zone}, ${cluster.region} and ${cluster.labels['key']}; one that names the cluster is asked for each cluster of the stage.",
      ),
    success: threshold().describe("When a measurement succeeds; for a query of each cluster, in all of them."),
    failure: threshold()
      .optional()
      .describe("When a measurement fails; between the two it says nothing. Default: whenever it is a number and no success."),
    interval: duration().default("1m").describe("Time between two measurements, at least 1s."),
    count: z.int().min(1).max(100).default(1).describe("How many measurements must succeed."),
    failureLimit: z.int().min(0).max(100).default(0).describe("How many measurements may fail."),
    timeout: timeout("1h"),
    ...outgoing,
  })
  .describe("Measures: passes after count successes, fails after more than failureLimit failures.");

/** Rules for the API server, where a gate is written; not in status, whose lists have no bounds. */
export const METRIC_RULES = [
  {
    rule: "!has(self.metric) || !has(self.metric.interval) || duration(self.metric.interval) >= duration('1s')",
    message: "metric.interval is at least 1s",
  },
  {
    rule: "!has(self.metric) || !has(self.metric.interval) || !has(self.metric.count) || !has(self.metric.timeout) || duration(self.metric.interval).getSeconds() * (self.metric.count - 1) <= duration(self.metric.timeout).getSeconds()",
    message: "metric.timeout is too short for metric.count measurements at metric.interval",
  },
] as const;

export type MetricGate = z.output<typeof metric>;
export type Threshold = MetricGate["success"];
