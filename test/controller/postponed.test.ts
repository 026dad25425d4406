import { beforeEach, describe, expect, test } from "vitest";
import { PostponedWrites } from "../../src/controller/postponed.ts";
import { FakeClock } from "../kube/fake-clock.ts";

describe("status that nobody waits for", () => {
  let clock: FakeClock;
  let postponed: PostponedWrites;

  beforeEach(() => {
    clock = new FakeClock();
    postponed = new PostponedWrites(clock);
  });

  test("is written when it was the same for 200 ms", async () => {
    expect(postponed.delay("a", { ready: 1 })).toBe(200);
    await clock.advance(150);
    expect(postponed.delay("a", { ready: 1 })).toBe(50);
    await clock.advance(50);
    expect(postponed.delay("a", { ready: 1 })).toBe(0);
  });

  test("waits longer while it changes, but never longer than a second", async () => {
    const delays: number[] = [];
    for (let ready = 0; ready <= 10; ready++) {
      delays.push(postponed.delay("a", { ready }));
      await clock.advance(100);
    }
    expect(delays).toEqual([200, 200, 200, 200, 200, 200, 200, 200, 200, 100, 0]);
  });

  test("is the same status when only a moment in it is a later one", async () => {
    postponed.delay("a", { verifiedAt: "2026-11-20T10:00:00.000Z" });
    await clock.advance(200);
    expect(postponed.delay("a", { verifiedAt: "2026-11-20T10:00:00.200Z" })).toBe(0);
  });

  test("is written at most once a second, each AccessPoint's own", async () => {
    const writes: number[] = [];
    for (let ms = 0; ms < 3000; ms += 100) {
      if (postponed.delay("a", { ready: Math.floor(ms / 300) }) === 0) {
        writes.push(ms);
        postponed.settled("a");
      }
      await clock.advance(100);
    }
    expect(writes).toHaveLength(3);
    expect(writes.slice(1).every((ms, index) => ms - writes[index]! >= 1000)).toBe(true);
    postponed.forget("a");
    postponed.delay("a", { ready: 1 });
    await clock.advance(200);
    expect(postponed.delay("a", { ready: 1 })).toBe(0);
  });

  test("starts anew once it was written, and is its own for each AccessPoint", async () => {
    postponed.delay("a", { ready: 1 });
    await clock.advance(200);
    expect(postponed.delay("b", { ready: 1 })).toBe(200);
    postponed.settled("a");
    expect(postponed.delay("a", { ready: 1 })).toBe(200);
  });
});
