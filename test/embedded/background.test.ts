import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Background } from "../../src/embedded/background.ts";
import { OutOfSpaceError } from "../../src/embedded/status.ts";

describe("what a server does by itself", () => {
  const ways = ["soon", "next", "run"] as const;

  test.each(ways)("%s: a failure is told, and ends nothing else", async (way) => {
    const told: unknown[] = [];
    const done: string[] = [];
    const background = new Background((error) => told.push(error));
    const failure = new Error("by itself");
    background[way](() => {
      throw failure;
    });
    background[way](() => done.push("another"));
    await delay(5);
    expect([told, done]).toEqual([[failure], ["another"]]);
  });

  test.each(ways)("%s: what finds no space is done once there is some", async (way) => {
    const told: unknown[] = [];
    let attempts = 0;
    new Background((error) => told.push(error))[way](() => {
      if (++attempts < 3) throw new OutOfSpaceError();
    });
    await expect.poll(() => attempts).toBe(3);
    await delay(120);
    expect([told, attempts]).toEqual([[], 3]);
  });
});
