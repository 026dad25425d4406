import { describe, expect, it } from "vitest";
import type { GateStatus, MetricGate, RolloutStatus } from "../../src/api/accesspoint.ts";
import { checkGates } from "../../src/domain/preflight/gates.ts";
import { describeCheck, jobsLeft, nextAttempt, takeIn } from "../../src/domain/rollout/checks.ts";
import { judgeMeasurement } from "../../src/domain/rollout/measure.ts";
import type { CheckAnswer } from "../../src/domain/rollout/model.ts";
import { namesCluster, queryFor } from "../../src/domain/rollout/query.ts";

const at = (seconds: number): Date => new Date(Date.parse("2026-01-01T00:00:00Z") + seconds * 1000);
const metricOf = (parts: Partial<MetricGate> = {}): MetricGate => ({
  address: "https://prometheus.example.com",
  query: "errors",
  success: { operator: "LessThan", value: 1 },
  interval: "30s",
  count: 1,
  failureLimit: 0,
  timeout: "10m",
  ...parts,
});
const open = (parts: Partial<GateStatus>): GateStatus => ({
  type: "Webhook",
  when: "After",
  state: "Waiting",
  since: at(0).toISOString(),
  deadline: at(600).toISOString(),
  ...parts,
});
const webhook = (parts: Partial<GateStatus> = {}) => open({ webhook: { url: "https://ci.example.com", timeout: "10m" }, ...parts });
const job = (parts: Partial<GateStatus> = {}, runIn: "Hub" | "Clusters" = "Clusters") =>
  open({ type: "Job", job: { template: { spec: {} }, runIn, timeout: "30m", ttl: "1h" }, ...parts });
const metric = (settings: Partial<MetricGate>, parts: Partial<GateStatus> = {}) =>
  open({ type: "Metric", metric: metricOf(settings), ...parts });

/** The gate after answers, a minute apart. */
function after(gate: GateStatus, ...answers: readonly Partial<CheckAnswer>[]): GateStatus {
  return answers.reduce<GateStatus>((gate, answer, index) => {
    const now = at((index + 1) * 60);
    return takeIn(
      gate,
      "id",
      [{ id: "id", attempt: (gate.attempts ?? 0) + 1, at: now, message: "said", outcome: "Error", ...answer }],
      now,
    );
  }, gate);
}
const numbers = (...values: readonly number[]): Partial<CheckAnswer> => ({
  outcome: "Measured",
  values: values.map((value) => ({ value })),
});

describe("an answer to a check", () => {
  it.each<[string, GateStatus, object]>([
    ["yes passes", after(webhook(), { outcome: "Success" }), { state: "Passed", attempts: 1, successes: 1, message: "said" }],
    ["no fails", after(webhook(), { outcome: "Failure" }), { state: "Failed", failures: 1 }],
    ["none is asked for again", after(webhook(), {}), { state: "Waiting", attempts: 1, nextAttemptAt: at(61).toISOString() }],
    ["with growing pauses", after(webhook(), {}, {}, {}), { attempts: 3, nextAttemptAt: at(184).toISOString() }],
    ["or later, when that is asked for", after(webhook(), { retryAfterMs: 30_000 }), { nextAttemptAt: at(90).toISOString() }],
    ["but no sooner", after(webhook(), { retryAfterMs: 10 }), { nextAttemptAt: at(61).toISOString() }],
    [
      "not even then after its time",
      after(webhook({ deadline: at(70).toISOString() }), { retryAfterMs: 3_600_000 }),
      { nextAttemptAt: at(70).toISOString() },
    ],
    [
      "but never after its time",
      after(webhook({ deadline: at(60.5).toISOString() }), {}),
      { nextAttemptAt: at(60.5).toISOString() },
    ],
    [
      "and not beyond it",
      after(webhook({ deadline: at(60).toISOString() }), {}),
      { state: "Failed", message: "it has not passed within 10m; at last: said" },
    ],
    [
      "yes passes though time is over",
      after(webhook({ deadline: at(5).toISOString() }), { outcome: "Success" }),
      { state: "Passed" },
    ],
    ["another's answer is none", takeIn(webhook(), "another", [answer(1)], at(1)), webhook()],
    ["an earlier one's is none", takeIn(webhook({ attempts: 1 }), "id", [answer(1)], at(1)), webhook({ attempts: 1 })],
    ["what has passed stays", takeIn(webhook({ state: "Passed" }), "id", [answer(1)], at(1)), webhook({ state: "Passed" })],
    ["one success of two is not enough", after(metric({ count: 2 }), numbers(0)), { state: "Waiting", successes: 1 }],
    [
      "two are",
      after(metric({ count: 2 }), numbers(0), numbers(Number.NaN), numbers(0)),
      { state: "Passed", successes: 2, attempts: 3 },
    ],
    ["a failure that may be", after(metric({ failureLimit: 1 }), numbers(9)), { state: "Waiting", failures: 1 }],
    [
      "one more",
      after(metric({ failureLimit: 1 }), numbers(9), numbers(9)),
      { state: "Failed", message: "2 failures: 9; to succeed < 1" },
    ],
    ["a metric is measured at its interval", after(metric({}), {}), { nextAttemptAt: at(90).toISOString() }],
  ])("%s", (_, gate, expected) => expect(gate).toMatchObject(expected));

  it("keeps the last three, and of a decided gate the last", () => {
    const waiting = after(metric({ count: 5 }), numbers(0), numbers(0.1), numbers(0.2), numbers(0.3));
    expect(waiting.results?.map(({ values }) => values?.[0]?.value)).toEqual(["0.1", "0.2", "0.3"]);
    expect(after(webhook(), {}, {}, { outcome: "Success" }).results).toHaveLength(1);
  });

  it("is waited for no longer than the pause, whatever becomes of the clock", () => {
    const gate = after(webhook(), {});
    expect(nextAttempt(gate, at(60.5))).toEqual(at(61));
    expect(nextAttempt(gate, at(61))).toBeUndefined();
    expect(nextAttempt(gate, at(-3600))).toBeUndefined();
    const patient = after(webhook(), { retryAfterMs: 300_000 });
    expect([60, 359, 360, 59].map((seconds) => nextAttempt(patient, at(seconds)))).toEqual([
      at(360),
      at(360),
      undefined,
      undefined,
    ]);
  });

  it("that is not there yet says how it is doing, and counts for nothing", () => {
    const runs = after(job(), { outcome: "Running", message: "it runs" });
    expect(runs).toEqual({ ...job(), message: "it runs" });
    expect(describeCheck(runs)).toBe("the Job (it runs)");
    const cannot = after(runs, { message: "it cannot be reached" });
    expect(cannot).toMatchObject({ attempts: 1, results: [{ message: "it cannot be reached" }] });
    expect(cannot).not.toHaveProperty("message");
    const again = after(cannot, { outcome: "Running", message: "it runs again" });
    expect(describeCheck(again)).toBe("the Job (it runs again)");
    expect(after(again, { outcome: "Success" })).toMatchObject({ state: "Passed", attempts: 2, message: "said" });
  });

  function answer(attempt: number): CheckAnswer {
    return { id: "id", attempt, at: at(1), message: "", outcome: "Failure" };
  }
});

describe("Jobs that are of no use any more", () => {
  const run = (gates: readonly GateStatus[], parts: Partial<RolloutStatus> = {}): RolloutStatus => ({
    phase: "Waiting",
    plan: "plan-1",
    startedAt: at(0).toISOString(),
    stages: [
      {
        name: "canary",
        phase: "Waiting",
        clusters: ["lvs-1", "lvs-2"],
        maxConcurrency: 1,
        maxFailures: 0,
        progressDeadline: "10m",
        gates: [...gates],
      },
    ],
    ...parts,
  });
  const failed = { reason: "Aborted", message: "" } as const;
  it.each<[string, RolloutStatus | undefined, RolloutStatus | undefined, readonly string[]]>([
    ["none while the gate is open", run([job()]), run([job({ message: "it runs" })]), []],
    ["none while its clusters are not verified", run([job()]), run([job()], { phase: "Progressing" }), []],
    ["those of a gate that has passed", run([job()]), run([job({ state: "Passed" })]), ["lvs-1", "lvs-2"]],
    ["those of a gate that has failed", run([job()]), run([job({ state: "Failed" })]), ["lvs-1", "lvs-2"]],
    ["those of another run", run([job()]), run([job()], { plan: "plan-2" }), ["lvs-1", "lvs-2"]],
    ["those of a run that ended", run([job()]), run([job()], { failure: failed }), ["lvs-1", "lvs-2"]],
    ["those of a gate that is opened anew", run([job()]), run([job({ since: at(9).toISOString() })]), ["lvs-1", "lvs-2"]],
    ["the one on the hub", run([job({}, "Hub")]), undefined, [""]],
    ["none of a gate that is not open", run([job({ state: "Pending" }), job({ state: "Passed" }), webhook()]), undefined, []],
    ["none before the first run", undefined, run([job()]), []],
    ["none of a run that had ended", run([job()], { failure: failed }), undefined, []],
  ])("%s", (_, before, after, clusters) => {
    expect(jobsLeft(before, after).map(({ cluster }) => cluster)).toEqual(clusters);
  });

  it("are told apart by their gates", () => {
    const left = jobsLeft(run([job(), job()]), run([job({ state: "Failed" }), job()]));
    expect(left).toEqual(
      ["lvs-1", "lvs-2"].map((cluster) => ({ id: expect.stringMatching(/ canary 0 /), stage: "canary", cluster })),
    );
  });
});

describe("a measurement", () => {
  const both = metricOf({ failure: { operator: "GreaterThan", value: 2 } });
  it.each<[string, MetricGate, readonly { cluster?: string; value?: number; message?: string }[], string, string]>([
    ["below", metricOf(), [{ value: 0.5 }], "Success", "0.5; to succeed < 1"],
    ["at the threshold", metricOf(), [{ value: 1 }], "Failure", "1; to succeed < 1"],
    ["between the two", both, [{ value: 1.5 }], "Inconclusive", "1.5; to succeed < 1, to fail > 2"],
    ["beyond both", both, [{ value: Number.POSITIVE_INFINITY }], "Failure", "Infinity; to succeed < 1, to fail > 2"],
    ["NaN", metricOf(), [{ value: Number.NaN }], "Inconclusive", "NaN; to succeed < 1"],
    ["nothing", metricOf(), [{ message: "no data" }], "Inconclusive", "no data; to succeed < 1"],
    ["no cluster", metricOf(), [], "Success", "no cluster is left to be measured"],
    [
      "the worst of several",
      both,
      [
        { cluster: "a", value: 0 },
        { cluster: "b", message: "no data" },
        { cluster: "c", value: 3 },
      ],
      "Failure",
      "c: 3; to succeed < 1, to fail > 2",
    ],
    [
      "nothing is worse than good",
      both,
      [{ cluster: "a", value: 0 }, { cluster: "b" }],
      "Inconclusive",
      "b: no value; to succeed < 1, to fail > 2",
    ],
  ])("%s", (_, gate, values, outcome, message) => expect(judgeMeasurement(gate, values)).toMatchObject({ outcome, message }));

  it.each<[MetricGate["success"]["operator"], readonly boolean[]]>([
    ["LessThan", [true, false, false]],
    ["LessOrEqual", [true, true, false]],
    ["GreaterThan", [false, false, true]],
    ["GreaterOrEqual", [false, true, true]],
    ["Equal", [false, true, false]],
    ["NotEqual", [true, false, true]],
  ])("%s 1 of 0, 1, 2", (operator, expected) => {
    const gate = metricOf({ success: { operator, value: 1 } });
    expect([0, 1, 2].map((value) => judgeMeasurement(gate, [{ value }]).outcome === "Success")).toEqual(expected);
  });

  it("shows five values, the worst first", () => {
    const values = [0, 0, 0, 0, 0, 7].map((value, index) => ({ cluster: `c${index}`, value }));
    expect(judgeMeasurement(metricOf(), values).values?.map(({ value }) => value)).toEqual(["7", "0", "0", "0", "0"]);
  });
});

describe("a query", () => {
  const facts = { stage: "canary", revision: "checkout-1", name: "checkout", namespace: "shop" };
  const member = {
    name: "lvs-1",
    zone: "lvs",
    role: "Primary" as const,
    labels: { env: "prod" },
    unschedulable: false,
    detaching: false,
  };
  it("names what it is about", () => {
    const query = 'x{a="${accesspoint.namespace}/${accesspoint.name}",s="${stage}",r="${revision}"}';
    expect(queryFor(query, facts)).toBe('x{a="shop/checkout",s="canary",r="checkout-1"}');
    expect(namesCluster(query)).toBe(false);
  });
  it("names the cluster", () => {
    const query = 'x{c="${cluster.name}",e="${cluster.labels[\'env\']}",l="$${cluster.name}"}';
    expect(namesCluster(query)).toBe(true);
    expect(queryFor(query, facts, member)).toBe('x{c="lvs-1",e="prod",l="${cluster.name}"}');
    expect(namesCluster("$${cluster.name}")).toBe(false);
    expect(queryFor("$${cluster.name}", facts)).toBe("${cluster.name}");
  });
});

describe("gates that are refused", () => {
  const rollout = (after: readonly object[]) =>
    ({ stages: [{ name: "canary", after }] }) as unknown as Parameters<typeof checkGates>[0];
  const jobOf = (spec: object) => ({ type: "Job", job: { template: { spec } } });
  const running = { template: { spec: { containers: [{ name: "a" }] } } };
  it.each<[string, object, string | undefined]>([
    ["a query that names what there is", { type: "Metric", metric: metricOf({ query: "${stage} ${cluster.region}" }) }, undefined],
    [
      "a query that names something else",
      { type: "Metric", metric: metricOf({ query: "up ${region}" }) },
      "${region}: there is ${stage}",
    ],
    ["a Job that runs something", jobOf(running), undefined],
    ["a Job without containers", jobOf({ template: { spec: { containers: [] } } }), "at least one container"],
    ["a Job that is no Job", jobOf({ template: "smoke" }), "at least one container"],
    ["a Job that is too long", jobOf({ ...running, note: "x".repeat(65_536) }), "the gates are 65 KiB in all"],
  ])("%s", (_, gate, message) => {
    const findings = checkGates(rollout([gate]));
    expect(findings.map(({ reason }) => reason)).toEqual(message ? ["InvalidGate"] : []);
    if (message) expect(findings[0]!.message).toContain(message);
  });

  it("before a removal, where nobody asks them", () => {
    const beforeRemoval = [{ type: "Approval" }, { type: "Webhook", webhook: { url: "https://ci.example.com" } }];
    expect(checkGates({ beforeRemoval } as unknown as Parameters<typeof checkGates>[0])).toEqual([
      {
        reason: "InvalidGate",
        field: "spec.rollout.beforeRemoval[1]",
        message: "a Webhook cannot stand before a removal; use Approval or Wait there, and a Webhook before or after a stage",
      },
    ]);
  });
});
