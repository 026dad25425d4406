import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { GateChecks } from "../../src/controller/gates.ts";
import type { Check } from "../../src/domain/rollout/model.ts";
import type { Member } from "../../src/domain/selection.ts";
import { HostPolicy } from "../../src/integrations/gates/hosts.ts";
import type { KubeClient } from "../../src/kube/client.ts";
import { systemClock } from "../../src/kube/clock.ts";
import { silentLogger } from "../../src/kube/logger.ts";
import { WebhookServer } from "../support/gate-servers.ts";
import { always, eventually } from "../support/wait.ts";

const ACCESS_POINT = {
  metadata: { namespace: "shop", name: "checkout", uid: "uid-1" },
  spec: { sync: { createNamespace: false } },
};
const JOB = { template: { spec: {} }, runIn: "Hub", timeout: "30m", ttl: "1h" } as const;
const member = (name: string): Member => ({
  name,
  zone: "lvs",
  role: "Primary",
  labels: {},
  unschedulable: false,
  detaching: false,
});

describe("questions of gates", () => {
  let server: WebhookServer;
  let gates: GateChecks;
  let told: string[];
  /** What the hub has. */
  let job: object;
  let looks: number;
  beforeAll(async () => {
    server = await WebhookServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    server.reviews.length = 0;
    server.answer = () => ({ status: 200 });
    told = [];
    looks = 0;
    gates = new GateChecks({
      hub: { get: async () => ++looks && job } as unknown as KubeClient,
      fleet: { get: () => undefined },
      hosts: new HostPolicy(),
      clock: systemClock,
      logger: silentLogger,
      onAnswer: (accessPoint) => told.push(accessPoint),
    });
  });
  afterEach(() => gates.stop());

  const check = (parts: Partial<Check> = {}): Check => ({
    id: "gate-1",
    attempt: 1,
    stage: "canary",
    gate: { type: "Webhook", when: "After", state: "Waiting", webhook: { url: server.url, timeout: "10m" } },
    clusters: [],
    deadline: new Date(Date.now() + 600_000),
    held: false,
    ...parts,
  });
  const tend = (...checks: readonly Check[]) => gates.tend(ACCESS_POINT, {}, checks);
  const answered = () => eventually("there is an answer", () => expect(gates.answers("uid-1")).toHaveLength(1), { everyMs: 5 });

  it("are put once, however often they are asked for, and the answer stays until nobody asks any more", async () => {
    tend(check());
    tend(check());
    await answered();
    tend(check());
    expect(server.reviews).toHaveLength(1);
    expect(told).toEqual(["shop/checkout"]);
    expect(gates.answers("uid-1")).toMatchObject([{ id: "gate-1", attempt: 1, outcome: "Success", message: "it answered 200" }]);
    expect(gates.answers("uid-2")).toEqual([]);
    tend();
    expect(gates.answers("uid-1")).toEqual([]);
  });

  it("are put again for the next attempt, which knows nothing of the answer before", async () => {
    tend(check());
    await answered();
    tend(check({ attempt: 2 }));
    expect(gates.answers("uid-1")).toEqual([]);
    await answered();
    expect(gates.answers("uid-1")).toMatchObject([{ attempt: 2 }]);
  });

  it("are put anew, and about fewer clusters, when one is skipped meanwhile", async () => {
    server.answer = () => ({ status: 200, silent: true });
    tend(check({ clusters: [member("lvs-1"), member("lvs-2")] }));
    await eventually("it was asked", () => expect(server.reviews).toHaveLength(1));
    server.answer = () => ({ status: 200 });
    tend(check({ clusters: [member("lvs-1")], held: true }));
    await always(() => expect(server.reviews).toHaveLength(1), 100);
    tend(check({ clusters: [member("lvs-1")] }));
    await answered();
    const [before, after] = server.reviews.map(({ body }) => body);
    expect(before!.clusters.map(({ name }) => name)).toEqual(["lvs-1", "lvs-2"]);
    expect(after).toMatchObject({ id: before!.id, attempt: 1, clusters: [{ name: "lvs-1" }] });
  });

  it("are not begun while they are held, but what runs may end", async () => {
    tend(check({ held: true }));
    await always(() => expect(server.reviews).toEqual([]), 100);
    tend(check());
    tend(check({ held: true }));
    await answered();
  });

  it("are given up when nobody asks any more, whatever they come to", async () => {
    server.answer = () => ({ status: 200, silent: true });
    tend(check());
    await eventually("it was asked", () => expect(server.reviews).toHaveLength(1));
    tend();
    await gates.stop();
    expect([told, gates.answers("uid-1")]).toEqual([[], []]);
  });

  it("about a Job that runs are answered once for each change, and the last one is its end", async () => {
    const condition = { type: "Complete", status: "True" };
    const uid = { "accesspoint.dev/uid": "uid-1" };
    const runs = {
      metadata: { name: "smoke", namespace: "shop", labels: uid },
      status: { startTime: "12:00", active: 1 } as object,
    };
    job = runs;
    tend(check({ gate: { type: "Job", when: "After", state: "Waiting", job: JOB } }));
    await answered();
    expect(gates.answers("uid-1")).toMatchObject([
      { outcome: "Running", message: expect.stringMatching(/runs since 12:00: 1 pod active$/) },
    ]);
    await eventually("it was looked at again", () => expect(looks).toBe(3), { everyMs: 5 });
    expect(told).toHaveLength(1);
    job = { ...runs, status: { conditions: [condition] } };
    await eventually("it is complete", () => expect(gates.answers("uid-1")).toMatchObject([{ outcome: "Success" }]), {
      everyMs: 5,
    });
    expect(told).toHaveLength(2);
  });

  it("that cannot be put are answered, too", async () => {
    const webhook = { url: "https://169.254.169.254/latest", timeout: "10m" };
    tend(check({ gate: { type: "Webhook", when: "After", state: "Waiting", webhook } }));
    await answered();
    expect(gates.answers("uid-1")).toMatchObject([{ outcome: "Error", message: expect.stringContaining("gates never call") }]);
  });
});
