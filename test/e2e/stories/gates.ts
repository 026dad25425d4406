import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GateStatus } from "../../../src/api/accesspoint.ts";
import { JOBS, NAMESPACES, SECRETS } from "../../../src/api/kinds.ts";
import type { KubeObject } from "../../../src/api/resource.ts";
import type { KubeClient } from "../../../src/kube/client.ts";
import { type RunningController, runController } from "../../support/controller.ts";
import { memberNames, type TestFleet } from "../../support/fleet.ts";
import { PrometheusServer, WebhookServer } from "../../support/gate-servers.ts";
import { endJob } from "../../support/jobs.ts";
import { always, eventually } from "../../support/wait.ts";
import { memberIs, Scene } from "../scene.ts";

const JOB_SPEC = {
  backoffLimit: 0,
  template: { spec: { restartPolicy: "Never", containers: [{ name: "smoke", image: "registry.example.com/smoke:1" }] } },
};

/** Gates that ask the world: a real HTTP server, a server with Prometheus' API, a Job that the test ends as a kubelet would. */
export function gateStory(fleet: () => TestFleet): void {
  describe("gates that ask", () => {
    let controller: RunningController;
    let webhook: WebhookServer;
    let prometheus: PrometheusServer;

    beforeAll(async () => {
      [webhook, prometheus] = await Promise.all([WebhookServer.start(), PrometheusServer.start()]);
      controller = await runController(fleet().hub);
      for (const name of memberNames) await memberIs(fleet(), name, "True");
    });
    afterAll(async () => {
      await controller.stop();
      await Promise.all([webhook.stop(), prometheus.stop()]);
    });

    const rollout = (after: readonly object[], rest: object = {}) => ({
      stages: [
        { name: "canary", count: 1, after },
        { name: "rest", ...rest },
      ],
    });
    const hook = (rest: object = {}) => ({ type: "Webhook", webhook: { url: webhook.url, ...rest } });
    const gateOf = async (scene: Scene): Promise<GateStatus> => (await scene.status()).rollout!.stages![0]!.gates![0]!;
    const weights = async (scene: Scene) => Object.values(await scene.weights());

    test("a webhook is told what it decides on, and its yes lets the rollout go on", async () => {
      const scene = await Scene.open(fleet(), "hook-yes");
      let decided = false;
      webhook.answer = () => (decided ? { status: 204 } : { status: 503, body: "still testing" });
      await scene.apply({ rollout: rollout([hook()]) });
      await scene.untilPhase("Waiting");
      await eventually("it was asked again", async () => expect((await gateOf(scene)).attempts).toBeGreaterThan(1));
      expect(await weights(scene)).toEqual([10, undefined, undefined]);
      const { rollout: told, updateRevision } = await scene.status();
      expect(told?.message).toMatch(
        /^waits after stage canary for the Webhook \(last answer: it answered 503: still testing; again at /,
      );
      decided = true;
      await scene.until("RolloutCompleted");

      const gate = await gateOf(scene);
      expect(gate).toMatchObject({ state: "Passed", successes: 1, message: "it answered 204", results: [{ outcome: "Success" }] });
      await scene.event(/^GatePassed: the Webhook after stage canary passed: it answered 204$/);
      const asked = webhook.of(scene.namespace).map(({ body }) => body);
      expect(asked.map(({ attempt }) => attempt)).toEqual(asked.map((_, index) => index + 1));
      expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
      const { uid } = (await scene.accessPoint()).metadata;
      expect(asked[0]).toEqual({
        apiVersion: "accesspoint.dev/v1alpha1",
        kind: "GateReview",
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        attempt: 1,
        deadline: gate.deadline,
        accessPoint: { namespace: scene.namespace, name: "checkout", uid },
        revision: updateRevision,
        plan: told?.plan,
        stage: "canary",
        gate: "After",
        clusters: [
          {
            name: "lvs-1",
            zone: "lvs",
            region: "us-west",
            gateways: [{ name: "checkout", vips: [], fqdns: ["checkout.example.com"] }],
          },
        ],
        diff: expect.arrayContaining([
          { stage: "canary", cluster: "lvs-1", object: "VirtualService/checkout", summary: expect.any(String) },
        ]),
      });
    });

    test("its no ends the rollout, and a retry asks it anew", async () => {
      const scene = await Scene.open(fleet(), "hook-no");
      webhook.answer = () => ({ status: 422, body: "p99\nis 900 ms" });
      await scene.apply({ rollout: rollout([hook()]) });
      const { message } = await scene.until("RolloutCompleted", { status: "False", reason: "Rejected" });
      expect(message).toBe("the Webhook after stage canary failed: it answered 422: p99 is 900 ms");
      expect(await weights(scene)).toEqual([10, undefined, undefined]);

      webhook.answer = () => ({ status: 200 });
      await scene.annotate({ "accesspoint.dev/retry": (await scene.status()).updateRevision! });
      await scene.until("RolloutCompleted");
      const ids = webhook.of(scene.namespace).map(({ body }) => body.id);
      expect([ids.length, new Set(ids).size]).toEqual([2, 2]);
    });

    test("one that never answers well fails when its time is over", async () => {
      const scene = await Scene.open(fleet(), "hook-late");
      webhook.answer = () => ({ status: 302, headers: { location: "http://127.0.0.1:1/" } });
      await scene.apply({ rollout: { ...rollout([hook({ timeout: "2s" })]), onFailure: "Rollback" } });
      const { message } = await scene.until("RolloutCompleted", { status: "False", reason: "RolledBack" });
      expect(message).toContain(
        "Rejected: the Webhook after stage canary failed: it has not passed within 2s; at last: it answered 302, and redirects are not followed",
      );
    });

    test("a header comes from a Secret that names the host, and is seen nowhere", async () => {
      const scene = await Scene.open(fleet(), "hook-secret");
      const { client } = fleet().hub;
      const token = "Bearer s3cr3t-of-the-pipeline";
      const secret = (hosts: string): KubeObject => ({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "pipeline", namespace: scene.namespace, annotations: { "accesspoint.dev/gate-hosts": hosts } },
        data: { token: Buffer.from(`${token}\n`).toString("base64") },
      });
      await client.apply(SECRETS, secret("ci.example.com"), { fieldManager: "team", force: true });
      webhook.answer = ({ headers }) => ({ status: 200, body: `hello ${headers.authorization}` });
      const headersFrom = [{ name: "Authorization", secretKeyRef: { name: "pipeline", key: "token" } }];
      await scene.apply({ rollout: rollout([hook({ headersFrom })]) });
      await eventually("it may not be sent there", async () =>
        expect((await gateOf(scene)).results?.at(-1)?.message).toBe(
          "Secret pipeline may not be sent to 127.0.0.1: its annotation accesspoint.dev/gate-hosts does not name it",
        ),
      );
      expect(webhook.of(scene.namespace)).toEqual([]);

      await client.apply(SECRETS, secret("ci.example.com, 127.0.0.1"), { fieldManager: "team", force: true });
      await scene.until("RolloutCompleted");
      expect(webhook.of(scene.namespace)[0]!.headers.authorization).toBe(token);
      const gate = await gateOf(scene);
      expect(gate.message).toBe("it answered 200: hello ***");
      const said = JSON.stringify([await scene.accessPoint(), await scene.events(), controller.log]);
      expect(said).not.toContain("s3cr3t-of-the-pipeline");
    });

    test("a person's pause holds new questions", async () => {
      const scene = await Scene.open(fleet(), "hook-paused");
      webhook.answer = () => ({ status: 503 });
      await scene.apply({ rollout: rollout([hook()]) });
      await eventually("it is asked", () => expect(webhook.of(scene.namespace).length).toBeGreaterThan(0));
      await scene.apply({ rollout: { ...rollout([hook()]), paused: true } });
      await scene.until("Paused");
      await new Promise((resolve) => setTimeout(resolve, 200));
      const { length } = webhook.of(scene.namespace);
      webhook.answer = () => ({ status: 200 });
      await always(() => expect(webhook.of(scene.namespace).length).toBe(length), 2500);
      await scene.apply({ rollout: rollout([hook()]) });
      await scene.until("RolloutCompleted");
    });

    test("a metric is measured for each cluster, so often as it must succeed", async () => {
      const scene = await Scene.open(fleet(), "metric-yes");
      let quiet = true;
      prometheus.measure = (query) => (query.includes("metric-yes") ? (quiet ? [] : [query.includes("lvs-1") ? 0.002 : 1]) : []);
      const metric = {
        address: prometheus.address,
        query: 'errors{cluster="${cluster.name}",zone="${cluster.zone}",namespace="${accesspoint.namespace}",stage="${stage}"}',
        success: { operator: "LessThan", value: 0.01 },
        interval: "1s",
        count: 2,
      };
      await scene.apply({ rollout: rollout([{ type: "Metric", metric }]) });
      await eventually("without data nothing is concluded", async () =>
        expect((await gateOf(scene)).results?.at(-1)).toMatchObject({
          outcome: "Inconclusive",
          message: "lvs-1: no data; to succeed < 0.01",
        }),
      );
      quiet = false;
      await scene.until("RolloutCompleted");
      const gate = await gateOf(scene);
      expect(gate).toMatchObject({
        state: "Passed",
        successes: 2,
        results: [{ outcome: "Success", values: [{ cluster: "lvs-1", value: "0.002" }] }],
      });
      expect(prometheus.queries).toContain('errors{cluster="lvs-1",zone="lvs",namespace="metric-yes",stage="canary"}');
    });

    test("a metric that is worse than it may be ends the rollout with its numbers", async () => {
      const scene = await Scene.open(fleet(), "metric-no");
      prometheus.measure = (query) => (query.includes("metric-no") ? [0.31] : []);
      const metric = {
        address: prometheus.address,
        query: 'share{namespace="metric-no"}',
        success: { operator: "LessThan", value: 0.01 },
        failure: { operator: "GreaterThan", value: 0.05 },
        interval: "1s",
        failureLimit: 1,
      };
      await scene.apply({ rollout: rollout([{ type: "Metric", metric }]) });
      const { message } = await scene.until("RolloutCompleted", { status: "False", reason: "Rejected" });
      expect(message).toBe("the Metric after stage canary failed: 2 failures: 0.31; to succeed < 0.01, to fail > 0.05");
      expect(await gateOf(scene)).toMatchObject({ state: "Failed", failures: 2, results: [{ values: [{ value: "0.31" }] }] });
    });

    const jobs = async (client: KubeClient, { namespace }: Scene) => (await client.list(JOBS, { namespace })).items;
    const theJob = (client: KubeClient, scene: Scene) =>
      eventually("there is a Job", async () => {
        const [job, ...others] = await jobs(client, scene);
        if (!job) throw new Error("there is none");
        expect(others).toEqual([]);
        return job;
      });

    test("a Job runs in the clusters of the stage, and its end is the gate's", async () => {
      const scene = await Scene.open(fleet(), "job-yes");
      const gate = { type: "Job", job: { template: { spec: JOB_SPEC } } };
      await scene.apply({ rollout: rollout([gate]) });
      const { client } = fleet().member("lvs-1");
      const job = await theJob(client, scene);
      const { uid } = (await scene.accessPoint()).metadata;
      expect(job.metadata.labels).toMatchObject({ "accesspoint.dev/uid": uid });
      const spec = job["spec"] as { template: { spec: { containers: { env: object[] }[] } } };
      expect(spec).toMatchObject({ backoffLimit: 0, activeDeadlineSeconds: 1800, ttlSecondsAfterFinished: 3600 });
      expect(spec.template.spec.containers[0]!.env).toEqual([
        { name: "FAP_ACCESSPOINT", value: "job-yes/checkout" },
        { name: "FAP_REVISION", value: (await scene.status()).updateRevision },
        { name: "FAP_STAGE", value: "canary" },
        { name: "FAP_CLUSTERS", value: "lvs-1" },
      ]);
      expect(await weights(scene)).toEqual([10, undefined, undefined]);
      await endJob(client, job, "Complete");
      await scene.until("RolloutCompleted");
      expect((await gateOf(scene)).message).toBe(
        `Job job-yes/${job.metadata.name} in lvs-1 is complete; its logs: kubectl logs -n job-yes job/${job.metadata.name}`,
      );
      await scene.delete();
      await eventually("it goes with the AccessPoint", async () => expect(await jobs(client, scene)).toEqual([]));
    });

    test("a Job on the hub that fails ends the rollout", async () => {
      const scene = await Scene.open(fleet(), "job-no");
      await scene.apply({ rollout: rollout([{ type: "Job", job: { runIn: "Hub", template: { spec: JOB_SPEC } } }]) });
      const { client } = fleet().hub;
      const job = await theJob(client, scene);
      expect(job.metadata.ownerReferences).toMatchObject([{ kind: "AccessPoint", name: "checkout" }]);
      await endJob(client, job, "Failed");
      const { message } = await scene.until("RolloutCompleted", { status: "False", reason: "Rejected" });
      expect(message).toContain(
        `the Job after stage canary failed: Job job-no/${job.metadata.name} in the hub failed (BackoffLimitExceeded: Job has reached the specified backoff limit)`,
      );
    });

    const jobGate = { type: "Job", job: { template: { spec: JOB_SPEC } } };

    test("a Job before the first rollout makes the namespace that it runs in", async () => {
      const scene = await Scene.open(fleet(), "job-first");
      const stages = [{ name: "canary", clusters: ["lvs-1"], before: [jobGate] }, { name: "rest" }];
      await scene.apply({ rollout: { stages } });
      const { client } = fleet().member("lvs-1");
      const job = await theJob(client, scene);
      const { metadata } = await client.get(NAMESPACES, scene.namespace);
      expect(metadata.labels).toMatchObject({ "app.kubernetes.io/managed-by": "federated-accesspoint" });
      expect(await weights(scene)).toEqual([undefined, undefined, undefined]);
      await endJob(client, job, "Complete");
      await scene.until("RolloutCompleted");
    });

    test("a Job whose namespace is missing says at once where, and goes on when it is there", async () => {
      const scene = await Scene.open(fleet(), "job-homeless");
      const stages = [{ name: "canary", clusters: ["lvs-1"], before: [jobGate] }, { name: "rest" }];
      await scene.apply({ sync: { createNamespace: false }, rollout: { stages } });
      await eventually("it says so", async () =>
        expect((await scene.status()).rollout?.message).toContain(
          "in lvs-1: namespace job-homeless does not exist in lvs-1: create it there, or set sync.createNamespace: true",
        ),
      );
      await scene.createNamespaces();
      const { client } = fleet().member("lvs-1");
      await endJob(client, await theJob(client, scene), "Complete");
      await scene.until("RolloutCompleted");
    });

    test("a Job that runs says where, and how its pods are, once for each change", async () => {
      const scene = await Scene.open(fleet(), "job-runs");
      await scene.apply({ rollout: rollout([jobGate]) });
      const { client } = fleet().member("lvs-1");
      const { metadata } = await theJob(client, scene);
      const says = (status: object, message: string) =>
        eventually(`it says ${message}`, async () => {
          await client.patch(JOBS, metadata.name, metadata.namespace, { status }, "merge", { subresource: "status" });
          const text = `Job job-runs/${metadata.name} in lvs-1 ${message}`;
          expect(await gateOf(scene)).toMatchObject({ state: "Waiting", message: text });
          expect((await scene.status()).rollout?.message).toBe(`waits after stage canary for the Job (${text})`);
        });
      const startTime = "2026-03-01T12:00:00Z";
      await says({}, `has not begun since it was created at ${metadata.creationTimestamp}`);
      await says({ startTime, active: 1, ready: 0 }, `runs since ${startTime}: 1 pod active (0 ready)`);
      const { resourceVersion } = (await scene.accessPoint()).metadata;
      await always(async () => expect((await scene.accessPoint()).metadata.resourceVersion).toBe(resourceVersion), 2500);
      await says({ active: 1, ready: 1, failed: 1 }, `runs since ${startTime}: 1 pod active (1 ready), 1 failed`);
      expect(await gateOf(scene)).not.toHaveProperty("attempts");
    });

    test("a cluster that is skipped is not waited for any more, and its Job ends", async () => {
      const scene = await Scene.open(fleet(), "job-skip");
      const stages = [{ name: "canary", clusters: ["lvs-1", "lvs-2"], maxConcurrency: 2, after: [jobGate] }, { name: "rest" }];
      await scene.apply({ rollout: { stages } });
      const [first, second] = ["lvs-1", "lvs-2"].map((name) => fleet().member(name).client) as [KubeClient, KubeClient];
      await endJob(first, await theJob(first, scene), "Complete");
      await theJob(second, scene);
      await eventually("it waits for the other one", async () =>
        expect((await gateOf(scene)).message).toMatch(/^1 of 2 complete; Job job-skip\/\S+ in lvs-2 /),
      );
      await scene.annotate({ "accesspoint.dev/skip-cluster": `lvs-2@${(await scene.status()).updateRevision}` });
      await scene.until("RolloutCompleted");
      expect((await gateOf(scene)).message).toMatch(/^Job job-skip\/\S+ in lvs-1 is complete/);
      await eventually("it is ended", async () => expect(await jobs(second, scene)).toEqual([]));
      expect(await jobs(first, scene)).toHaveLength(1);
    });

    test("an edit ends the Job that runs, and what ended before goes with the AccessPoint", async () => {
      const scene = await Scene.open(fleet(), "job-edit");
      const { client } = fleet().member("lvs-1");
      await scene.apply({ weight: 10, rollout: rollout([jobGate]) });
      const complete = await theJob(client, scene);
      await endJob(client, complete, "Complete");
      await scene.until("RolloutCompleted");
      const following = (...known: readonly KubeObject[]) =>
        eventually("there is one more Job", async () => {
          const added = (await jobs(client, scene)).filter((job) =>
            known.every(({ metadata }) => metadata.name !== job.metadata.name),
          );
          expect(added).toHaveLength(1);
          return added[0]!;
        });
      await scene.apply({ weight: 20, rollout: rollout([jobGate]) });
      const left = await following(complete);
      await scene.apply({ weight: 30, rollout: rollout([jobGate]) });
      const running = await following(complete, left);
      await eventually("the one before is ended", async () =>
        expect((await jobs(client, scene)).map(({ metadata }) => metadata.name).sort()).toEqual(
          [complete, running].map(({ metadata }) => metadata.name).sort(),
        ),
      );
      await scene.delete();
      expect(await jobs(client, scene)).toEqual([]);
    });

    test("where no gate runs Jobs, none are looked for", async () => {
      const scene = await Scene.open(fleet(), "job-none");
      const asked = () => controller.count("fap_requests_total", { resource: "jobs.batch" });
      const before = await asked();
      await scene.apply({ rollout: rollout([]) });
      await scene.until("RolloutCompleted");
      await scene.delete();
      expect(await asked()).toBe(before);
    });

    test("a gate that cannot be worked with is refused before anything is touched", async () => {
      const scene = await Scene.open(fleet(), "gate-bad");
      const metric = { address: prometheus.address, query: "up{z='${zone}'}", success: { operator: "Equal", value: 1 } };
      await scene.apply({ rollout: rollout([{ type: "Metric", metric }]) });
      const { message } = await scene.until("Accepted", { status: "False", reason: "InvalidGate" });
      expect(message).toContain("spec.rollout.stages[0].after[0].metric.query: ${zone}: there is ${stage}, ${revision}");
      await expect(scene.apply({ rollout: rollout([{ type: "Webhook", metric }]) })).rejects.toThrow(
        /webhook is set exactly when type is Webhook/,
      );
      await expect(
        scene.apply({ rollout: rollout([{ type: "Metric", metric: { ...metric, interval: "10m", count: 10 } }]) }),
      ).rejects.toThrow(/metric.timeout is too short for metric.count measurements at metric.interval/);
    });
  });
}
