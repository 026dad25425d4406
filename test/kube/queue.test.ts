import { describe, expect, it, onTestFinished } from "vitest";
import { apiError, TerminalError } from "../../src/kube/errors.ts";
import { type Requeue, type Run, WorkQueue, type WorkQueueOptions } from "../../src/kube/queue.ts";
import { FakeClock, settle } from "./fake-clock.ts";

type Result = Requeue | Error | undefined;

/** A queue whose runs last until the test ends them. */
function queued(options: Partial<WorkQueueOptions> = {}) {
  const clock = new FakeClock();
  const started: string[] = [];
  const runs: Run[] = [];
  const logged: [level: string, message: string][] = [];
  const running = new Map<string, (result: Result) => void>();
  let overlaps = 0;
  const log = (level: string) => (message: string) => logged.push([level, message]);
  const queue = new WorkQueue({
    concurrency: 10,
    run: async (key) => {
      started.push(key);
      if (running.has(key)) overlaps++;
      const result = await new Promise<Result>((resolve) => running.set(key, resolve));
      if (result instanceof Error) throw result;
      return result;
    },
    onRun: (run) => runs.push(run),
    clock,
    random: () => 0.5,
    logger: { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
    ...options,
  });
  const finish = async (key: string, result?: Result) => {
    const end = running.get(key);
    if (end === undefined) throw new Error(`${key} is not running`);
    running.delete(key);
    end(result);
    await settle();
  };
  onTestFinished(async () => {
    const stopped = queue.stop();
    for (const end of running.values()) end(undefined);
    await stopped;
    expect(overlaps).toBe(0);
  });
  return { queue, clock, started, runs, logged, finish };
}

describe("a key", () => {
  it("waits once, however often it is added", async () => {
    const { queue, started, finish } = queued({ concurrency: 1 });
    for (const key of ["a", "b", "b", "b"]) queue.add(key);
    await settle();
    expect([started, queue.depth, queue.inFlight]).toEqual([["a"], 1, 1]);
    await finish("a");
    await finish("b");
    expect([started, queue.depth, queue.inFlight]).toEqual([["a", "b"], 0, 0]);
  });

  it("never runs twice at once, and runs again when it was added while it ran", async () => {
    const { queue, started, finish } = queued();
    queue.add("a");
    await settle();
    queue.add("a");
    queue.add("a");
    await settle();
    expect(started).toEqual(["a"]);
    await finish("a");
    expect(started).toEqual(["a", "a"]);
    await finish("a");
    expect(started).toEqual(["a", "a"]);
  });

  it("that is added all the time does not keep others waiting", async () => {
    const { queue, started, finish } = queued({ concurrency: 1 });
    for (const key of ["busy", "b", "c"]) queue.add(key);
    await settle();
    queue.add("busy");
    await finish("busy");
    queue.add("busy");
    await finish("b");
    await finish("c");
    expect(started).toEqual(["busy", "b", "c", "busy"]);
  });

  it("runs with others up to the concurrency", async () => {
    const { queue, started } = queued({ concurrency: 2 });
    for (const key of ["a", "b", "c"]) queue.add(key);
    await settle();
    expect([started, queue.depth, queue.inFlight]).toEqual([["a", "b"], 1, 2]);
  });
});

describe("later", () => {
  it("a delayed key runs at its time, the earliest of several", async () => {
    const { queue, clock, started } = queued();
    queue.add("a", 5_000);
    queue.add("a", 2_000);
    queue.add("a", 9_000);
    expect(queue.delayed).toBe(1);
    await clock.advance(1_999);
    expect(started).toEqual([]);
    await clock.advance(1);
    expect([started, queue.delayed]).toEqual([["a"], 0]);
  });

  it("a run settles earlier adds for later", async () => {
    const { queue, clock, started, finish } = queued();
    queue.add("a", 5_000);
    queue.add("a");
    await settle();
    await finish("a");
    await clock.advance(10_000);
    expect(started).toEqual(["a"]);
  });

  it("a pass says when to look again", async () => {
    const { queue, clock, started, finish } = queued();
    queue.add("a");
    await settle();
    await finish("a", { requeueAfterMs: 60_000 });
    await clock.advance(59_999);
    expect(started).toEqual(["a"]);
    await clock.advance(1);
    expect(started).toEqual(["a", "a"]);
  });
});

describe("a failure", () => {
  /** When each of the next runs of "a" starts, in seconds after the first; each ends with `result`. */
  async function startsOf(results: Result[], options: Partial<WorkQueueOptions> = {}) {
    const test = queued(options);
    const { queue, clock, started, finish } = test;
    queue.add("a");
    await settle();
    const from = clock.now();
    const at: number[] = [];
    for (const result of results) {
      at.push((clock.now() - from) / 1_000);
      const count = started.length;
      await finish("a", result);
      for (let step = 0; step < 4_000 && started.length === count; step++) await clock.advance(250);
    }
    return { ...test, at };
  }
  const broken = new Error("broken");

  it("is tried again after growing times, up to the cap", async () => {
    const { at } = await startsOf([broken, broken, broken, broken, broken, broken], { backoff: { baseMs: 1_000, capMs: 6_000 } });
    expect(at).toEqual([0, 0.5, 1.5, 3.5, 6.5, 9.5]);
  });

  it("is forgotten on success", async () => {
    const { at } = await startsOf([broken, broken, { requeueAfterMs: 500 }, broken, broken], {
      backoff: { baseMs: 1_000, capMs: 60_000 },
    });
    expect(at).toEqual([0, 0.5, 1.5, 2, 2.5]);
  });

  it("is logged once a cause", async () => {
    const { logged } = await startsOf([broken, broken, new Error("other"), broken]);
    expect(logged.map(([level]) => level)).toEqual(["warn", "debug", "warn", "warn"]);
  });

  it("of a throttled server waits as long as the server asks", async () => {
    const throttled = apiError("throttled", { status: 429, reason: "TooManyRequests", retryAfterMs: 7_000 });
    const { at } = await startsOf([throttled, undefined]);
    expect(at).toEqual([0, 7]);
  });

  it("that is terminal is logged and not tried again until the key is added", async () => {
    const { queue, clock, started, finish, logged, runs } = queued();
    queue.add("a");
    await settle();
    await finish("a", new TerminalError("the spec is wrong"));
    await clock.advance(3_600_000);
    expect([started, logged]).toEqual([["a"], [["error", "given up until it changes"]]]);
    queue.add("a");
    await settle();
    await finish("a");
    expect(runs.map(({ outcome }) => outcome)).toEqual(["terminal", "done"]);
  });

  it("of a key that was added meanwhile is tried again soon, but not in a circle", async () => {
    const { queue, clock, started, finish } = queued({ backoff: { baseMs: 1_000, capMs: 600_000 } });
    queue.add("a");
    await settle();
    for (let i = 0; i < 8; i++) {
      queue.add("a");
      await finish("a", broken);
      expect(started).toHaveLength(i + 1);
      await clock.advance(1_000);
      expect(started).toHaveLength(i + 2);
    }
  });

  it("does not keep a change waiting: an add runs at once", async () => {
    const { queue, started, finish } = queued({ backoff: { baseMs: 60_000, capMs: 600_000 } });
    queue.add("a");
    await settle();
    await finish("a", broken);
    queue.add("a");
    await settle();
    expect([started, queue.delayed]).toEqual([["a", "a"], 0]);
  });
});

describe("the end", () => {
  it("drain waits for what is due and runs, not for what is delayed", async () => {
    const { queue, finish } = queued({ concurrency: 1 });
    queue.add("a");
    queue.add("b");
    queue.add("later", 60_000);
    let drained = false;
    void queue.drain().then(() => (drained = true));
    await settle();
    queue.add("a");
    await finish("a");
    await finish("b");
    expect(drained).toBe(false);
    await finish("a");
    expect(drained).toBe(true);
  });

  it("stop aborts what runs, starts nothing, and leaves no timer", async () => {
    const clock = new FakeClock();
    const started: string[] = [];
    const queue = new WorkQueue({
      concurrency: 1,
      run: (key, signal) => {
        started.push(key);
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
      clock,
    });
    queue.add("runs");
    queue.add("waits");
    queue.add("later", 1_000);
    await settle();
    await queue.stop();
    expect(clock.pendingTimers).toBe(0);
    queue.add("late");
    await clock.advance(10_000);
    expect([started, clock.pendingTimers, queue.depth, queue.inFlight, queue.delayed]).toEqual([["runs"], 0, 0, 0, 0]);
  });
});

it("measures how long a key waited and ran", async () => {
  const { queue, clock, runs, finish } = queued({ concurrency: 1 });
  queue.add("a");
  queue.add("b");
  await clock.advance(30);
  await finish("a");
  await clock.advance(20);
  await finish("b", { requeueAfterMs: 1_000 });
  expect(runs).toEqual([
    { key: "a", outcome: "done", waitedMs: 0, ranMs: 30 },
    { key: "b", outcome: "requeued", waitedMs: 30, ranMs: 20 },
  ]);
});
