import { describe, expect, it } from "vitest";
import type { KubeObject, ManagedFieldsEntry } from "../../src/api/resource.ts";
import { driftedBy, driftOf, driftText } from "../../src/domain/drift.ts";
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
const changed = (change: (object: KubeObject) => unknown, ...managedFields: ManagedFieldsEntry[]): KubeObject => {
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
    expect(driftText(driftOf(live, written))).toBe("spec.http[0].route[0].weight by kubectl-edit");
    expect(driftedBy(driftOf(live, written))).toBe(`kubectl-edit at ${AT}`);
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
      "spec.http[0].route[0].weight by kubectl-edit; metadata.labels.team; metadata.annotations['example.com/a'] by annotator",
    );
    expect(driftedBy(driftOf(live, written))).toBe(`kubectl-edit at ${AT} and annotator at 2026-01-02T00:00:00Z`);
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

  describe("is not laid to those who wrote other fields", () => {
    const ANNOTATION = { "f:metadata": { "f:annotations": { "f:example.com/other": {} } } };
    const later = "2026-02-01T00:00:00Z";
    const withoutHttp = (object: KubeObject) => void delete (object["spec"] as { http?: unknown }).http;
    const otherWeight = (object: KubeObject) => Object.assign(spec(object).http[0]!.route[0]!, { weight: 1 });
    const applying = (entry: ManagedFieldsEntry): ManagedFieldsEntry => ({ ...entry, operation: "Apply" });

    it.each<[string, (object: KubeObject) => unknown, ManagedFieldsEntry[], object]>([
      [
        "an annotation that is applied, where somebody took a field away",
        withoutHttp,
        [applying(by("flux", ANNOTATION))],
        { path: "spec.http" },
      ],
      [
        "an annotation that is written later",
        otherWeight,
        [by("kubectl-edit", HTTP), by("kyverno", ANNOTATION, later)],
        { path: "spec.http[0].route[0].weight", manager: "kubectl-edit", time: AT },
      ],
      [
        "a label that is written later than the field was applied",
        otherWeight,
        [applying(by("argocd", HTTP)), by("kubectl-label", { "f:metadata": { "f:labels": { "f:other": {} } } }, later)],
        { path: "spec.http[0].route[0].weight", manager: "argocd", time: AT },
      ],
      [
        "the same value, written by somebody who does not apply it as theirs",
        otherWeight,
        [applying(by("argocd", HTTP)), by("kubectl-edit", HTTP, later)],
        { path: "spec.http[0].route[0].weight", manager: "argocd", time: AT },
      ],
    ])("%s", (_, change, writes, expected) => {
      expect(driftOf(changed(change, ...writes), written)).toEqual({ fields: [expected], omitted: 0 });
    });
  });

  it("is a label of ours, too", () => {
    const live = changed(
      (object) => Object.assign(object.metadata.labels!, { "accesspoint.dev/uid": "x" }),
      by("kubectl-label", { "f:metadata": { "f:labels": { "f:accesspoint.dev/uid": {} } } }),
    );
    expect(driftText(driftOf(live, written))).toBe("metadata.labels['accesspoint.dev/uid'] by kubectl-label");
  });

  describe("is nothing", () => {
    const ours = (fieldsV1: Record<string, unknown>): ManagedFieldsEntry => ({
      manager: "federated-accesspoint",
      operation: "Apply",
      fieldsV1,
    });
    const services = (ports: readonly object[], ...managedFields: ManagedFieldsEntry[]) =>
      ({ apiVersion: "v1", kind: "Service", metadata: { name: "web", managedFields }, spec: { ports } }) as unknown as KubeObject;
    const service = services([{ name: "a", port: 80 }]) as unknown as Manifest;
    const port = (fields: object) => ({ "f:spec": { "f:ports": { 'k:{"port":80,"protocol":"TCP"}': { ".": {}, ...fields } } } });

    it.each<[string, KubeObject, Manifest]>([
      [
        "where the API server keeps what is still ours in other words",
        changed(
          (object) => Object.assign(spec(object).http[0]!, { timeout: "0s" }),
          ours({ "f:spec": { "f:http": {}, "f:hosts": {} } }),
        ),
        written,
      ],
      ["where somebody put the value back", changed(() => {}, by("kubectl-edit", HTTP)), written],
      [
        "where the API server or others filled an item of a list that is ours field by field",
        services(
          [{ name: "a", port: 80, protocol: "TCP", nodePort: 30000 }],
          ours(port({ "f:port": {} })),
          by("kubectl-edit", port({ "f:name": {}, "f:nodePort": {} })),
        ),
        service,
      ],
    ])("%s", (_, live, manifest) => {
      expect(driftOf(live, manifest)).toEqual({ fields: [], omitted: 0 });
    });

    it("but where an item of ours is gone from a list of which the rest is ours", () => {
      const two = services([
        { name: "a", port: 80 },
        { name: "b", port: 90 },
      ]) as unknown as Manifest;
      const live = services([{ name: "a", port: 80 }], ours(port({ "f:port": {}, "f:name": {} })));
      expect(driftOf(live, two).fields).toEqual([{ path: "spec.ports" }]);
    });
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
