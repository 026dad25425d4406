import { expect } from "vitest";
import { ACCESS_POINTS, JOBS } from "../../src/api/kinds.ts";
import { gone, memberNames, type TestFleet } from "../support/fleet.ts";
import type { PrometheusServer, WebhookServer } from "../support/gate-servers.ts";
import { endJob } from "../support/jobs.ts";
import { eventually, type Patience } from "../support/wait.ts";
import { memberIs, type Scene } from "./scene.ts";

/** What a play has at hand. */
export interface Props {
  readonly scene: Scene;
  readonly fleet: TestFleet;
  readonly webhook: WebhookServer;
  readonly prometheus: PrometheusServer;
  /** How long each step may take. */
  readonly patience: Patience;
}

/** A story of a rollout: what people do, and what has to come of it, whatever becomes of the controller meanwhile. */
export type Play = (props: Props) => Promise<void>;

const APPROVAL = { type: "Approval" };
const refusedBy = (cluster: string) => [
  {
    name: "refused",
    clusters: [cluster],
    target: { kind: "Service", name: "checkout" },
    mergePatch: { spec: { sessionAffinity: "Sometimes" } },
  },
];
const canaryAndRest = (rest: object = {}, after: readonly object[] = [APPROVAL]) => [
  { name: "canary", clusters: ["lvs-1"], after },
  { name: "rest", ...rest },
];

/** Rolled out everywhere with a share of 10. */
async function live({ scene, patience }: Props, rollout: object = {}): Promise<void> {
  await scene.apply({ weight: 10, rollout: { stages: [{ name: "all", maxConcurrency: "100%" }], ...rollout } });
  await completed({ scene, patience });
}

const completed = ({ scene, patience }: Pick<Props, "scene" | "patience">) =>
  scene.until("RolloutCompleted", { reason: "Completed" }, "checkout", patience);
const failed = ({ scene, patience }: Props, reason: string) =>
  scene.until("RolloutCompleted", { status: "False", reason }, "checkout", patience);
const awaited = ({ scene, patience }: Props) => scene.until("AwaitingApproval", {}, "checkout", patience);

/** Shares of v2 in lvs-1, lvs-2 and slc-1. */
async function weigh({ scene, patience }: Props, ...expected: readonly (number | undefined)[]): Promise<void> {
  await eventually(
    `shares are ${expected.join(", ")}`,
    async () => {
      const weights = await scene.weights();
      expect(memberNames.map((name) => weights[name])).toEqual(expected);
    },
    patience,
  );
}

/** Live, and another share in the canary, awaiting its approval. */
async function canary(props: Props, options: Parameters<Scene["apply"]>[0] = {}): Promise<string> {
  await live(props);
  await props.scene.apply({ weight: 20, rollout: { stages: canaryAndRest() }, ...options });
  await awaited(props);
  await weigh(props, 20, 10, 10);
  return (await props.scene.status()).updateRevision!;
}

export const PLAYS: Readonly<Record<string, Play>> = {
  "happy-path": async (props) => {
    await canary(props);
    await props.scene.decide();
    await completed(props);
    await weigh(props, 20, 20, 20);
  },

  "rejected-canary": async (props) => {
    await canary(props);
    await props.scene.decide({ decision: "Reject", reason: "p99 doubled" });
    const { message } = await failed(props, "Rejected");
    expect(message).toContain("p99 doubled");
    await weigh(props, 20, 10, 10);
  },

  "failure-budget": async (props) => {
    const stages = canaryAndRest({ maxConcurrency: 2, maxFailures: 1 });
    await canary(props, { overrides: refusedBy("slc-1"), rollout: { stages } });
    await props.scene.decide();
    await completed(props);
    await weigh(props, 20, 20, 10);
  },

  rollback: async (props) => {
    await canary(props, { overrides: refusedBy("slc-1"), rollout: { stages: canaryAndRest(), onFailure: "Rollback" } });
    await props.scene.decide();
    const { message } = await failed(props, "RolledBack");
    expect(message).toContain("slc-1");
    await weigh(props, 10, 10, 10);
  },

  "edit-in-mid-run": async (props) => {
    const first = await canary(props);
    await props.scene.apply({ weight: 30, rollout: { stages: canaryAndRest() } });
    await awaited(props);
    await weigh(props, 30, 10, 10);
    const stale = await props.scene.decide({ revision: first });
    expect(await eventually("it is answered", () => props.scene.answerTo(stale), props.patience)).toMatchObject({
      reason: "StaleRevision",
    });
    await props.scene.decide();
    await completed(props);
    await weigh(props, 30, 30, 30);
  },

  retry: async (props) => {
    const { scene } = props;
    await scene.createNamespaces();
    await scene.plant("slc-1", {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "checkout" },
      spec: { ports: [{ port: 80 }] },
    } as never);
    await scene.apply({ rollout: { stages: canaryAndRest() } });
    await awaited(props);
    await scene.decide();
    const { message } = await failed(props, "MaxFailuresBreached");
    expect(message).toContain("slc-1");
    await weigh(props, 10, 10, undefined);
    await scene.remove("slc-1", "Service/checkout");
    await scene.annotate({ "accesspoint.dev/retry": (await scene.accessPoint()).status!.updateRevision! });
    await completed(props);
    await weigh(props, 10, 10, 10);
  },

  skip: async (props) => {
    const revision = await canary(props);
    await props.scene.annotate({ "accesspoint.dev/skip-cluster": `lvs-2@${revision}` });
    await eventually(
      "it is skipped",
      async () => expect(await props.scene.clusterStatus("lvs-2")).toMatchObject({ skipped: true }),
      props.patience,
    );
    await props.scene.decide();
    await completed(props);
    await weigh(props, 20, 10, 20);
  },

  abort: async (props) => {
    const revision = await canary(props);
    await props.scene.annotate({ "accesspoint.dev/abort": revision });
    const { message } = await failed(props, "Aborted");
    expect(message).toMatch(/^aborted by annotation, set by kubectl-annotate at 20/);
    await weigh(props, 20, 10, 10);
  },

  "going-back": async (props) => {
    await canary(props);
    await props.scene.apply({ weight: 10, rollout: { stages: canaryAndRest() } });
    await completed(props);
    await weigh(props, 10, 10, 10);
  },

  "webhook-decides": async (props) => {
    const { scene, webhook } = props;
    let yes = false;
    webhook.answers.set(scene.namespace, () => (yes ? { status: 200 } : { status: 503, body: "still testing" }));
    await live(props);
    const gate = { type: "Webhook", webhook: { url: webhook.url } };
    await scene.apply({ weight: 20, rollout: { stages: canaryAndRest({ before: [gate] }, []) } });
    await eventually("it is asked", () => expect(webhook.of(scene.namespace).length).toBeGreaterThan(0), props.patience);
    await weigh(props, 20, 10, 10);
    yes = true;
    await completed(props);
    await weigh(props, 20, 20, 20);
    expect(new Set(webhook.of(scene.namespace).map(({ body }) => body.id)).size).toBe(1);
  },

  "metric-decides": async (props) => {
    const { scene, prometheus } = props;
    const good = `errors{namespace="${scene.namespace}",cluster="lvs-1"}`;
    prometheus.numbers.set(good, 0.002);
    const metric = (query: string) => ({
      type: "Metric",
      metric: { address: prometheus.address, query, success: { operator: "LessThan", value: 0.01 }, interval: "1s", count: 2 },
    });
    await live(props);
    const after = [
      metric('errors{namespace="${accesspoint.namespace}",cluster="${cluster.name}"}'),
      metric('latency{namespace="${accesspoint.namespace}"}'),
    ];
    await scene.apply({ weight: 20, rollout: { stages: canaryAndRest({}, after), onFailure: "Rollback" } });
    // No data says neither yes nor no.
    await eventually(
      "the first one is content",
      async () => {
        const [stage] = (await scene.status()).rollout?.stages ?? [];
        expect(stage?.gates?.map(({ state }) => state)).toEqual(["Passed", "Waiting"]);
      },
      props.patience,
    );
    prometheus.numbers.set(`latency{namespace="${scene.namespace}"}`, 0.9);
    const { message } = await failed(props, "RolledBack");
    expect(message).toContain("the Metric after stage canary failed: 0.9; to succeed < 0.01");
    expect(prometheus.queries).toContain(good);
    await weigh(props, 10, 10, 10);
  },

  "job-decides": async (props) => {
    const { scene, fleet } = props;
    const spec = {
      template: { spec: { restartPolicy: "Never", containers: [{ name: "smoke", image: "registry.example.com/smoke" }] } },
    };
    await live(props);
    await scene.apply({ weight: 20, rollout: { stages: canaryAndRest({}, [{ type: "Job", job: { template: { spec } } }]) } });
    const { client } = fleet.member("lvs-1");
    const job = await eventually(
      "there is one Job",
      async () => {
        const { items } = await client.list(JOBS, { namespace: scene.namespace });
        expect(items).toHaveLength(1);
        return items[0]!;
      },
      props.patience,
    );
    await weigh(props, 20, 10, 10);
    await endJob(client, job, "Complete");
    await completed(props);
    await weigh(props, 20, 20, 20);
    const { items } = await client.list(JOBS, { namespace: scene.namespace });
    expect(items.map(({ metadata }) => metadata.name)).toEqual([job.metadata.name]);
  },

  "window-closed": async (props) => {
    const { scene, patience } = props;
    const half = ((new Date().getUTCMonth() + 6) % 12) + 1;
    const closed = [{ schedule: `0 0 1 ${half} *`, duration: "1m", timeZone: "UTC" }];
    const open = [{ schedule: "* * * * *", duration: "1h", timeZone: "UTC" }];
    const rollout = (windows: readonly object[]) => ({ stages: canaryAndRest(), windows });
    const held = () =>
      eventually(
        "it waits for the window",
        async () => expect((await scene.status()).rollout?.message).toMatch(/window/),
        patience,
      );
    await live(props);
    await scene.apply({ weight: 20, rollout: rollout(closed) });
    await held();
    await weigh(props, 10, 10, 10);
    await scene.apply({ weight: 20, rollout: rollout(open) });
    await awaited(props);
    const revision = (await scene.status()).updateRevision!;
    await scene.apply({ weight: 20, rollout: rollout(closed) });
    await scene.decide({ revision });
    await held();
    await weigh(props, 20, 10, 10);
    await scene.apply({ weight: 20, rollout: rollout(open) });
    await completed(props);
    await weigh(props, 20, 20, 20);
  },

  "two-dimensions": async (props) => {
    const { scene } = props;
    await live(props);
    const overrides = [
      {
        name: "a-tenth-more",
        stages: ["canary"],
        target: { kind: "VirtualService", name: "checkout" },
        jsonPatch: [
          { op: "replace", path: "/spec/http/0/route/0/weight", value: 80 },
          { op: "replace", path: "/spec/http/0/route/1/weight", value: 20 },
        ],
      },
    ];
    const stages = [
      { name: "canary", clusters: ["lvs-1"], after: [APPROVAL] },
      { name: "canary-in-full", clusters: ["lvs-1"] },
      { name: "rest" },
    ];
    await scene.apply({ weight: 50, overrides, rollout: { stages } });
    await awaited(props);
    await weigh(props, 20, 10, 10);
    await scene.decide();
    await completed(props);
    await weigh(props, 50, 50, 50);
  },

  "deleted-in-mid-run": async (props) => {
    const { scene, fleet, patience } = props;
    await canary(props);
    await fleet.hub.client.delete(ACCESS_POINTS, "checkout", scene.namespace);
    await eventually("it is gone", () => gone(fleet.hub.client, ACCESS_POINTS, "checkout", scene.namespace), patience);
    await weigh(props, undefined, undefined, undefined);
  },
};

/** Plays that take a member away, which all others that run at the time would notice. */
export const LONELY_PLAYS: Readonly<Record<string, Play>> = {
  "cluster-lost-in-mid-run": async (props) => {
    const { scene, fleet, patience } = props;
    await canary(props);
    fleet.member("slc-1").wire.cut();
    try {
      await memberIs(fleet, "slc-1", "Unknown", undefined, patience);
      await scene.decide();
      await weigh(props, 20, 20, 10);
      await eventually(
        "it waits",
        async () => expect((await scene.status()).rollout?.message).toContain("waiting for slc-1: not reachable"),
        patience,
      );
    } finally {
      fleet.member("slc-1").wire.mend();
    }
    await completed(props);
    await weigh(props, 20, 20, 20);
  },
};

/** What is left of a play when it is over, without what differs from run to run: times, counts of attempts, messages. */
export async function endingOf(scene: Scene): Promise<object> {
  const contents = Object.fromEntries(await Promise.all(memberNames.map(async (name) => [name, await scene.contents(name)])));
  const status = await scene.status().catch(() => undefined);
  if (!status) return { contents };
  const { rollout, clusters = [], currentRevision, updateRevision, failedRevision } = status;
  return {
    contents,
    currentRevision,
    updateRevision,
    failedRevision,
    phase: rollout?.phase,
    failure: rollout?.failure?.reason,
    stages: rollout?.stages?.map(({ name, phase, clusters, gates = [] }) => ({
      name,
      phase,
      clusters,
      gates: gates.map(({ type, state }) => `${type} ${state}`),
    })),
    clusters: clusters.map(({ name, revision, phase, skipped }) => ({ name, revision, phase, skipped })),
  };
}
