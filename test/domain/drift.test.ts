import { describe, expect, it } from "vitest";
import type { KubeObject, ManagedFieldsEntry } from "../../src/api/resource.ts";
import { driftOf, driftText } from "../../src/domain/drift.ts";
import type { Manifest } from "../../src/domain/manifest.ts";

const AT = "2026-01-01T00:00:00Z";
const written: Manifest = {
  apiVersion: "networking.istio.io/v1",
  kind: "VirtualService",
  metadata: { name: "web", labels: { team: "shop", "accesspoint.dev/uid": "u" }, annotations: { "example.com/a": "b" } },
  spec: { hosts: ["web"], http: [{ route: [{ destination: { host: "web" }, weight: 90 }] }] },
};
const by = (manager: string, fieldsV1: Record<string, unknown>, time = AT): ManagedFieldsEntry => ({
  manager,
  operation: "Update",
  time,
  fieldsV1,
});
/** The object as it is after somebody changed it. */
const changed = (change: (object: KubeObject) => void, ...managedFields: ManagedFieldsEntry[]): KubeObject => {
  const object = structuredClone(written) as unknown as KubeObject;
  object.metadata.managedFields = managedFields;
  change(object);
  return object;
};
const spec = (object: KubeObject) =>
  object["spec"] as { hosts: string[]; http: { timeout?: string; route: { weight?: number }[] }[] };
const HTTP = { "f:spec": { "f:http": {} } };

describe("what somebody changed", () => {
  it("is told down to the field, with its manager, also where the API server knows the list alone", () => {
    const live = changed(
      (object) => {
        spec(object).http[0]!.route[0]!.weight = 77;
      },
      by("kubectl-edit", HTTP),
    );
    expect(driftOf(live, written)).toEqual({
      fields: [{ path: "spec.http[0].route[0].weight", manager: "kubectl-edit", time: AT }],
      omitted: 0,
    });
    expect(driftText(driftOf(live, written))).toBe(`spec.http[0].route[0].weight by kubectl-edit at ${AT}`);
  });

  it("by several, each with what is theirs; what is gone is nobody's", () => {
    const live = changed(
      (object) => {
        spec(object).http[0]!.route[0]!.weight = 1;
        object.metadata.annotations!["example.com/a"] = "c";
        delete object.metadata.labels!["team"];
      },
      by("kubectl-edit", HTTP),
      by("annotator", { "f:metadata": { "f:annotations": { "f:example.com/a": {} } } }, "2026-01-02T00:00:00Z"),
    );
    expect(driftText(driftOf(live, written))).toBe(
      `spec.http[0].route[0].weight by kubectl-edit at ${AT}; metadata.labels.team; metadata.annotations['example.com/a'] by annotator at 2026-01-02T00:00:00Z`,
    );
  });

  it("is the list where items were added or taken", () => {
    const live = changed(
      (object) => {
        spec(object).hosts.push("other");
      },
      by("x", { "f:spec": { "f:hosts": {} } }),
    );
    expect(driftOf(live, written).fields).toEqual([{ path: "spec.hosts", manager: "x", time: AT }]);
  });

  it("is what was added inside an item of a list of ours, and not what was added elsewhere", () => {
    const inside = changed(
      (object) => {
        spec(object).http[0]!.timeout = "1s";
        object["status"] = { x: 1 };
      },
      by("x", HTTP),
    );
    expect(driftOf(inside, written).fields.map(({ path }) => path)).toEqual(["spec.http[0].timeout"]);
    const beside = changed((object) => {
      object.metadata.labels!["other"] = "x";
    });
    expect(driftOf(beside, written).fields).toEqual([]);
  });

  it("belongs to the newest who wrote it, by the keys of an item where lists have them", () => {
    const service: Manifest = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web" },
      spec: {
        ports: [
          { name: "a", port: 80 },
          { name: "b", port: 90 },
        ],
      },
    };
    const port = (number: number) => ({ "f:spec": { "f:ports": { [`k:{"port":${number},"protocol":"TCP"}`]: { "f:name": {} } } } });
    const live = {
      ...service,
      metadata: {
        name: "web",
        managedFields: [by("old", port(90)), by("new", port(90), "2026-02-01T00:00:00Z"), by("other", port(80))],
      },
      spec: {
        ports: [
          { name: "a", port: 80, protocol: "TCP" },
          { name: "c", port: 90, protocol: "TCP" },
        ],
      },
    } as unknown as KubeObject;
    expect(driftOf(live, service).fields).toEqual([{ path: "spec.ports[1].name", manager: "new", time: "2026-02-01T00:00:00Z" }]);
  });

  it("is capped, and counted", () => {
    const many: Manifest = { ...written, spec: Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`f${index}`, 1])) };
    const live = { ...many, spec: {} } as unknown as KubeObject;
    const drift = driftOf(live, many);
    expect([drift.fields.length, drift.omitted]).toEqual([10, 20]);
    expect(driftText(drift)).toMatch(/; and 20 more$/);
  });

  it.each([undefined, null, 7, "text", [], { managedFields: "x" }, { managedFields: [null, { fieldsV1: { "f:spec": 7 } }] }])(
    "never throws on what a member sends: %j",
    (metadata) => {
      const live = { apiVersion: "v1", kind: "X", metadata: metadata ?? {}, spec: [] } as unknown as KubeObject;
      expect(driftOf(live, written).fields.length).toBeGreaterThan(0);
    },
  );
});
