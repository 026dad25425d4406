import { describe, expect, it } from "vitest";
import type { ApplyOptions, KubeClient } from "../../src/kube/client.ts";
import { apiError, UnreachableError } from "../../src/kube/errors.ts";
import { EventRecorder, type EventRecorderOptions, type Occurrence } from "../../src/kube/events.ts";
import type { KubeObject, Resource } from "../../src/kube/resource.ts";
import { FakeClock, settle } from "./fake-clock.ts";

function recording(options: Partial<EventRecorderOptions> = {}) {
  const clock = new FakeClock();
  const applied: { object: KubeObject; options: ApplyOptions }[] = [];
  const logged: string[] = [];
  const failures: Error[] = [];
  const client: Pick<KubeClient, "apply"> = {
    async apply(_: Resource, object: KubeObject, options: ApplyOptions) {
      applied.push({ object, options });
      const error = failures.shift();
      if (error !== undefined) throw error;
      return object;
    },
  };
  const log = (message: string) => logged.push(message);
  const logger = { debug: log, info: log, warn: log, error: log };
  const recorder = new EventRecorder({ client, clock, random: () => 0.5, logger, ...options });
  return { recorder, clock, applied, logged, failures, client };
}

const checkout = {
  apiVersion: "accesspoint.dev/v1alpha1",
  kind: "AccessPoint",
  metadata: { namespace: "shop", name: "checkout", uid: "u1" },
};
const paused: Occurrence = {
  regarding: checkout,
  type: "Normal",
  reason: "RolloutPaused",
  action: "Pause",
  note: "paused by a person",
};

describe("an Event", () => {
  it("is one request with everything kubectl shows", async () => {
    const { recorder, applied } = recording({ instance: "fap-0" });
    recorder.record(paused);
    await settle();
    expect(applied).toEqual([
      {
        object: {
          apiVersion: "v1",
          kind: "Event",
          metadata: { name: expect.stringMatching(/^checkout\.[0-9a-f]{16}$/), namespace: "shop" },
          involvedObject: {
            apiVersion: "accesspoint.dev/v1alpha1",
            kind: "AccessPoint",
            namespace: "shop",
            name: "checkout",
            uid: "u1",
          },
          type: "Normal",
          reason: "RolloutPaused",
          action: "Pause",
          message: "paused by a person",
          count: 1,
          firstTimestamp: "2026-11-20T12:00:00Z",
          lastTimestamp: "2026-11-20T12:00:00Z",
          source: { component: "federated-accesspoint" },
          reportingComponent: "federated-accesspoint",
          reportingInstance: "fap-0",
        },
        options: { fieldManager: "federated-accesspoint", force: true, priority: -1 },
      },
    ]);
  });

  it("about a cluster-scoped object lives in default", async () => {
    const { recorder, applied } = recording();
    recorder.record({ ...paused, regarding: { apiVersion: "v1", kind: "Node", metadata: { name: "n" } } });
    await settle();
    expect(applied[0]?.object.metadata.namespace).toBe("default");
    expect(applied[0]?.object.involvedObject).toEqual({ apiVersion: "v1", kind: "Node", name: "n" });
  });

  it("has the same name after a restart, and another one for anything else", async () => {
    const names = async (...occurrences: Occurrence[]) => {
      const { recorder, applied } = recording();
      for (const occurrence of occurrences) recorder.record(occurrence);
      await settle();
      return applied.map(({ object }) => object.metadata.name);
    };
    const [name] = await names(paused);
    expect(await names(paused)).toEqual([name]);
    const others = await names(
      { ...paused, note: "other" },
      { ...paused, reason: "Other" },
      { ...paused, action: "Other" },
      { ...paused, type: "Warning" },
      { ...paused, regarding: { ...checkout, metadata: { ...checkout.metadata, uid: "u2" } } },
    );
    expect(new Set([name, ...others]).size).toBe(6);
  });

  it.each([
    ["a very long name", "x".repeat(253)],
    ["a dot where the name is cut", `${"x".repeat(235)}.${"y".repeat(17)}`],
  ])("about an object with %s has a valid name", async (_, name) => {
    const { recorder, applied } = recording();
    recorder.record({ ...paused, regarding: { ...checkout, metadata: { name, namespace: "shop" } } });
    await settle();
    expect(applied[0]?.object.metadata.name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
    expect(applied[0]?.object.metadata.name.length).toBeLessThanOrEqual(253);
  });

  it("with a long note is cut", async () => {
    const { recorder, applied } = recording();
    recorder.record({ ...paused, note: "x".repeat(5_000) });
    await settle();
    expect(applied[0]?.object.message).toHaveLength(1_024);
  });
});

describe("repetitions", () => {
  it("are counted and told once a minute", async () => {
    const { recorder, clock, applied } = recording();
    for (let i = 0; i < 100; i++) recorder.record(paused);
    await clock.advance(59_999);
    expect(applied).toHaveLength(1);
    await clock.advance(1);
    expect(applied[1]?.object).toMatchObject({
      count: 100,
      firstTimestamp: "2026-11-20T12:00:00Z",
      lastTimestamp: "2026-11-20T12:00:00Z",
    });
    await clock.advance(60_000);
    expect(applied).toHaveLength(2);
    recorder.record(paused);
    await clock.advance(60_000);
    expect(applied[2]?.object).toMatchObject({ count: 101, lastTimestamp: "2026-11-20T12:02:00Z" });
  });

  it("after the server forgot the Event begin anew", async () => {
    const { recorder, clock, applied } = recording();
    recorder.record(paused);
    await clock.advance(3_600_000);
    recorder.record(paused);
    await settle();
    expect(applied.map(({ object }) => object.count)).toEqual([1, 1]);
  });
});

describe("limits", () => {
  it("one object causes 25 Events at once and then one in five minutes; others are not affected", async () => {
    const { recorder, clock, applied } = recording();
    const other = { ...checkout, metadata: { ...checkout.metadata, name: "other" } };
    for (let i = 0; i < 40; i++) recorder.record({ ...paused, note: `flap ${i}` });
    recorder.record({ ...paused, regarding: other });
    await settle();
    expect([applied.length, recorder.stats]).toEqual([26, { sent: 26, dropped: 15, failed: 0 }]);
    await clock.advance(300_000);
    recorder.record({ ...paused, note: "later" });
    recorder.record({ ...paused, note: "too soon" });
    await settle();
    expect([applied.length, recorder.stats.dropped]).toEqual([27, 16]);
  });

  it("a server that does not answer lets no more than 1,000 wait", async () => {
    const { recorder } = recording({ client: { apply: () => new Promise(() => {}) } });
    for (let i = 0; i < 3_000; i++) {
      recorder.record({ ...paused, regarding: { ...checkout, metadata: { ...checkout.metadata, name: `a-${i}` } } });
    }
    await settle();
    expect(recorder.stats.dropped).toBe(1_998);
  });
});

describe("failures", () => {
  const unreachable = new UnreachableError("no answer");

  it("are tried again when the server may do it next time", async () => {
    const { recorder, clock, applied, failures, logged } = recording();
    failures.push(unreachable, apiError("busy", { status: 503, reason: "" }), unreachable);
    recorder.record(paused);
    await clock.advance(10_000);
    expect([applied.length, recorder.stats, logged]).toEqual([4, { sent: 1, dropped: 0, failed: 0 }, []]);
  });

  it("never reach the caller, and are logged once an outage", async () => {
    const { recorder, clock, failures, logged } = recording();
    const forbidden = apiError("forbidden", { status: 403, reason: "Forbidden" });
    failures.push(forbidden, forbidden, forbidden);
    for (const note of ["1", "2", "3"]) recorder.record({ ...paused, note });
    await clock.advance(1_000);
    expect([recorder.stats, logged]).toEqual([{ sent: 0, dropped: 0, failed: 3 }, ["an Event could not be written"]]);
    recorder.record({ ...paused, note: "well again" });
    await settle();
    failures.push(forbidden);
    recorder.record({ ...paused, note: "ill again" });
    await settle();
    expect(logged).toHaveLength(2);
  });

  it("are given up after four attempts", async () => {
    const { recorder, clock, applied, failures } = recording();
    failures.push(...Array.from({ length: 10 }, () => unreachable));
    recorder.record(paused);
    await clock.advance(120_000);
    expect([applied.length, recorder.stats.failed]).toEqual([4, 1]);
  });
});

it("stop sends what waits, retries nothing, records nothing more, and leaves no timer", async () => {
  const { recorder, clock, applied, failures } = recording();
  failures.push(new UnreachableError("no answer"));
  recorder.record(paused);
  recorder.record(paused);
  await settle();
  await recorder.stop();
  recorder.record({ ...paused, note: "late" });
  await clock.advance(600_000);
  expect([applied.length, clock.pendingTimers]).toEqual([2, 0]);
});
