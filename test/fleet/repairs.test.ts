import { expect, it } from "vitest";
import { ContestedError, RepairLog, type Setback } from "../../src/fleet/repairs.ts";
import { FakeClock } from "../kube/fake-clock.ts";

const MINUTE = 60_000;
const KEY = "VirtualService.networking.istio.io/shop/web";
const CHANGED: Setback = {
  type: "Changed",
  drift: { fields: [{ path: "spec.hosts[0]", manager: "kubectl-edit", time: "noon" }], omitted: 0 },
};

/** What is said of an attempt at a repair that is not admitted. */
function refusal(log: RepairLog, setback = CHANGED): ContestedError | undefined {
  try {
    log.admit(KEY, setback);
    return undefined;
  } catch (error) {
    return error as ContestedError;
  }
}

/** The minutes in which an object is repaired that somebody changes back every minute. */
async function repairs(minutes: number, isFought: (minute: number) => boolean = () => true): Promise<readonly number[]> {
  const clock = new FakeClock();
  const log = new RepairLog(clock);
  const repaired: number[] = [];
  for (let minute = 0; minute < minutes; minute++) {
    try {
      if (isFought(minute)) {
        log.admit(KEY, CHANGED);
        log.record(KEY);
        repaired.push(minute);
      }
    } catch (error) {
      expect(error).toBeInstanceOf(ContestedError);
    }
    await clock.advance(MINUTE);
  }
  return repaired;
}

it("repairs five times, and then ever more seldom", async () => {
  expect(await repairs(240)).toEqual([0, 1, 2, 3, 4, 7, 12, 21, 38, 71, 132, 193]);
});

it("has forgiven a fight that rested for two hours", async () => {
  const minutes = await repairs(400, (minute) => minute < 10 || minute > 200);
  expect(minutes.filter((minute) => minute > 200)).toEqual([201, 202, 203, 204, 205, 208, 213, 222, 239, 272, 333, 394]);
});

it("does not take repairs that lie far apart for a fight", async () => {
  expect(await repairs(60, (minute) => minute % 3 === 0)).toHaveLength(20);
});

it("says who and how often, and how long the object is left alone, in words that do not change while it is", async () => {
  const clock = new FakeClock();
  const log = new RepairLog(clock);
  for (let round = 0; round < 5; round++) {
    expect(refusal(log)).toBeUndefined();
    log.record(KEY);
  }
  const first = refusal(log);
  expect(first?.message).toContain("it was changed back 5 times, now by kubectl-edit at noon; it is left alone for 2 minutes: ");
  await clock.advance(30_000);
  const second = refusal(log);
  expect(second?.message).toBe(first?.message);
  expect(second?.retryAfterMs).toBe(90_000);

  await clock.advance(90_000);
  expect(refusal(log)).toBeUndefined();
  log.record(KEY);
  expect(refusal(log, { type: "Lost" })?.message).toBe(
    "it was deleted, or its label accesspoint.dev/uid taken off, 6 times; it is left alone for 4 minutes: the audit log of the cluster's API server says who does it",
  );
});

it("does not take attempts that failed for a fight", () => {
  const log = new RepairLog(new FakeClock());
  for (let attempt = 0; attempt < 100; attempt++) expect(refusal(log)).toBeUndefined();
});
