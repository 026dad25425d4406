import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { GateSpec } from "../../src/api/accesspoint.ts";
import { Story } from "./story.ts";
import type { World } from "./world.ts";

/**
 * The main stories of a rollout, in files that a person can read. A line with * is something that happens, ! is a warning, = is
 * where every cluster stands (… : not verified yet). When a change of behaviour is meant, write the files anew and read the
 * difference before it is committed:
 *
 *     FAP_UPDATE_GOLDEN=1 npx vitest run test/simulator/stories.test.ts
 */
const UPDATE = process.env["FAP_UPDATE_GOLDEN"] === "1";
const DIRECTORY = fileURLToPath(new URL("stories", import.meta.url));

const FOUR = { clusters: ["lvs/lvs-1", "lvs/lvs-2", "slc/slc-1", "slc/slc-2"] };
const BASE = { maxConcurrency: 1, maxFailures: 0, progressDeadline: "10m" } as const;
/** Canary with 10 %, canary with all, then the others. */
const TWO_DIMENSIONS = [
  { ...BASE, name: "canary", clusters: ["lvs-1"], soak: "5m", after: [{ type: "Approval" as const }] },
  { ...BASE, name: "canary-full", clusters: ["lvs-1"], soak: "5m" },
  { ...BASE, name: "rest" },
];
const HALF_HOURS = [{ schedule: "0 * * * *", duration: "30m", timeZone: "UTC" }];
const bindCanary = ({ clusters }: World) => {
  for (const { bound } of clusters) bound.add("r2 canary");
};
const APPROVED = [{ type: "Approval" as const }];
const staged = (rest: object = {}) => [
  { ...BASE, name: "canary", clusters: ["lvs-1"], soak: "5m", after: APPROVED },
  { ...BASE, name: "rest", ...rest },
];
/** r1 is live everywhere. */
const live = (rollout: object = {}) =>
  new Story({ ...FOUR, rollout: { stages: staged(), ...rollout } }).edit("r1").wait(6).approve("canary").wait(1);

/** r2 is verified in lvs-1, and a gate asks what it asks. */
const checked = (gate: GateSpec) =>
  live({ stages: [{ ...staged()[0]!, after: [...APPROVED, gate] }, staged()[1]!] })
    .answers("fine", { outcome: "Success" })
    .wait(1)
    .edit("r2")
    .wait(6)
    .approve("canary");
const metered = () => [
  ...staged().slice(0, 1),
  {
    ...BASE,
    name: "rest",
    before: [
      {
        type: "Metric" as const,
        metric: {
          address: "https://prometheus.example.com",
          query: "errors",
          success: { operator: "LessThan" as const, value: 0.01 },
          interval: "1m",
          count: 3,
          failureLimit: 1,
          timeout: "1h",
        },
      },
    ],
  },
];
const measured = (value: number) => ({ outcome: "Measured" as const, values: [{ value }] });

const STORIES: Readonly<Record<string, () => Story>> = {
  "happy-path": () => new Story(FOUR).edit("r1").wait(1).approve("canary").wait(1),
  "soak-and-approval": () => live().edit("r2").wait(3).wait(3).approve("canary"),
  "rejected-canary": () => live().edit("r2").wait(6).reject("canary", "p99 doubled").wait(60),
  "retry-after-rejection": () =>
    live()
      .edit("r2")
      .wait(6)
      .reject("canary", "p99 doubled")
      .request("retry", "r2")
      .wait(1)
      .approve("canary", { reason: "it was the load test" }),
  "failure-budget": () =>
    live({ stages: staged({ maxConcurrency: 3, maxFailures: 1 }) })
      .happens("r2 is refused by slc-1", ({ troubles }) => void troubles.refused.add("r2 slc-1"))
      .edit("r2")
      .wait(6)
      .approve("canary")
      .wait(1),
  "failure-beyond-budget": () =>
    live()
      .happens("r2 is refused by lvs-2", ({ troubles }) => void troubles.refused.add("r2 lvs-2"))
      .edit("r2")
      .wait(6)
      .approve("canary")
      .wait(60),
  rollback: () =>
    live({ onFailure: "Rollback" })
      .happens("r2 is refused by slc-2", ({ troubles }) => void troubles.refused.add("r2 slc-2"))
      .edit("r2")
      .wait(6)
      .approve("canary")
      .wait(60)
      .edit("r3")
      .wait(6)
      .approve("canary"),
  "rollback-of-a-rejected-canary": () => live({ onFailure: "Rollback" }).edit("r2").wait(6).reject("canary", "p99 doubled"),
  "webhook-asked-again": () =>
    checked({ type: "Webhook", webhook: { url: "https://ci.example.com", timeout: "10m" } })
      .answers("it answered 503", { outcome: "Error" })
      .wait(1)
      .answers("it answered 200", { outcome: "Success" })
      .wait(1),
  "webhook-says-no": () =>
    checked({ type: "Webhook", webhook: { url: "https://ci.example.com", timeout: "10m" } })
      .answers("it answered 422", { outcome: "Failure" })
      .wait(60)
      .request("retry", "r2")
      .answers("it answered 200", { outcome: "Success" }),
  "check-lost-with-its-controller": () =>
    checked({ type: "Webhook", webhook: { url: "https://ci.example.com", timeout: "10m" } })
      .away(60)
      .answers("it answered 200", { outcome: "Success" })
      .wait(1),
  "metric-worse-than-it-may-be": () =>
    live({ onFailure: "Rollback", stages: metered() })
      .answers("measured", measured(0))
      .wait(1)
      .answers("measured", measured(0))
      .wait(1)
      .answers("measured", measured(0))
      .edit("r2")
      .wait(6)
      .approve("canary")
      .answers("measured", measured(0.002))
      .wait(1)
      .answers("measured", measured(Number.NaN))
      .wait(1)
      .answers("measured", measured(0.04))
      .wait(1)
      .answers("measured", measured(0.07)),
  "edit-in-mid-run": () => live().edit("r2").wait(6).edit("r3").approve("canary", { revision: "r2" }).wait(6).approve("canary"),
  "going-back": () => live().edit("r2").wait(6).edit("r1").wait(6),
  "deadline-exceeded": () =>
    live()
      .happens("r2 is never ready in lvs-1", ({ troubles }) => void troubles.slow.add("r2 lvs-1"))
      .edit("r2")
      .wait(9)
      .wait(2),
  "retry-after-mending": () =>
    live()
      .happens("r2 is refused by slc-1", ({ troubles }) => void troubles.refused.add("r2 slc-1"))
      .edit("r2")
      .wait(6)
      .approve("canary")
      .wait(1)
      .happens("what slc-1 refused is mended", ({ troubles }) => troubles.refused.clear())
      .request("retry", "r2")
      .wait(1),
  skip: () =>
    live()
      .happens("r2 is refused by slc-1", ({ troubles }) => void troubles.refused.add("r2 slc-1"))
      .edit("r2")
      .wait(6)
      .request("skip", "slc-1@r2")
      .approve("canary")
      .wait(1),
  abort: () => live().edit("r2").wait(6).request("abort", "r2").approve("canary").wait(60),
  "cluster-lost-in-mid-run": () => live().edit("r2").wait(6).loses("slc-1").approve("canary").wait(5).finds("slc-1").wait(1),
  "cluster-lost-for-good": () => live().edit("r2").wait(6).loses("slc-1").approve("canary").wait(11),
  "earlier-cluster-degrades": () =>
    live({ stages: [...staged().slice(0, 1), { ...BASE, name: "rest", before: [{ type: "Wait", duration: "10m" }] }] })
      .edit("r2")
      .wait(6)
      .approve("canary")
      .cluster("falls ill", "lvs-1", (cluster) => {
        cluster.ill = "Progressing";
      })
      .wait(5)
      .cluster("recovers", "lvs-1", (cluster) => {
        cluster.ill = undefined;
      })
      .wait(6),
  "soak-and-restart": () => live().edit("r2").wait(3).away(60).wait(1).wait(3),
  "flap-during-soak": () =>
    live()
      .edit("r2")
      .wait(4)
      .cluster("falls ill", "lvs-1", (cluster) => {
        cluster.ill = "Progressing";
      })
      .cluster("recovers", "lvs-1", (cluster) => {
        cluster.ill = undefined;
      })
      .wait(4)
      .wait(2),
  pause: () =>
    live()
      .edit("r2")
      .wait(6)
      .happens("somebody pauses", (world) => {
        world.settings = { ...world.settings, paused: true };
      })
      .approve("canary")
      .wait(60)
      .happens("somebody resumes", (world) => {
        world.settings = { ...world.settings, paused: false };
      }),
  join: () => {
    const story = new Story({ ...FOUR, rollout: { stages: staged() } });
    story.world.cluster("lvs-2").placed = false;
    return story
      .edit("r1")
      .cluster("joins", "lvs-2", (cluster) => {
        cluster.placed = true;
      })
      .wait(6)
      .approve("canary")
      .wait(1);
  },
  "join-when-complete": () => {
    const story = new Story({ ...FOUR, rollout: { stages: staged() } });
    story.world.cluster("lvs-2").placed = false;
    return story
      .edit("r1")
      .wait(6)
      .approve("canary")
      .cluster("joins", "lvs-2", (cluster) => {
        cluster.placed = true;
      })
      .wait(1);
  },
  "rejected-before-its-gate": () => live().edit("r2").wait(2).reject("canary", "p99 doubled").wait(6),
  "retry-within-budget": () =>
    live({ stages: staged({ maxConcurrency: 3, maxFailures: 1 }) })
      .happens("r2 is refused by lvs-2", ({ troubles }) => void troubles.refused.add("r2 lvs-2"))
      .edit("r2")
      .wait(6)
      .approve("canary")
      .request("retry", "r2")
      .wait(1),
  "retry-by-other-rules": () =>
    live()
      .happens("r2 is refused by lvs-2", ({ troubles }) => void troubles.refused.add("r2 lvs-2"))
      .edit("r2")
      .wait(6)
      .approve("canary")
      .happens("stage rest may have a failure", (world) => {
        world.settings = { ...world.settings, stages: staged({ maxConcurrency: 2, maxFailures: 1 }) };
      })
      .request("retry", "r2")
      .wait(6)
      .approve("canary", { reason: "seen before" }),
  "out-of-reach-while-nobody-watches": () =>
    live()
      .edit("r2")
      .wait(6)
      .loses("lvs-2")
      .approve("canary")
      .wait(2)
      .happens("the process stands still for an hour", (world) => world.freeze(60 * 60_000))
      .wait(7)
      .wait(4),
  "looks-back-before-it-goes-on": () =>
    live()
      .happens("r2 takes its time in lvs-2", ({ troubles }) => void troubles.slow.add("r2 lvs-2"))
      .edit("r2")
      .wait(6)
      .approve("canary")
      .happens("the controller dies; lvs-2 comes about, and lvs-1 falls ill", (world) => {
        world.crash();
        world.troubles.slow.clear();
        world.cluster("lvs-1").ill = "Progressing";
      })
      .happens("it is started again and reaches all but lvs-1", (world) => {
        world.restart();
        for (const cluster of world.clusters) if (cluster.name !== "lvs-1") cluster.reach = "Reachable";
      })
      .finds("lvs-1")
      .cluster("recovers", "lvs-1", (cluster) => {
        cluster.ill = undefined;
      })
      .wait(1),
  "sorted-by-label": () => {
    const order = { label: "size", order: "Ascending" as const };
    const story = new Story({ ...FOUR, rollout: { stages: [{ ...BASE, name: "all", sortBy: order }] } });
    for (const [name, size] of [
      ["lvs-1", "10"],
      ["slc-1", "2"],
      ["slc-2", "2"],
    ] as const)
      story.world.cluster(name).size = size;
    return story.edit("r1").wait(1);
  },
  "window-closed": () =>
    live({ windows: HALF_HOURS })
      .wait(24)
      .edit("r2")
      .wait(28)
      .wait(2)
      .wait(5)
      .wait(25)
      .approve("canary", { reason: "gates do not wait for a window" })
      .wait(28)
      .wait(2)
      .wait(30)
      .edit("r3")
      .happens("somebody takes the windows away", (world) => {
        const { windows: _, ...settings } = world.settings;
        world.settings = settings;
      }),
  "going-back-outside-of-windows": () => live({ windows: HALF_HOURS }).edit("r2").wait(28).edit("r1"),
  "no-place-left": () =>
    live({ stages: staged({ maxFailures: 1 }) })
      .happens("r2 is refused by lvs-2", ({ troubles }) => void troubles.refused.add("r2 lvs-2"))
      .edit("r2")
      .wait(6)
      .approve("canary")
      .wait(9)
      .wait(2),
  "two-dimensions": () =>
    live({ stages: TWO_DIMENSIONS })
      .wait(6)
      .happens("r2 has overrides that are bound to stage canary", bindCanary)
      .edit("r2")
      .wait(6)
      .approve("canary")
      .wait(6),
  "two-dimensions-rejected": () =>
    live({ stages: TWO_DIMENSIONS, onFailure: "Rollback" })
      .wait(6)
      .happens("r2 has overrides that are bound to stage canary", bindCanary)
      .edit("r2")
      .wait(6)
      .reject("canary", "p99 doubled at 10 %"),
  "two-dimensions-fails-in-full": () =>
    live({ stages: TWO_DIMENSIONS, onFailure: "Rollback" })
      .wait(6)
      .happens("r2 has overrides that are bound to stage canary, and lvs-1 refuses it in full", (world) => {
        bindCanary(world);
        world.troubles.refused.add("r2 lvs-1 end");
      })
      .edit("r2")
      .wait(6)
      .approve("canary")
      .wait(1),
  "leave-gated": () =>
    live({ beforeRemoval: [{ type: "Approval" }] })
      .cluster("leaves", "lvs-2", (cluster) => {
        cluster.placed = false;
      })
      .reject("removal", "still in use")
      .wait(1)
      .request("retry", "r1")
      .approve("removal", { reason: "now it is not" })
      .wait(1),
  "leave-as-the-last-that-works": () =>
    live()
      .happens("all but lvs-1 fall ill", ({ clusters }) => {
        for (const cluster of clusters) if (cluster.name !== "lvs-1") cluster.ill = "Failed";
      })
      .wait(1)
      .cluster("leaves", "lvs-1", (cluster) => {
        cluster.placed = false;
      })
      .wait(60)
      .cluster("recovers", "slc-2", (cluster) => {
        cluster.ill = undefined;
      })
      .wait(1),
  leave: () =>
    live()
      .edit("r2")
      .wait(6)
      .cluster("leaves", "lvs-2", (cluster) => {
        cluster.placed = false;
      })
      .approve("canary")
      .wait(1),
};

describe("stories", () => {
  it.each(Object.entries(STORIES))("%s", (name, tell) => {
    const path = `${DIRECTORY}/${name}.golden`;
    const { text } = tell();
    if (UPDATE) writeFileSync(path, text);
    expect(existsSync(path), `${path} is missing; see the head of this file`).toBe(true);
    expect(text).toBe(readFileSync(path, "utf8"));
  });

  it("every golden file is told by a story", () => {
    expect(readdirSync(DIRECTORY).sort()).toEqual(
      Object.keys(STORIES)
        .map((name) => `${name}.golden`)
        .sort(),
    );
  });
});
