import { describe, expect, it } from "vitest";
import type { KubeClient } from "../../src/kube/client.ts";
import type { Clock } from "../../src/kube/clock.ts";
import { apiError, UnreachableError } from "../../src/kube/errors.ts";
import { LeaderElector, type LeaderElectorOptions } from "../../src/kube/lease.ts";
import type { KubeObject } from "../../src/kube/resource.ts";
import { FakeClock, seeded, settle } from "./fake-clock.ts";

/** The Lease as an API server keeps it: versions, conflicts, and, on demand, trouble on the way. */
class LeaseServer implements Pick<KubeClient, "get" | "create" | "replace"> {
  stored: KubeObject | undefined;
  readonly requests: string[] = [];
  /** Called around each request; may wait, and may throw instead of the request or of its answer. */
  trouble: (verb: string, when: "before" | "after") => Promise<void> | void = () => {};
  #version = 0;

  get holder(): string {
    return String((this.stored?.spec as { holderIdentity?: string } | undefined)?.holderIdentity ?? "");
  }

  get(): Promise<KubeObject> {
    return this.#answer("get", () => {
      if (this.stored === undefined) throw apiError("not found", { status: 404, reason: "NotFound" });
      return this.stored;
    });
  }

  create(_: unknown, object: KubeObject): Promise<KubeObject> {
    return this.#answer("create", () => {
      if (this.stored !== undefined) throw apiError("exists", { status: 409, reason: "AlreadyExists" });
      return this.#store(object);
    });
  }

  replace(_: unknown, object: KubeObject): Promise<KubeObject> {
    return this.#answer("replace", () => {
      if (this.stored === undefined) throw apiError("not found", { status: 404, reason: "NotFound" });
      const current = object.metadata.resourceVersion === this.stored.metadata.resourceVersion;
      if (!current) throw apiError("conflict", { status: 409, reason: "Conflict" });
      return this.#store(object);
    });
  }

  async #answer(verb: string, act: () => KubeObject): Promise<KubeObject> {
    this.requests.push(verb);
    await this.trouble(verb, "before");
    const object = act();
    await this.trouble(verb, "after");
    return object;
  }

  #store(object: KubeObject): KubeObject {
    this.stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } };
    return this.stored;
  }
}

/** A way to the server that can be cut. */
function cuttable(server: LeaseServer) {
  const link = { cut: false };
  const through = (request: () => Promise<KubeObject>) => (link.cut ? Promise.reject(new UnreachableError("cut off")) : request());
  const client: Pick<KubeClient, "get" | "create" | "replace"> = {
    get: () => through(() => server.get()),
    create: (resource, object) => through(() => server.create(resource, object)),
    replace: (resource, object) => through(() => server.replace(resource, object)),
  };
  return Object.assign(link, { client });
}

function elector(
  client: LeaderElectorOptions["client"],
  clock: Clock,
  identity: string,
  options: Partial<LeaderElectorOptions> = {},
) {
  const told: string[] = [];
  const created = new LeaderElector({
    client,
    clock,
    namespace: "fap-system",
    name: "fap",
    identity,
    random: () => 0,
    onAcquired: () => told.push("acquired"),
    onLost: () => told.push("lost"),
    ...options,
  });
  return Object.assign(created, { told });
}

const lost = () => {
  throw new UnreachableError("no answer");
};

describe("a holder", () => {
  it("creates the lease and renews it with one request every 5 seconds", async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const a = elector(server, clock, "a");
    a.start();
    await clock.advance(60_000);
    expect([a.holds, a.told, a.holder.startsWith("a_")]).toEqual([true, ["acquired"], true]);
    expect(server.requests).toEqual(["get", "create", ...Array.from({ length: 12 }, () => "replace")]);
    expect(server.stored?.spec).toEqual({
      holderIdentity: a.holder,
      leaseDurationSeconds: 15,
      acquireTime: "2026-11-20T12:00:00.000000Z",
      renewTime: "2026-11-20T12:01:00.000000Z",
      leaseTransitions: 0,
    });
    await a.stop();
  });

  it("that cannot renew loses it 10 seconds after its last success, 5 before another may take it", async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const link = cuttable(server);
    const [a, b] = [elector(link.client, clock, "a"), elector(server, clock, "b")];
    a.start();
    b.start();
    await clock.advance(500);
    link.cut = true;
    // b first saw the lease at 2 s, so it may take it from 17 s on, and asks every 2 s.
    let timeline = "";
    for (let second = 0; second < 22; second++) {
      timeline += a.holds ? "a" : b.holds ? "b" : "-";
      await clock.advance(1_000);
    }
    expect([timeline, a.told, b.told]).toEqual(["aaaaaaaaaa--------bbbb", ["acquired", "lost"], ["acquired"]]);
    await Promise.all([a.stop(), b.stop()]);
  });

  it("counts from when a renewal was sent, not from when its answer came", async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    server.trouble = (verb, when) => {
      if (verb === "create" && when === "after") return new Promise((resolve) => clock.timer(3_000, resolve));
      if (verb === "replace") lost();
    };
    const a = elector(server, clock, "a");
    a.start();
    await clock.advance(9_999);
    expect(a.holds).toBe(true);
    await clock.advance(1);
    expect([a.holds, a.told]).toEqual([false, ["acquired", "lost"]]);
    await a.stop();
  });

  it("survives a renewal that fails once, and one whose answer is lost", async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const a = elector(server, clock, "a");
    a.start();
    await clock.advance(1_000);
    for (const moment of ["before", "after"]) {
      let failed = false;
      server.trouble = (verb, when) => {
        if (verb !== "replace" || when !== moment || failed) return;
        failed = true;
        lost();
      };
      await clock.advance(12_000);
      expect([failed, a.holds]).toEqual([true, true]);
    }
    expect(a.told).toEqual(["acquired"]);
    await a.stop();
  });

  it("that slept past its deadline does not hold, even before any timer fired", async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const a = elector(server, clock, "a");
    a.start();
    await clock.advance(1_000);
    clock.sleepThrough(11_000);
    expect(a.holds).toBe(false);
    await a.stop();
  });

  it("from whom the lease was taken by force stops as soon as it sees it", async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const a = elector(server, clock, "a");
    a.start();
    await clock.advance(1_000);
    await server.replace(undefined, { ...server.stored!, spec: { holderIdentity: "intruder", leaseDurationSeconds: 15 } });
    await clock.advance(7_000);
    expect([a.holds, a.told]).toEqual([false, ["acquired", "lost"]]);
    await a.stop();
    expect(server.holder).toBe("intruder");
  });

  it("takes it again when somebody deleted the lease", async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const a = elector(server, clock, "a");
    a.start();
    await clock.advance(1_000);
    server.stored = undefined;
    await clock.advance(8_000);
    expect([a.holds, a.told, server.holder]).toEqual([true, ["acquired"], a.holder]);
    await a.stop();
  });
});

describe("a candidate", () => {
  it("takes over at once what was released", async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const [a, b] = [elector(server, clock, "a"), elector(server, clock, "b")];
    a.start();
    await clock.advance(1_000);
    b.start();
    await clock.advance(10_000);
    expect([a.holds, b.holds]).toEqual([true, false]);
    await a.stop();
    expect([a.holds, a.told, server.holder]).toEqual([false, ["acquired"], ""]);
    await clock.advance(2_000);
    expect([b.holds, server.stored?.spec]).toMatchObject([true, { leaseTransitions: 1 }]);
    await b.stop();
  });

  it.each([
    ["its own lease duration", 15, 15_000],
    ["the holder's, when that is longer", 60, 60_000],
  ])(
    "waits for a silent holder as long as %s, from when it saw it, whatever the times in it say",
    async (_, leaseDurationSeconds, waits) => {
      const [server, clock] = [new LeaseServer(), new FakeClock()];
      const spec = { holderIdentity: "other", leaseDurationSeconds, renewTime: "2001-01-01T00:00:00.000000Z" };
      await server.create(undefined, { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "fap" }, spec });
      const b = elector(server, clock, "b");
      b.start();
      await clock.advance(waits - 1);
      expect(b.holds).toBe(false);
      await clock.advance(2_001);
      expect(b.holds).toBe(true);
      await b.stop();
    },
  );

  it("does not wait longer because some of its reads fail", async () => {
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const spec = { holderIdentity: "other", leaseDurationSeconds: 15 };
    await server.create(undefined, { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "fap" }, spec });
    let reads = 0;
    server.trouble = (verb, when) => {
      if (verb === "get" && when === "before" && ++reads % 2 === 0) lost();
    };
    const b = elector(server, clock, "b");
    b.start();
    await clock.advance(20_000);
    expect(b.holds).toBe(true);
    await b.stop();
  });
});

it("durations that could allow two holders are refused", () => {
  const durations = { leaseDurationMs: 10_000, renewDeadlineMs: 10_000 };
  expect(() => elector(new LeaseServer(), new FakeClock(), "a", durations)).toThrow("less than");
});

it("stop leaves no timer, and gives back what an answer that was lost had won", async () => {
  const [server, clock] = [new LeaseServer(), new FakeClock()];
  const a = elector(server, clock, "a");
  server.trouble = (verb, when) => {
    if (verb === "create" && when === "after") lost();
  };
  a.start();
  await settle();
  expect([a.holds, server.holder]).not.toContain("");
  await a.stop();
  expect([server.holder, clock.pendingTimers]).toEqual(["", 0]);
});

/** A process of its own: its timers do not fire while it is suspended, but time goes on. */
class SuspendableClock implements Clock {
  readonly #outer: FakeClock;
  readonly #late = new Set<() => void>();
  suspended = false;

  constructor(outer: FakeClock) {
    this.#outer = outer;
  }

  now(): number {
    return this.#outer.now();
  }

  monotonic(): number {
    return this.#outer.monotonic();
  }

  timer(ms: number, run: () => void): () => void {
    const fire = () => (this.suspended ? this.#late.add(run) : run());
    const cancel = this.#outer.timer(ms, fire);
    return () => {
      cancel();
      this.#late.delete(run);
    };
  }

  resume(): void {
    this.suspended = false;
    for (const run of this.#late) {
      this.#late.delete(run);
      run();
    }
  }
}

it.each(Array.from({ length: 12 }, (_, seed) => seed))(
  "never two holders: four replicas, random trouble, seed %i",
  async (seed) => {
    const random = seeded(seed);
    const [server, clock] = [new LeaseServer(), new FakeClock()];
    const latency = (clock: Clock) =>
      new Promise<void>((resolve) => clock.timer(random() * (random() < 0.1 ? 8_000 : 200), resolve));
    server.trouble = async () => {
      await latency(clock);
      if (random() < 0.15) lost();
    };
    const replicas = Array.from({ length: 4 }, (_, index) => {
      const own = new SuspendableClock(clock);
      return { own, elector: elector(server, own, `r${index}`, { random }) };
    });
    let turns = 0;
    let before: unknown;
    for (const { elector } of replicas) elector.start();
    for (let step = 0; step < 3_000; step++) {
      await clock.advance(100);
      for (const { own } of replicas) {
        if (own.suspended && random() < 0.01) own.resume();
        else if (random() < 0.001) own.suspended = true;
      }
      const holders = replicas.filter(({ elector }) => elector.holds);
      expect(holders.length, `at ${step * 100} ms`).toBeLessThanOrEqual(1);
      if (holders[0] !== undefined && holders[0] !== before) turns++;
      before = holders[0] ?? before;
    }
    // The trouble was enough to hand the lease over, and not so much that nobody ever held it.
    expect(turns).toBeGreaterThan(0);
    server.trouble = () => {};
    for (const { own } of replicas) own.resume();
    await clock.advance(20_000);
    await Promise.all(replicas.map(({ elector }) => elector.stop()));
  },
);
