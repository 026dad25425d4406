import { expect, it } from "vitest";
import type { KubeObject } from "../../src/api/resource.ts";
import { isStripped, type Marks, marksOf } from "../../src/domain/marks.ts";

const METADATA = {
  name: "web",
  labels: { "accesspoint.dev/uid": "u" },
  annotations: { "accesspoint.dev/owner": "shop/web", "accesspoint.dev/digest": "d" },
};
const ALL = {
  "f:labels": { "f:accesspoint.dev/uid": {} },
  "f:annotations": { "f:accesspoint.dev/owner": {}, "f:accesspoint.dev/digest": {} },
};
const { "f:labels": LABELS, "f:annotations": ANNOTATIONS } = ALL;
const entry = (manager: string, fields: object, operation = "Apply") => ({
  manager,
  operation,
  fieldsV1: { "f:metadata": fields },
});
const ours = (fields: object) => entry("federated-accesspoint", fields);

const MARKED: Marks = { uid: "u", owner: "shop/web", digest: "d", written: true };

it.each<[string, object, readonly object[], Partial<Marks>, boolean]>([
  ["as we wrote it", {}, [ours(ALL)], MARKED, false],
  ["whose label is gone", { labels: {} }, [ours(ALL)], { ...MARKED, uid: undefined }, true],
  [
    "whose label somebody changed",
    { labels: { "accesspoint.dev/uid": "x" } },
    [ours({ "f:annotations": ANNOTATIONS }), entry("kubectl-label", { "f:labels": LABELS }, "Update")],
    { ...MARKED, uid: undefined },
    true,
  ],
  [
    "that another AccessPoint of the same name has, on another hub or before this one",
    { labels: { "accesspoint.dev/uid": "x" } },
    [ours(ALL)],
    { ...MARKED, uid: "x" },
    false,
  ],
  [
    "whose digest somebody changed",
    { annotations: { ...METADATA.annotations, "accesspoint.dev/digest": "x" } },
    [ours({ "f:labels": LABELS, "f:annotations": { "f:accesspoint.dev/owner": {} } })],
    { ...MARKED, digest: undefined },
    false,
  ],
  [
    "that was released, or made somebody else's",
    { labels: {}, annotations: {} },
    [ours({})],
    { uid: undefined, owner: undefined, digest: undefined },
    false,
  ],
  ["that was restored from a backup", {}, [entry("velero", ALL, "Update")], { ...MARKED, written: false }, false],
  [
    "that somebody made with our annotations",
    { labels: {} },
    [entry("kubectl-create", ALL, "Update")],
    { ...MARKED, uid: undefined, written: false },
    false,
  ],
])("the marks of an object %s", (_, metadata, managedFields, expected, stripped) => {
  const object = { apiVersion: "v1", kind: "Service", metadata: { ...METADATA, ...metadata, managedFields } };
  const marks = marksOf(object as unknown as KubeObject);
  expect(marks).toEqual({ written: true, ...expected });
  expect(isStripped(marks, "shop/web")).toBe(stripped);
  expect(isStripped(marks, "shop/other")).toBe(false);
});
