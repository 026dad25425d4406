import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/api/resource.ts";
import { type Presence, presenceOf, whereItRuns } from "../../src/integrations/discover.ts";

const workload = (kind: string, content: object, metadata: object = {}): KubeObject =>
  ({ apiVersion: "apps/v1", kind, metadata: { name: "checkout", ...metadata }, ...content }) as KubeObject;

describe("how a workload stands in one cluster", () => {
  it.each<[string, KubeObject, Presence]>([
    ["one ready replica", workload("Deployment", { spec: { replicas: 3 }, status: { readyReplicas: 1 } }), "Running"],
    ["nothing ready", workload("Deployment", { spec: { replicas: 3 }, status: {} }), "Starting"],
    ["no status yet", workload("StatefulSet", {}), "Starting"],
    ["scaled to nothing", workload("Deployment", { spec: { replicas: 0 }, status: { readyReplicas: 1 } }), "Absent"],
    [
      "being deleted",
      workload("Deployment", { status: { readyReplicas: 1 } }, { deletionTimestamp: "2026-01-01T00:00:00Z" }),
      "Absent",
    ],
    ["a DaemonSet with a ready pod", workload("DaemonSet", { status: { numberReady: 1 } }), "Running"],
    ["a kind that counts nothing", workload("Service", {}), "Running"],
  ])("%s", (_, object, presence) => expect(presenceOf(object)).toBe(presence));
});

describe("where a workload runs", () => {
  const leader = { apiVersion: "apps/v1", kind: "Deployment", name: "checkout" };
  it.each<[string, Record<string, Presence>, readonly string[], object]>([
    ["where it is running", { a: "Running", b: "Absent" }, [], { state: "Placed", clusters: ["a"] }],
    ["not where it is starting", { a: "Running", b: "Starting" }, [], { state: "Placed", clusters: ["a"] }],
    ["still where it is starting again", { a: "Running", b: "Starting" }, ["b"], { state: "Placed", clusters: ["a", "b"] }],
    ["still where nobody can say", { a: "Running", b: "Unknown" }, ["b"], { state: "Placed", clusters: ["a", "b"] }],
    ["no longer where it is gone", { a: "Running", b: "Absent" }, ["b"], { state: "Placed", clusters: ["a"] }],
    ["no longer in a cluster that is not registered", { a: "Running" }, ["b"], { state: "Placed", clusters: ["a"] }],
    [
      "nowhere",
      { a: "Absent", b: "Absent" },
      ["b"],
      { state: "LeaderNotFound", message: "Deployment checkout runs in no member cluster" },
    ],
    ["nobody can say yet", { a: "Unknown", b: "Absent" }, [], { state: "Loading" }],
    ["no member at all", {}, [], { state: "Loading" }],
    [
      "its kind is served nowhere",
      { a: "Unserved", b: "Unserved" },
      [],
      { state: "LeaderKindMissing", message: "no member cluster serves Deployment (apps/v1)" },
    ],
    [
      "still where its kind went away, as in an upgrade",
      { a: "Unserved", b: "Absent" },
      ["a"],
      { state: "Placed", clusters: ["a"] },
    ],
    [
      "its kind is served somewhere",
      { a: "Unserved", b: "Absent" },
      [],
      { state: "LeaderNotFound", message: "Deployment checkout runs in no member cluster" },
    ],
    [
      "it may not be read",
      { a: "Unreadable", b: "Absent" },
      [],
      { state: "LeaderUnreadable", message: "Deployment (apps/v1) cannot be read in a" },
    ],
  ])("%s", (_, seen, before, says) => expect(whereItRuns(leader, new Map(Object.entries(seen)), before)).toEqual(says));
});
