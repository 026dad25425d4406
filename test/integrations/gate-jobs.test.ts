import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { JOBS, NAMESPACES } from "../../src/api/kinds.ts";
import type { KubeObject } from "../../src/api/resource.ts";
import type { Check } from "../../src/domain/rollout/model.ts";
import { HostPolicy } from "../../src/integrations/gates/hosts.ts";
import { askJob } from "../../src/integrations/gates/job.ts";
import { endJob, removeJobs } from "../../src/integrations/gates/job-access.ts";
import { jobState } from "../../src/integrations/gates/job-state.ts";
import type { KubeClient } from "../../src/kube/client.ts";
import { ForbiddenError } from "../../src/kube/errors.ts";
import { startCluster, type TestCluster } from "../support/clusters.ts";
import { clientFor } from "../support/fleet.ts";
import * as jobs from "../support/jobs.ts";

const SPEC = {
  template: { spec: { restartPolicy: "Never", containers: [{ name: "smoke", image: "registry.example.com/smoke:1" }] } },
};
const { signal } = new AbortController();

describe("how a Job is doing", () => {
  const metadata = { name: "smoke-1", namespace: "shop", creationTimestamp: "2026-03-01T12:00:00Z" };
  const startTime = "2026-03-01T12:00:01Z";
  const condition = (type: string, rest: object = {}) => ({ conditions: [{ type, status: "True", ...rest }] });
  it.each<[unknown, string, string]>([
    [undefined, "Running", "Job has not begun since it was created at 2026-03-01T12:00:00Z"],
    [{ startTime }, "Running", "Job runs since 2026-03-01T12:00:01Z: 0 pods active"],
    [{ startTime, active: 1, ready: 0 }, "Running", "Job runs since 2026-03-01T12:00:01Z: 1 pod active (0 ready)"],
    [
      { startTime, active: 2, ready: 1, failed: 3 },
      "Running",
      "Job runs since 2026-03-01T12:00:01Z: 2 pods active (1 ready), 3 failed",
    ],
    [
      condition("Suspended", { reason: "JobSuspended", message: "Job suspended" }),
      "Running",
      "Job is suspended (JobSuspended: Job suspended)",
    ],
    [
      { startTime, active: 1, ...condition("Suspended", { status: "False" }) },
      "Running",
      "Job runs since 2026-03-01T12:00:01Z: 1 pod active",
    ],
    [condition("Complete"), "Complete", "Job is complete; its logs: kubectl logs -n shop job/smoke-1"],
    [
      condition("Failed", { reason: "DeadlineExceeded" }),
      "Failed",
      "Job failed (DeadlineExceeded); its logs: kubectl logs -n shop job/smoke-1",
    ],
    [condition("FailureTarget"), "Running", "Job has not begun since it was created at 2026-03-01T12:00:00Z"],
    ["nonsense", "Running", "Job has not begun since it was created at 2026-03-01T12:00:00Z"],
    [
      { startTime: 7, active: "many", conditions: ["Complete", null] },
      "Running",
      "Job has not begun since it was created at 2026-03-01T12:00:00Z",
    ],
  ])("%j: %s", (status, state, message) => {
    expect(jobState({ apiVersion: "batch/v1", kind: "Job", metadata, status } as KubeObject, "Job")).toEqual({ state, message });
  });
});

describe("a Job of a gate", () => {
  let cluster: TestCluster;
  let client: KubeClient;
  beforeAll(async () => {
    cluster = await startCluster({ kind: "embedded" });
    client = clientFor(cluster.kubeconfig);
  });
  afterAll(async () => {
    await client.close();
    await cluster.stop();
  });

  const namespace = (name: string) => client.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  const listed = async (name: string) => (await client.list(JOBS, { namespace: name })).items;
  const ask = (name: string, { clusters = ["lvs-1"], createNamespace = false, now = 0, client: asked = client } = {}) => {
    const check: Check = {
      id: "gate-1",
      attempt: 1,
      stage: "canary",
      gate: {
        type: "Job",
        when: "Before",
        state: "Waiting",
        job: { template: { spec: SPEC }, runIn: "Clusters", timeout: "30m", ttl: "1h" },
      },
      clusters: clusters.map((name) => ({
        name,
        zone: "lvs",
        role: "Primary",
        labels: {},
        unschedulable: false,
        detaching: false,
      })),
      deadline: new Date(60_000),
      held: false,
    };
    const accessPoint = {
      metadata: { name: "checkout", namespace: name, uid: `uid-${name}` },
      spec: { sync: { createNamespace } },
      status: {},
    };
    const means = {
      hub: client,
      member: (name: string) => (name === "away" ? undefined : name === "new" ? ("Connecting" as const) : asked),
      hosts: new HostPolicy(),
      now: new Date(now),
      signal,
    };
    return askJob({ accessPoint, check }, means);
  };

  it("waits for its namespace, and says who is to make it", async () => {
    expect(await ask("absent")).toMatchObject({
      outcome: "Error",
      message: expect.stringMatching(
        /^Job absent\/checkout-canary-\w+ in lvs-1: namespace absent does not exist in lvs-1: create it there, or set sync\.createNamespace: true$/,
      ),
    });
    await namespace("absent");
    expect(await ask("absent")).toMatchObject({ outcome: "Running", againMs: 2000 });
  });

  it("makes its namespace where it may, as the objects of a bundle do", async () => {
    expect(await ask("made", { createNamespace: true })).toMatchObject({ outcome: "Running" });
    const { metadata } = await client.get(NAMESPACES, "made");
    expect(metadata.labels).toMatchObject({ "app.kubernetes.io/managed-by": "federated-accesspoint" });
    expect(await listed("made")).toHaveLength(1);
  });

  it.each([
    [
      'jobs.batch "x" is forbidden: User "hub" cannot get resource "jobs" in API group "batch"',
      "the controller may not read and create Jobs there; deploy/gates says how to let it",
    ],
    [
      'namespaces is forbidden: User "hub" cannot create resource "namespaces"',
      "the controller may not create namespace shop there; create it, or see deploy/member",
    ],
    ['jobs.batch "x" is forbidden: exceeded quota: small', 'jobs.batch "x" is forbidden: exceeded quota: small'],
  ])("is not to be had: %s", async (said, message) => {
    const get = () => Promise.reject(new ForbiddenError(said, { status: 403, reason: "Forbidden" }));
    expect(await ask("shop", { client: { get } as unknown as KubeClient })).toEqual({
      outcome: "Error",
      message: expect.stringMatching(new RegExp(`^Job shop/checkout-canary-\\w+ in lvs-1: ${message}$`)),
    });
  });

  it("is told of with all that is not complete, in every cluster, and until its time is over", async () => {
    await namespace("several");
    const clusters = ["lvs-1", "lvs-2"];
    await ask("several", { clusters });
    const [first, second] = await listed("several");
    await jobs.endJob(client, first!, "Complete");
    const runs = await ask("several", { clusters });
    expect(runs.message).toContain(`1 of 2 complete; Job several/${second!.metadata.name} in `);
    expect(await ask("several", { clusters, now: 60_000 })).toEqual({ outcome: "Error", message: runs.message });
    const { message } = await ask("several", { clusters: [...clusters, "away"] });
    expect(message).toMatch(
      /^1 of 3 complete; Job several\/checkout-canary-\w+ in away: the cluster cannot be reached; Job several\//,
    );
  });

  it("is waited for where its cluster is still to be connected to, even when its time is over", async () => {
    await namespace("started");
    const waits = {
      outcome: "Running",
      message: expect.stringMatching(/ in new: the cluster is not connected yet$/),
      againMs: 250,
    };
    expect(await ask("started", { clusters: ["new"] })).toEqual(waits);
    expect(await ask("started", { clusters: ["new"], now: 60_000 })).toEqual(waits);
    expect(await ask("started", { clusters: ["new", "away"] })).toMatchObject({ outcome: "Error" });
  });

  it("ends when nobody waits for it, unless it has ended already, or is somebody else's", async () => {
    await namespace("ended");
    await ask("ended", { clusters: ["lvs-1", "lvs-2", "slc-1"] });
    const [runs, complete, foreign] = (await listed("ended")).map(({ metadata }) => metadata.name) as [string, string, string];
    await jobs.endJob(client, await client.get(JOBS, complete, "ended"), "Complete");
    const metadata = { namespace: "ended", uid: "uid-ended" };
    for (const name of [runs, complete, "absent"]) await endJob(client, name, metadata, signal);
    await endJob(client, foreign, { ...metadata, uid: "another" }, signal);
    expect((await listed("ended")).map(({ metadata }) => metadata.name)).toEqual([complete, foreign]);
  });

  it("goes with all others of its AccessPoint, of whichever run, and with no other one's", async () => {
    await namespace("gone");
    await ask("gone", { clusters: ["lvs-1", "lvs-2"] });
    await client.create(JOBS, {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "migrate", namespace: "gone" },
      spec: SPEC,
    } as never);
    await removeJobs(client, { namespace: "gone", uid: "uid-gone" }, signal);
    expect((await listed("gone")).map(({ metadata }) => metadata.name)).toEqual(["migrate"]);
    await removeJobs(client, { namespace: "nowhere", uid: "uid-gone" }, signal);
  });
});
