import { describe, expect, it } from "vitest";
import type { AccessPointStatus, ClusterStatus, RolloutStatus } from "../../src/api/accesspoint.ts";
import { ACCESS_POINT_CONDITIONS } from "../../src/api/conditions.ts";
import { updateConditions } from "../../src/domain/conditions.ts";
import { isIntent, judgeConditions, messageOf } from "../../src/domain/status.ts";

const cluster = (name: string, phase: ClusterStatus["phase"], parts: Partial<ClusterStatus> = {}): ClusterStatus => ({
  name,
  phase,
  revision: "r1",
  ...parts,
});

const judged = (parts: Partial<Parameters<typeof judgeConditions>[0]> = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(
    judgeConditions({
      refused: [],
      unplaced: [],
      rollout: { phase: "Completed" },
      updateRevision: "r1",
      paused: false,
      targets: 2,
      clusters: [cluster("a", "Ready"), cluster("b", "Ready")],
      drifted: [],
      contested: [],
      ...parts,
    }).map(({ type, status, reason }) => [type, `${status} ${reason}`]),
  );

const failure = (reason: NonNullable<RolloutStatus["failure"]>["reason"]): RolloutStatus => ({
  phase: "Failed",
  failure: { reason, message: "why" },
});

describe("conditions", () => {
  it("when everything is well", () => {
    expect(judged()).toEqual({
      Accepted: "True Valid",
      Scheduled: "True Placed",
      Preflighted: "True Passed",
      Progressing: "False Completed",
      AwaitingApproval: "False NotAwaited",
      Paused: "False NotPaused",
      Applied: "True AllApplied",
      Available: "True AllReady",
      Drifted: "False NoDrift",
      Degraded: "False AsExpected",
      RolloutCompleted: "True Completed",
    });
  });

  it.each<[string, Parameters<typeof judged>[0], Readonly<Record<string, string>>]>([
    [
      "a specification that is refused",
      { refused: [{ reason: "OverrideFailed", field: "spec.overrides", message: "x" }], rollout: undefined },
      {
        Accepted: "False OverrideFailed",
        Preflighted: "False Failed",
        Progressing: "False Blocked",
        RolloutCompleted: "False NotStarted",
      },
    ],
    [
      "a placement that finds nothing",
      { unplaced: [{ reason: "NoClusters", field: "f", message: "x" }] },
      { Scheduled: "False NoClusters" },
    ],
    [
      "a gate that waits",
      { rollout: { phase: "AwaitingApproval" } },
      { AwaitingApproval: "True GateOpen", Progressing: "True AwaitingApproval", RolloutCompleted: "False InProgress" },
    ],
    ["a soak", { rollout: { phase: "Soaking" } }, { Progressing: "True Soaking" }],
    ["a Wait", { rollout: { phase: "Waiting" } }, { Progressing: "True Waiting" }],
    ["a person's pause", { paused: true, rollout: { phase: "Paused" } }, { Paused: "True Requested", Progressing: "False Paused" }],
    [
      "a failure",
      { rollout: failure("MaxFailuresBreached") },
      { Progressing: "False Failed", Degraded: "True RolloutFailed", RolloutCompleted: "False MaxFailuresBreached" },
    ],
    ["a rejection", { rollout: failure("Rejected") }, { RolloutCompleted: "False Rejected" }],
    [
      "a rolling back, which has failed already",
      { rollout: { ...failure("ProgressDeadlineExceeded"), phase: "RollingBack" } },
      { Progressing: "True RollingBack", RolloutCompleted: "False ProgressDeadlineExceeded" },
    ],
    ["the end of it", { rollout: failure("RolledBack") }, { Progressing: "False Failed", RolloutCompleted: "False RolledBack" }],
    [
      "a cluster that is written to",
      { clusters: [cluster("a", "Applying")] },
      { Applied: "False Applying", Available: "False NotReady" },
    ],
    [
      "a cluster that cannot be written to yet",
      {
        clusters: [
          cluster("a", "Applying", {
            objects: { total: 2, ready: 0, problems: [{ kind: "Certificate", name: "c", state: "Missing", message: "m" }] },
          }),
        ],
      },
      { Applied: "False Waiting", Available: "False NotReady", Degraded: "False AsExpected" },
    ],
    [
      "a cluster that failed",
      { clusters: [cluster("a", "Failed")] },
      { Applied: "False ApplyFailed", Degraded: "True ClusterDegraded" },
    ],
    [
      "a conflict",
      {
        clusters: [
          cluster("a", "Failed", {
            objects: { total: 1, ready: 0, problems: [{ kind: "Gateway", name: "g", state: "Conflict", message: "m" }] },
          }),
        ],
      },
      { Applied: "False Conflict" },
    ],
    [
      "a cluster that cannot be reached is Unknown, neither ready nor gone",
      { clusters: [cluster("a", "Ready"), cluster("b", "Unreachable")] },
      { Applied: "Unknown ClusterUnreachable", Available: "Unknown ClusterUnreachable" },
    ],
    ["drift that is left as it is", { drifted: ["a"] }, { Drifted: "True ChangedByOthers" }],
    ["a fight with another writer", { drifted: ["b"], contested: ["a"] }, { Drifted: "True Contested" }],
    ["no cluster at all", { clusters: [] }, { Available: "False NothingDeployed" }],
  ])("%s", (_, parts, expected) => {
    expect(judged(parts)).toMatchObject(expected);
  });

  it("every reason is one of the documented ones", () => {
    const documented = Object.entries(ACCESS_POINT_CONDITIONS).map(([type, { reasons }]) => [type, Object.keys(reasons)] as const);
    const phases: RolloutStatus["phase"][] = [
      "Idle",
      "Preflight",
      "Progressing",
      "Soaking",
      "AwaitingApproval",
      "Waiting",
      "Paused",
      "Failed",
      "RollingBack",
      "Completed",
    ];
    for (const phase of phases)
      for (const [type, reasons] of documented) expect(reasons).toContain(judged({ rollout: { phase } })[type]!.split(" ")[1]);
  });

  it("a time changes with the status, and with nothing else", () => {
    const first = updateConditions(undefined, [{ type: "A", status: "True", reason: "X", message: "m" }], 1, new Date(1000));
    const second = updateConditions(first, [{ type: "A", status: "True", reason: "Y", message: "n" }], 2, new Date(2000));
    const third = updateConditions(second, [{ type: "A", status: "False", reason: "Y", message: "n" }], 2, new Date(3000));
    expect([first, second, third].map(([condition]) => condition?.lastTransitionTime)).toEqual([
      "1970-01-01T00:00:01.000Z",
      "1970-01-01T00:00:01.000Z",
      "1970-01-01T00:00:03.000Z",
    ]);
    expect(second[0]).toMatchObject({ observedGeneration: 2, reason: "Y" });
  });
});

describe("what has to be stored before anything is done that needs it", () => {
  const status: AccessPointStatus = {
    rollout: {
      phase: "AwaitingApproval",
      stage: "canary",
      stages: [
        {
          name: "canary",
          phase: "AwaitingApproval",
          clusters: ["a"],
          maxConcurrency: 1,
          maxFailures: 0,
          progressDeadline: "10m",
          gates: [{ type: "Approval", when: "After", state: "Waiting" }],
        },
      ],
    },
    clusters: [cluster("a", "Ready", { startedAt: "t" })],
    conditions: [],
  };
  const withRollout = (parts: Partial<RolloutStatus>): AccessPointStatus => ({
    ...status,
    rollout: { ...status.rollout!, ...parts },
  });
  const gate = status.rollout!.stages![0]!;

  it.each<[string, AccessPointStatus, boolean]>([
    ["nothing", structuredClone(status), false],
    ["how many objects are ready", { ...status, clusters: [cluster("a", "Verifying", { startedAt: "t" })] }, false],
    ["when the controller last looked", withRollout({ observedAt: "2026-01-01T00:00:00Z" }), false],
    [
      "a revision that a cluster is given",
      { ...status, clusters: [cluster("a", "Ready", { startedAt: "t", revision: "r2" })] },
      true,
    ],
    ["a cluster that is tried anew", { ...status, clusters: [cluster("a", "Ready", { startedAt: "u" })] }, true],
    ["the phase", withRollout({ phase: "Progressing" }), true],
    [
      "one of two decisions",
      withRollout({ stages: [{ ...gate, gates: [{ ...gate.gates![0]!, state: "Passed", by: "ok" }] }] }),
      true,
    ],
    [
      "a condition that tells of a member",
      {
        ...status,
        conditions: [{ type: "Degraded", status: "True", reason: "CertificateUnusable", message: "", lastTransitionTime: "" }],
      },
      false,
    ],
    ["which generation was looked at", { ...status, observedGeneration: 2 }, true],
    ["where it is placed", { ...status, placement: { selected: ["a", "b"] } }, true],
    ["a failure", withRollout({ failure: { reason: "Aborted", message: "" } }), true],
    ["that what a cluster has is taken away", { ...status, clusters: [cluster("a", "Removing", { startedAt: "t" })] }, true],
  ])("%s", (_, after, intent) => {
    expect(isIntent(status, after)).toBe(intent);
  });
});

describe("the message of a list", () => {
  const conditions = (accepted: string, degraded: string) => [
    {
      type: "Accepted",
      status: accepted === "" ? "True" : "False",
      reason: "",
      message: accepted || "the specification is valid",
    } as const,
    {
      type: "Degraded",
      status: degraded === "" ? "False" : "True",
      reason: "",
      message: degraded || "no cluster has failed",
    } as const,
  ];
  it.each([
    ["nothing, when all is well", undefined, "", "", undefined],
    ["what is wrong", undefined, "", "lvs-1: certificate gone", "lvs-1: certificate gone"],
    ["what the rollout waits for, before that", "waits for an approval", "", "lvs-1: certificate gone", "waits for an approval"],
    ["why it is refused, before all", "waits for an approval", "unknown variable", "lvs-1: certificate gone", "unknown variable"],
    ["no more than a line holds", undefined, "", "x".repeat(1000), `${"x".repeat(299)}…`],
  ])("is %s", (_, waits, accepted, degraded, expected) => {
    const rollout = { phase: "Completed", ...(waits ? { message: waits } : {}) } as RolloutStatus;
    expect(messageOf(rollout, conditions(accepted, degraded))).toBe(expected);
  });
});
