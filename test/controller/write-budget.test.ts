import { beforeEach, describe, expect, test } from "vitest";
import { type Write, WriteBudget } from "../../src/controller/write-budget.ts";
import { FakeClock } from "../kube/fake-clock.ts";

describe("writes of status", () => {
  let clock: FakeClock;
  let budget: WriteBudget;

  beforeEach(() => {
    clock = new FakeClock();
    budget = new WriteBudget(clock);
  });

  /** What only tells, in an AccessPoint with three clusters. */
  const tell = (status: object, parts: Partial<Write> = {}) =>
    budget.delay({ uid: "a", status, intent: false, edited: false, clusters: 3, ...parts });
  const intend = (parts: Partial<Write> = {}) => tell({}, { intent: true, ...parts });

  /** When something is written, in milliseconds, where there is something else to write every 40 ms. */
  async function times(forMs: number, write: (ms: number) => number): Promise<readonly number[]> {
    const writes: number[] = [];
    for (let ms = 0; ms < forMs; ms += 40) {
      if (write(ms) === 0) writes.push(ms);
      await clock.advance(40);
    }
    return writes;
  }
  const inWorstSecond = (writes: readonly number[]): number =>
    Math.max(...writes.map((from) => writes.filter((at) => at >= from && at < from + 1000).length));

  describe("that only tell", () => {
    test("are made when it was the same for 200 ms", async () => {
      expect(tell({ ready: 1 })).toBe(200);
      await clock.advance(150);
      expect(tell({ ready: 1 })).toBe(50);
      await clock.advance(50);
      expect(tell({ ready: 1 })).toBe(0);
    });

    test("wait longer while it changes, but never longer than a second", async () => {
      const delays: number[] = [];
      for (let ready = 0; ready <= 10; ready++) {
        delays.push(tell({ ready }));
        await clock.advance(100);
      }
      expect(delays).toEqual([200, 200, 200, 200, 200, 200, 200, 200, 200, 100, 0]);
    });

    test("are the same when only a moment in them is a later one", async () => {
      tell({ verifiedAt: "2026-11-20T10:00:00.000Z" });
      await clock.advance(200);
      expect(tell({ verifiedAt: "2026-11-20T10:00:00.200Z" })).toBe(0);
    });

    test("are one a second, however much a member changes", async () => {
      const writes = await times(60_000, (ms) => tell({ degraded: ms % 80 === 0 }));
      expect(inWorstSecond(writes)).toBe(1);
      expect(writes.length).toBeGreaterThan(50);
    });

    test("tell of what goes to and fro, but not of what was for a moment", async () => {
      const toAndFro = (ms: number) => {
        if (ms % 80 !== 0) return tell({ ready: 1 });
        budget.unchanged("a");
        return 1;
      };
      const writes = await times(3000, toAndFro);
      expect(writes).toHaveLength(2);
      expect(writes[0]).toBeGreaterThanOrEqual(1000);
      budget.forget("a");
      expect(tell({ ready: 1 })).toBe(200);
      budget.unchanged("a");
      await clock.advance(1100);
      expect(tell({ ready: 1 })).toBe(200);
    });

    test("wait for a second after any other write, and start anew once they were made", async () => {
      expect(intend()).toBe(0);
      tell({ ready: 1 });
      await clock.advance(200);
      expect(tell({ ready: 1 })).toBe(800);
      await clock.advance(800);
      expect(tell({ ready: 1 })).toBe(0);
      expect(tell({ ready: 2 })).toBe(1000);
    });

    test("are each AccessPoint's own, and forgotten with it", async () => {
      tell({ ready: 1 });
      await clock.advance(200);
      expect(tell({ ready: 1 }, { uid: "b" })).toBe(200);
      expect(tell({ ready: 1 })).toBe(0);
      budget.forget("a");
      expect(tell({ ready: 2 })).toBe(200);
    });
  });

  describe("that a rollout needs", () => {
    test("are made at once for each of its clusters and five more, and then one a second", async () => {
      const writes = await times(60_000, () => intend());
      expect(writes.slice(0, 9)).toEqual([0, 40, 80, 120, 160, 200, 240, 280, 1000]);
      expect(writes.filter((ms) => ms >= 1000)).toHaveLength(59);
      expect(inWorstSecond(writes.filter((ms) => ms >= 1000))).toBe(1);
    });

    test("come to no more than one a second together with those that only tell", async () => {
      const writes = await times(60_000, (ms) => (ms % 200 === 0 ? intend() : tell({ ms })));
      expect(writes.length).toBeLessThanOrEqual(60 + 8);
      expect(inWorstSecond(writes.filter((ms) => ms >= 10_000))).toBe(1);
    });

    test("have an allowance that fills up again, and is full when the specification was changed", async () => {
      for (let count = 0; count < 8; count++) expect(intend()).toBe(0);
      expect(intend()).toBe(1000);
      await clock.advance(3000);
      for (let count = 0; count < 3; count++) expect(intend()).toBe(0);
      expect(intend()).toBe(1000);
      expect(intend({ edited: true })).toBe(0);
      for (let count = 0; count < 7; count++) expect(intend()).toBe(0);
      expect(intend()).toBe(1000);
    });
  });
});
