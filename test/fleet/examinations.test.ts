import { expect, it } from "vitest";
import type { Drift } from "../../src/domain/drift.ts";
import { Examinations } from "../../src/fleet/examinations.ts";

const by = (manager: string, time: string): Drift => ({ fields: [{ path: "spec.hosts", manager, time }], omitted: 0 });

it("an object is looked at once for each version, and told when others changed something else than was known", () => {
  const examinations = new Examinations();
  const news = (version: string, drift: Drift | undefined) => {
    expect(examinations.knows("key", version)).toBe(false);
    const isNews = examinations.add("key", version, drift);
    expect(examinations.knows("key", version)).toBe(true);
    expect(examinations.drifts.get("key")).toBe(drift);
    return isNews;
  };
  expect(news("1", by("kubectl-edit", "10:00"))).toBe(true);
  expect(news("2", by("kubectl-edit", "11:00"))).toBe(false);
  expect(news("3", by("helm", "12:00"))).toBe(true);
  expect(news("4", { fields: [], omitted: 0 })).toBe(false);
  expect(news("5", undefined)).toBe(false);
  examinations.keep(() => false);
  expect(examinations.drifts.size).toBe(0);
});
