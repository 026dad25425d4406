import { describe, expect, it } from "vitest";
import { accessPointSpec, type RolloutStatus, type StageStatus } from "../../src/api/accesspoint.ts";
import { advance } from "../../src/domain/rollout/advance.ts";
import { eligible, judge } from "../../src/domain/rollout/gates.ts";
import type { Decision, Entry, Observation, State, TargetView } from "../../src/domain/rollout/model.ts";
import { contradiction, makePlan } from "../../src/domain/rollout/plan.ts";
import { FLEET } from "../placement/builders.ts";

const NOW = "2026-01-01T12:00:00.000Z";
const TARGETS = FLEET.map((member) => ({ member, placed: true, zonePrimary: member.role === "Primary" }));
const KNOWN = FLEET;

const settings = (rollout: object = {}): Observation["settings"] => accessPointSpec.shape.rollout.parse(rollout);

describe("who is in which stage", () => {
  /** "canary: lvs-1 (1 at once)" for each stage, or what is wrong. */
  const planOf = (rollout: object): readonly string[] => {
    const plan = makePlan(settings(rollout), TARGETS, KNOWN);
    if ("findings" in plan) return plan.findings.map(({ reason, field }) => `${reason} ${field}`);
    return plan.stages.map(
      ({ name, clusters, maxConcurrency }) => `${name}: ${clusters.join(" ") || "-"} (${maxConcurrency} at once)`,
    );
  };

  it.each<[string, object, readonly string[]]>([
    ["without stages: one, then the rest", {}, ["canary: lvs-1 (1 at once)", "rest: lvs-2 rno-1 rno-2 slc-1 slc-2 (1 at once)"]],
    [
      "a cluster belongs to the first stage that selects it",
      { stages: [{ name: "a", zones: ["lvs"] }, { name: "b", clusters: ["lvs-1", "rno-1"] }, { name: "c" }] },
      ["a: lvs-1 lvs-2 (1 at once)", "b: rno-1 (1 at once)", "c: rno-2 slc-1 slc-2 (1 at once)"],
    ],
    [
      "count takes some and leaves the others to later stages",
      { stages: [{ name: "a", zones: ["lvs", "rno"], count: 3 }, { name: "b" }] },
      ["a: lvs-1 lvs-2 rno-1 (1 at once)", "b: rno-2 slc-1 slc-2 (1 at once)"],
    ],
    [
      "a share is of the stage, rounded down, at least one",
      {
        stages: [
          { name: "a", count: 5, maxConcurrency: "50%" },
          { name: "b", maxConcurrency: "10%" },
        ],
      },
      ["a: lvs-1 lvs-2 rno-1 rno-2 slc-1 (2 at once)", "b: slc-2 (1 at once)"],
    ],
    [
      "what no stage selects comes last, in a stage of its own",
      { stages: [{ name: "unmatched", zones: ["lvs"] }] },
      ["unmatched: lvs-1 lvs-2 (1 at once)", "unmatched-2: rno-1 rno-2 slc-1 slc-2 (1 at once)"],
    ],
    [
      "unless that is an error",
      { stages: [{ name: "a", zones: ["lvs"] }], unmatchedClusters: "Fail" },
      ["UnmatchedClusters spec.rollout.stages"],
    ],
    [
      "a stage that selects nothing is empty",
      { stages: [{ name: "a", clusterSelector: { matchLabels: { no: "where" } } }, { name: "b" }] },
      ["a: - (1 at once)", "b: lvs-1 lvs-2 rno-1 rno-2 slc-1 slc-2 (1 at once)"],
    ],
    [
      "a name that is not known is a slip, not an empty stage",
      { stages: [{ name: "a", clusters: ["lvs-9"] }, { name: "b" }] },
      ["StageClusterNotFound spec.rollout.stages[0].clusters"],
    ],
    [
      "nor is a zone in which nobody is, or such a region",
      {
        stages: [
          { name: "a", zones: ["lvs", "lvss"] },
          { name: "b", regions: ["us-wets"] },
        ],
      },
      ["StageZoneNotFound spec.rollout.stages[0].zones", "StageRegionNotFound spec.rollout.stages[1].regions"],
    ],
    [
      "lists without entries leave nobody out",
      { stages: [{ name: "a", clusters: [], zones: [], regions: [] }, { name: "b" }] },
      ["a: lvs-1 lvs-2 rno-1 rno-2 slc-1 slc-2 (1 at once)", "b: - (1 at once)"],
    ],
  ])("%s", (_, rollout, expected) => {
    expect(planOf(rollout)).toEqual(expected);
  });

  it.each<[string, object, readonly string[]]>([
    ["numbers as numbers, no value last", { label: "weight" }, ["rno-1", "slc-1", "lvs-2", "lvs-1", "rno-2", "slc-2"]],
    [
      "the other way round, no value still last",
      { label: "weight", order: "Descending" },
      ["lvs-1", "lvs-2", "rno-1", "slc-1", "rno-2", "slc-2"],
    ],
    ["a label that nobody has: by zone, then name", { label: "nobody" }, ["lvs-1", "lvs-2", "rno-1", "rno-2", "slc-1", "slc-2"]],
  ])("order inside a stage: %s", (_, sortBy, expected) => {
    const weights: Readonly<Record<string, string>> = { "lvs-1": "gold", "lvs-2": "10", "rno-1": "9", "slc-1": "9" };
    const targets = TARGETS.map((target) => {
      const weight = weights[target.member.name];
      return { ...target, member: { ...target.member, labels: weight ? { weight } : {} } };
    });
    const plan = makePlan(settings({ stages: [{ name: "all", sortBy }] }), targets, KNOWN);
    expect("stages" in plan && plan.stages[0]?.clusters).toEqual(expected);
  });

  it("count takes the first in that order", () => {
    const targets = TARGETS.map((target) => ({ ...target, member: { ...target.member, labels: { size: target.member.name } } }));
    const stages = [{ name: "a", count: 2, sortBy: { label: "size", order: "Descending" } }, { name: "b" }];
    const plan = makePlan(settings({ stages }), targets, KNOWN);
    expect("stages" in plan && plan.stages.map(({ clusters }) => clusters.join(" "))).toEqual([
      "slc-2 slc-1",
      "lvs-1 lvs-2 rno-1 rno-2",
    ]);
  });

  describe("where overrides are bound to a stage", () => {
    /** "canary: lvs-1* rno-1": a star where a cluster only steps; or what is wrong. */
    const pathOf = (rollout: object, bound: readonly string[]): readonly string[] => {
      const plan = makePlan(settings(rollout), TARGETS, KNOWN, ({ member }, stage) => bound.includes(`${member.name} ${stage}`));
      if ("findings" in plan) return plan.findings.map(({ message }) => message);
      return plan.stages.map(
        ({ name, clusters, stepping = [] }) =>
          `${name}: ${clusters.map((cluster) => `${cluster}${stepping.includes(cluster) ? "*" : ""}`).join(" ") || "-"}`,
      );
    };
    const canary = { name: "canary", clusters: ["lvs-1"] };
    const full = { name: "full", clusters: ["lvs-1"] };

    it.each<[string, object, readonly string[], readonly string[]]>([
      [
        "the next stage that selects the cluster takes it on",
        { stages: [canary, full, { name: "rest" }] },
        ["lvs-1 canary"],
        ["canary: lvs-1*", "full: lvs-1", "rest: lvs-2 rno-1 rno-2 slc-1 slc-2"],
      ],
      [
        "step by step",
        { stages: [canary, { name: "half", clusters: ["lvs-1"] }, full, { name: "rest" }] },
        ["lvs-1 canary", "lvs-1 half"],
        ["canary: lvs-1*", "half: lvs-1*", "full: lvs-1", "rest: lvs-2 rno-1 rno-2 slc-1 slc-2"],
      ],
      [
        "a stage in between may be for others",
        { stages: [{ name: "a", zones: ["lvs"] }, { name: "b", zones: ["slc"] }, { name: "c" }] },
        ["lvs-1 a", "lvs-2 a"],
        ["a: lvs-1* lvs-2*", "b: slc-1 slc-2", "c: lvs-1 lvs-2 rno-1 rno-2"],
      ],
      [
        "the default stages take the canary on before they begin with the rest",
        {},
        ["lvs-1 canary"],
        ["canary: lvs-1*", "rest: lvs-1 lvs-2 rno-1 rno-2 slc-1 slc-2"],
      ],
      [
        "what no later stage takes on comes to its end in a stage of its own",
        { stages: [canary, { name: "rest" }] },
        ["lvs-1 canary", "lvs-2 rest"],
        ["canary: lvs-1*", "rest: lvs-1 lvs-2* rno-1 rno-2 slc-1 slc-2", "unmatched: lvs-2"],
      ],
      [
        "unless that is an error",
        { stages: [canary, { name: "b", zones: ["lvs", "rno"] }], unmatchedClusters: "Fail" },
        ["lvs-2 b"],
        [
          "overrides are bound to stage b, and no later stage takes lvs-2 on without them, and spec.rollout.unmatchedClusters is Fail",
          "no stage selects slc-1, slc-2, and spec.rollout.unmatchedClusters is Fail",
        ],
      ],
    ])("%s", (_, rollout, bound, expected) => {
      expect(pathOf(rollout, bound)).toEqual(expected);
    });
  });

  it("windows hold what is new, and not what somebody asks to go back to", () => {
    const windows = [{ schedule: "0 22 * * *", duration: "1h" }];
    const begun = (rollout: object) =>
      advance({ entries: new Map() }, seen({ settings: settings({ windows, ...rollout }), targets: views(["lvs-1"]) }));
    const closed = begun({}).state;
    expect([closed.rollout?.phase, closed.rollout?.window, closed.entries.size]).toEqual([
      "Waiting",
      { start: "2026-01-01T22:00:00.000Z", end: "2026-01-01T23:00:00.000Z" },
      0,
    ]);
    expect(begun({}).wakeAt).toEqual(new Date("2026-01-01T22:00:00.000Z"));
    const back = begun({ rollbackTo: "r1" }).state;
    expect([back.rollout?.phase, back.rollout?.window, back.entries.size]).toEqual(["Progressing", undefined, 1]);
  });

  it("a slip is answered with what was meant", () => {
    const plan = makePlan(settings({ stages: [{ name: "a", clusters: ["lsv-1"] }] }), TARGETS, KNOWN);
    expect("findings" in plan && plan.findings[0]?.message).toContain('did you mean "lvs-1"?');
  });
});

const stage = (
  name: string,
  phase: StageStatus["phase"],
  clusters: string[] = [name],
  gates?: StageStatus["gates"],
): StageStatus => ({
  name,
  phase,
  clusters,
  maxConcurrency: 1,
  maxFailures: 0,
  progressDeadline: "10m",
  ...(gates ? { gates } : {}),
});

describe("fields that do not fit are refused", () => {
  const stages = (stage: object) => ({ stages: [{ name: "a", ...stage }] });
  const windows = (window: object) => ({ windows: [{ schedule: "0 22 * * *", duration: "1h", ...window }] });

  it.each<[string, object, string]>([
    ["a key that no label has", stages({ sortBy: { label: "no label" } }), "stages.0.sortBy.label"],
    ["no key", stages({ sortBy: { order: "Ascending" } }), "stages.0.sortBy.label"],
    ["an order that there is not", stages({ sortBy: { label: "size", order: "Random" } }), "stages.0.sortBy.order"],
    ["a schedule that is no text", windows({ schedule: 22 }), "windows.0.schedule"],
    ["a duration without a unit", windows({ duration: "60" }), "windows.0.duration"],
    ["a field that there is not", windows({ timezone: "UTC" }), "windows.0"],
  ])("%s", (_, rollout, path) => {
    const { error } = accessPointSpec.shape.rollout.safeParse(rollout);
    expect(error?.issues.map((issue) => issue.path.join("."))).toEqual([path]);
  });

  it("what is right is taken, with its defaults", () => {
    const { stages: [stage] = [], windows: [window] = [] } = settings({
      ...stages({ sortBy: { label: "example.com/size" } }),
      ...windows({}),
    });
    expect([stage?.sortBy?.order, window?.timeZone]).toEqual(["Ascending", "UTC"]);
  });
});

describe("a state that does not add up is refused", () => {
  it.each<[string, readonly StageStatus[], string | undefined]>([
    ["one active stage", [stage("a", "Completed"), stage("b", "Progressing"), stage("c", "Pending")], undefined],
    ["all done", [stage("a", "Completed"), stage("b", "Skipped")], undefined],
    [
      "two active stages",
      [stage("a", "Progressing"), stage("b", "Soaking")],
      "stage b has begun although stage a before it is not done",
    ],
    [
      "a later one done first",
      [stage("a", "Pending"), stage("b", "Completed")],
      "stage b has begun although stage a before it is not done",
    ],
    [
      "a cluster that steps in one stage and ends in another",
      [{ ...stage("a", "Progressing", ["x"]), stepping: ["x"] }, stage("b", "Pending", ["x"])],
      undefined,
    ],
    [
      "a cluster that steps and ends nowhere",
      [{ ...stage("a", "Progressing", ["x"]), stepping: ["x"] }, stage("b", "Pending", ["y"])],
      "no stage takes cluster x on from stage a",
    ],
    ["a cluster in two stages", [stage("a", "Completed", ["x"]), stage("b", "Pending", ["x"])], "cluster x is in two stages"],
  ])("%s", (_, stages, expected) => {
    expect(contradiction(stages)).toBe(expected);
  });

  it("nothing is started from it, and the message says why", () => {
    const stages = [stage("a", "Progressing", ["lvs-1"]), stage("b", "Progressing", ["lvs-2"])];
    const rollout: RolloutStatus = { phase: "Progressing", plan: "sha256:x", startedAt: NOW, stages };
    const { state } = advance({ updateRevision: "r1", rollout, entries: new Map() }, seen());
    expect(state.entries.size).toBe(0);
    expect(state.rollout?.message).toBe("refused, nothing is started: stage b has begun although stage a before it is not done");
  });
});

const views = (names: readonly string[], health: TargetView["health"] = { state: "Verified" }): readonly TargetView[] =>
  TARGETS.filter(({ member }) => names.includes(member.name)).map((target) => ({
    target,
    reach: "Reachable",
    variant: "v",
    health,
  }));

const seen = (parts: Partial<Observation> = {}): Observation => ({
  now: new Date(NOW),
  watchedMs: 3_600_000,
  revision: "r1",
  settings: settings(),
  targets: views(["lvs-1", "lvs-2"]),
  leaving: [],
  known: KNOWN,
  decisions: [],
  requests: {},
  ...parts,
});

describe("after a start of the controller", () => {
  const connecting = (names: readonly string[]): Partial<Observation> => ({
    targets: views(["lvs-1", "lvs-2"]).map((view) => ({
      ...view,
      reach: names.includes(view.target.member.name) ? "Connecting" : "Reachable",
    })),
  });
  const state = (parts: Partial<RolloutStatus> = {}, first: Partial<Entry> = {}): State => ({
    updateRevision: "r1",
    rollout: {
      phase: "Progressing",
      startedAt: NOW,
      stages: [stage("a", "Completed", ["lvs-1"]), stage("b", "Progressing", ["lvs-2"])],
      ...parts,
    },
    entries: new Map([["lvs-1", entry("lvs-1", first)]]),
  });

  it("nobody is waited for who has yet to be brought up to date", () => {
    const { rollout, entries } = advance(state({}, { variant: "another" }), seen(connecting(["lvs-1"]))).state;
    expect(rollout).toMatchObject({ phase: "Progressing", stage: "b", message: "updating lvs-2" });
    expect(entries.get("lvs-2")).toMatchObject({ revision: "r1" });
  });

  it.each<[string, boolean, object]>([
    ["is what it says", true, { phase: "Paused", message: "paused by spec.rollout.paused" }],
    [
      "that was lifted meanwhile is not told any more",
      false,
      { phase: "Progressing", message: expect.stringMatching(/^looking first/) },
    ],
  ])("a pause %s", (_, paused, expected) => {
    const before = state({ phase: "Paused", stage: "b", message: "paused by spec.rollout.paused" });
    const after = advance(before, seen({ ...connecting(["lvs-1"]), settings: settings({ paused }) }));
    expect(after.state.rollout).toMatchObject(expected);
  });
});

it("who comes back late while another one is on its way back is looked for again when the time of that one is over", () => {
  const back = (name: string) => entry(name, { revision: "r0", verifiedAt: undefined as never, progressingSince: NOW });
  const state: State = {
    updateRevision: "r1",
    rollout: {
      phase: "Failed",
      startedAt: NOW,
      failure: { reason: "RolledBack", message: "" },
      returned: ["lvs-1"],
      stages: [stage("a", "Failed", ["lvs-1", "lvs-2"])],
    },
    entries: new Map([
      ["lvs-1", back("lvs-1")],
      ["lvs-2", entry("lvs-2", { previousRevision: "r0" })],
    ]),
  };
  const targets = views(["lvs-1", "lvs-2"], { state: "Progressing", message: "" }).map((view) => ({
    ...view,
    previousVariant: "v0",
  }));
  expect(advance(state, seen({ targets })).wakeAt).toEqual(new Date("2026-01-01T12:10:00.000Z"));
});

describe("a cluster whose checks cannot be read any more", () => {
  const UNKNOWN = { state: "Unknown", message: "Secret (v1) has not been readable since noon" } as const;
  const twoStages: RolloutStatus = {
    phase: "Progressing",
    plan: "sha256:plan",
    startedAt: NOW,
    stage: "b",
    stages: [stage("a", "Completed", ["lvs-1"]), stage("b", "Pending", ["lvs-2"])],
  };
  const entry = (name: string, parts: Partial<Entry> = {}): Entry => ({
    name,
    zone: "lvs",
    revision: "r1",
    variant: "v",
    ...parts,
  });
  const after = (minutes: number, state: State, health: TargetView["health"], targets: readonly TargetView[] = []) => {
    const at = new Date(Date.parse(NOW) + minutes * 60_000);
    return advance(state, seen({ now: at, targets: [...views(["lvs-1"], health), ...targets] })).state;
  };

  it("stops the rollout once its stage is done, fails nothing however long it lasts, and lets it go on", () => {
    const earlier = entry("lvs-1", { verifiedAt: NOW, stage: "a" });
    let state: State = { updateRevision: "r1", rollout: twoStages, entries: new Map([["lvs-1", earlier]]) };
    const next = views(["lvs-2"], { state: "Progressing", message: "not started" });
    for (let minutes = 1; minutes <= 15; minutes++) {
      state = after(minutes, state, UNKNOWN, next);
      expect([state.rollout?.phase, state.rollout?.message, state.entries.has("lvs-2")]).toEqual([
        "Progressing",
        `stopped: lvs-1 of stage a is not verified: ${UNKNOWN.message}`,
        false,
      ]);
    }
    state = after(16, state, { state: "Verified" }, next);
    expect(state.entries.get("lvs-2")?.revision).toBe("r1");
  });

  it("is waited for until its deadline while it is on its way", () => {
    const rollout: RolloutStatus = { ...twoStages, stage: "a", stages: [stage("a", "Progressing", ["lvs-1"])] };
    const underWay = entry("lvs-1", { startedAt: NOW, progressingSince: NOW, stage: "a" });
    let state: State = { updateRevision: "r1", rollout, entries: new Map([["lvs-1", underWay]]) };
    state = after(1, state, UNKNOWN);
    expect(state.rollout?.phase).toBe("Progressing");
    for (let minutes = 2; minutes <= 11; minutes++) state = after(minutes, state, UNKNOWN);
    expect(state.rollout?.failure).toMatchObject({
      reason: "ProgressDeadlineExceeded",
      message: `1 failed: lvs-1: not verified within 10m; ${UNKNOWN.message}`,
    });
  });
});

const decision = (parts: Partial<Decision> = {}): Decision => ({
  name: "ok",
  revision: "r1",
  stage: "a",
  gate: "After",
  decision: "Approve",
  refused: false,
  createdAt: NOW,
  ...parts,
});

describe("decisions", () => {
  const waiting = [{ type: "Approval", when: "After" as const, state: "Waiting" as const }];
  const rollout = (parts: Partial<RolloutStatus> = {}): RolloutStatus => ({
    phase: "AwaitingApproval",
    plan: "sha256:plan",
    startedAt: NOW,
    stage: "a",
    stages: [stage("a", "AwaitingApproval", ["lvs-1"], waiting), stage("b", "Pending", ["lvs-2"])],
    ...parts,
  });

  it.each<[string, Partial<Decision>, boolean]>([
    ["one for this revision", {}, true],
    ["one for this plan", { plan: "sha256:plan" }, true],
    ["one for another plan", { plan: "sha256:other" }, false],
    ["one for another revision", { revision: "r0" }, false],
    ["one that was refused", { refused: true }, false],
    ["one that decided a gate before", { acceptedFor: "sha256:plan" }, false],
  ])("%s counts: %s", (_, parts, counts) => {
    expect(eligible([decision(parts)], "r1", rollout())).toHaveLength(counts ? 1 : 0);
  });

  it("the older one comes first, whatever its name", () => {
    const [first] = eligible(
      [decision({ name: "a", createdAt: "2026-01-02T00:00:00Z" }), decision({ name: "b" })],
      "r1",
      rollout(),
    );
    expect(first?.name).toBe("b");
  });

  it.each<[string, Partial<Decision>, Partial<RolloutStatus>, string]>([
    ["for an earlier revision", { revision: "r0" }, {}, "False StaleRevision"],
    ["for an earlier plan", { plan: "sha256:old" }, {}, "False StalePlan"],
    ["for a stage that is not there", { stage: "x" }, {}, "False UnknownStage"],
    ["for a removal that nothing waits for", { stage: "removal" }, {}, "False UnknownStage"],
    ["on the wrong side", { gate: "Before" }, {}, "False NoSuchGate"],
    ["for a stage without a gate", { stage: "b" }, {}, "False NoSuchGate"],
    ["while its gate waits", {}, {}, "Unknown NotYetReached"],
    [
      "that decided the gate",
      {},
      { stages: [stage("a", "Completed", [], [{ ...waiting[0]!, state: "Passed", by: "ok" }])] },
      "True Accepted",
    ],
    [
      "after another one decided it",
      {},
      { stages: [stage("a", "Completed", [], [{ ...waiting[0]!, state: "Passed", by: "other", decidedAt: NOW }])] },
      "False AlreadyDecided",
    ],
    [
      "for the second of two gates, the first of which was decided",
      {},
      { stages: [stage("a", "AwaitingApproval", [], [{ ...waiting[0]!, state: "Passed", by: "other" }, ...waiting])] },
      "Unknown NotYetReached",
    ],
    ["after the end", {}, { failure: { reason: "Aborted", message: "" }, phase: "Failed" }, "False RolloutEnded"],
  ])("a decision %s", (_, parts, status, expected) => {
    const [verdict] = judge([decision(parts)], "r1", rollout(status));
    expect(`${verdict?.status} ${verdict?.reason}`).toBe(expected);
  });

  it("an answer that was given is not given again", () => {
    expect(judge([decision({ refused: true }), decision({ acceptedFor: "x" })], "r1", rollout())).toEqual([]);
  });

  it("who decided, and why, is kept at the gate", () => {
    const before: State = {
      updateRevision: "r1",
      rollout: rollout(),
      entries: new Map([["lvs-1", entry("lvs-1")]]),
    };
    const { state } = advance(before, seen({ decisions: [decision({ reason: "smoke tests passed", by: "ci" })] }));
    expect(state.rollout?.stages?.[0]?.gates).toEqual([
      { type: "Approval", when: "After", state: "Passed", decidedAt: NOW, by: "ok", message: "smoke tests passed (written by ci)" },
    ]);
  });
});

const entry = (name: string, parts: Partial<Entry> = {}): Entry => ({
  name,
  zone: "lvs",
  revision: "r1",
  variant: "v",
  startedAt: "2026-01-01T11:00:00.000Z",
  verifiedAt: "2026-01-01T11:01:00.000Z",
  ...parts,
});

describe("requests by annotation", () => {
  const failed = (parts: Partial<RolloutStatus> = {}): State => ({
    updateRevision: "r1",
    failedRevision: "r1",
    rollout: {
      phase: "Failed",
      plan: "sha256:plan",
      startedAt: NOW,
      failure: { reason: "MaxFailuresBreached", message: "1 failed" },
      stages: [stage("a", "Failed", ["lvs-1", "lvs-2"])],
      ...parts,
    },
    entries: new Map([
      ["lvs-1", { ...entry("lvs-1"), verifiedAt: undefined as never, progressingSince: "2026-01-01T11:00:00.000Z" }],
    ]),
  });
  const ill = views(["lvs-1", "lvs-2"], { state: "Failed", message: "refused" });
  const asked = (before: State, requests: Observation["requests"], targets = ill) => advance(before, seen({ requests, targets }));
  const answers = ({ notes }: ReturnType<typeof advance>) =>
    notes.filter(({ reason }) => reason.startsWith("Request")).map(({ reason, message }) => `${reason}: ${message}`);

  it("retry gives a failed cluster a new chance, although it still looks as it did", () => {
    const { state } = asked(failed(), { retry: "r1" });
    expect(state.rollout).toMatchObject({ phase: "Progressing", answered: ["retry:r1"] });
    expect(state.rollout?.failure).toBeUndefined();
    expect(state.failedRevision).toBeUndefined();
    expect(state.entries.get("lvs-1")).toMatchObject({ startedAt: NOW, progressingSince: NOW });
  });

  it("an abort leaves no gate that says that it is asked, and a retry asks it anew", () => {
    const job = { template: { spec: {} }, runIn: "Hub" as const, timeout: "1h", ttl: "1h" };
    const open: StageStatus = {
      ...stage("a", "Waiting", ["lvs-1"]),
      startedAt: NOW,
      gates: [
        { type: "Job", when: "After", state: "Waiting", since: NOW, deadline: "2026-01-01T13:00:00.000Z", message: "it runs", job },
        { type: "Approval", when: "After", state: "Waiting", since: NOW },
      ],
    };
    const { failure: _, ...running } = failed({ phase: "Waiting", stage: "a", stages: [open] }).rollout!;
    const before: State = { updateRevision: "r1", rollout: running, entries: new Map([["lvs-1", entry("lvs-1")]]) };
    const gatesOf = ({ state }: ReturnType<typeof advance>) =>
      state.rollout?.stages?.[0]?.gates?.map((gate) => [gate.state, gate.message]);
    const aborted = asked(before, { abort: "r1" }, views(["lvs-1"]));
    expect(gatesOf(aborted)).toEqual([
      ["Waiting", "not decided: the rollout has ended (Aborted)"],
      ["Waiting", "not decided: the rollout has ended (Aborted)"],
    ]);
    const retried = asked(aborted.state, { retry: "r1" }, views(["lvs-1"]));
    expect(gatesOf(retried)).toEqual([
      ["Waiting", undefined],
      ["Waiting", undefined],
    ]);
  });

  it("the same request is answered once", () => {
    const again = asked(asked(failed(), { retry: "r1" }).state, { retry: "r1" });
    expect(answers(again)).toEqual([]);
  });

  it("a request that is taken back and made again is answered again", () => {
    const first = asked(failed({ answered: ["retry:r1"] }), {}).state;
    expect(first.rollout?.answered).toBeUndefined();
    expect(asked(first, { retry: "r1" }).state.rollout?.failure).toBeUndefined();
  });

  it.each<[string, State, Observation["requests"], string[]]>([
    [
      "a retry without a failure",
      {
        updateRevision: "r1",
        rollout: { ...failed().rollout!, failure: undefined as never, phase: "Progressing" },
        entries: new Map(),
      },
      { retry: "r1" },
      ["RequestIgnored: retry r1: the rollout has not failed, and no cluster of it has"],
    ],
    ["an abort after a failure", failed(), { abort: "r1" }, ["RequestIgnored: abort r1: the rollout has failed already"]],
    [
      "a skip of a cluster that is no target",
      failed(),
      { skip: "lvs-9@r1" },
      ['RequestIgnored: skip lvs-9@r1: "lvs-9" is no target of this AccessPoint'],
    ],
    [
      "a request for another revision",
      failed(),
      { abort: "r0", skip: "lvs-1@r0" },
      [
        'RequestIgnored: abort r0: "r0" is not what is rolled out now, which is r1 (status.updateRevision)',
        'RequestIgnored: skip lvs-1@r0: "r0" is not what is rolled out now, which is r1 (status.updateRevision)',
      ],
    ],
    [
      "what names no revision",
      failed(),
      { retry: "true", skip: "lvs-1" },
      [
        'RequestIgnored: retry true: "true" is not what is rolled out now, which is r1 (status.updateRevision)',
        "RequestIgnored: skip lvs-1: it names no revision; write <cluster>@r1",
      ],
    ],
    [
      "a skip once all is done",
      {
        updateRevision: "r1",
        currentRevision: "r1",
        rollout: { phase: "Completed", stages: [stage("a", "Completed", ["lvs-1", "lvs-2"])] },
        entries: new Map(["lvs-1", "lvs-2"].map((name) => [name, entry(name)])),
      },
      { skip: "lvs-1@r1" },
      ["RequestIgnored: skip lvs-1@r1: the rollout is complete"],
    ],
    ["a skip", failed(), { skip: "lvs-1@r1" }, ["RequestAnswered: skip lvs-1@r1: it is left out of the rollout of r1"]],
  ])("%s is told so", (_, before, requests, expected) => {
    expect(answers(asked(before, requests))).toEqual(expected);
  });

  const run = (steps: readonly Partial<Observation>[], before: State): readonly string[][] => {
    let state = before;
    return steps.map((step) => {
      const next = advance(state, seen({ targets: views(["lvs-1", "lvs-2"]), ...step }));
      state = next.state;
      return next.notes.filter(({ reason }) => /^Request|^Paused|^Resumed|^Rollback/.test(reason)).map(({ message }) => message);
    });
  };

  it("what asks for another revision is told so once, and waits for it", () => {
    const told = run(
      [
        { requests: { skip: "lvs-2@r2" } },
        { requests: { skip: "lvs-2@r2" } },
        { requests: { skip: "lvs-2@r2" }, revision: "r2" },
        { requests: { skip: "lvs-2@r2" }, revision: "r2" },
      ],
      failed(),
    );
    expect(told).toEqual([
      ['skip lvs-2@r2: "r2" is not what is rolled out now, which is r1 (status.updateRevision)'],
      [],
      ["skip lvs-2@r2: it is left out of the rollout of r2"],
      [],
    ]);
  });

  it("what was answered and was left there does not come back with its revision", () => {
    const going: State = { ...failed(), rollout: { phase: "Progressing", stages: [stage("a", "Progressing", ["lvs-1"])] } };
    const told = run(
      [{ requests: { abort: "r1" } }, { requests: { abort: "r1" }, revision: "r2" }, { requests: { abort: "r1" } }],
      going,
    );
    expect(told).toEqual([["abort r1: the rollout ends; clusters stay as they are"], [], []]);
  });

  it("a retry after the rules were changed begins anew, by the new ones", () => {
    const settings = { ...seen({}).settings, onFailure: "Rollback" as const };
    const { state, notes } = advance(
      failed({ strategy: "another" }),
      seen({ requests: { retry: "r1" }, targets: views(["lvs-1", "lvs-2"]), settings }),
    );
    expect(state.rollout).toMatchObject({ onFailure: "Rollback", startedAt: NOW });
    expect(state.rollout).not.toHaveProperty("failure");
    expect(notes.map(({ message }) => message)).toContain("retry r1: the rollout begins anew, because spec.rollout was changed");
  });

  it("a pause, its end and a way back are told, with who asked", () => {
    const { settings } = seen({});
    const by = { paused: "kubectl-edit", rollbackTo: "argocd" };
    const told = run(
      [
        { settings: { ...settings, paused: true }, requests: { by } },
        { settings: { ...settings, paused: true }, requests: { by } },
        { settings: { ...settings, rollbackTo: "r1" }, requests: { by } },
      ],
      failed(),
    );
    expect(told).toEqual([
      ["no further cluster is started until spec.rollout.paused is false (asked by kubectl-edit)"],
      [],
      [
        "spec.rollout.paused is no longer set: the rollout goes on",
        "r1 is what is rolled out: as long as spec.rollout.rollbackTo is set, templates and overrides do not count (asked by argocd)",
      ],
    ]);
  });
});
