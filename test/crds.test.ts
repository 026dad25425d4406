import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { customResourceDefinitions } from "../src/api/crd.ts";
import { crdFiles } from "../src/cli/crds.ts";
import { compile } from "../src/embedded/schema/cel/compile.ts";
import { compileRules, ruleEnvironment } from "../src/embedded/schema/cel/rules.ts";
import { CelTypes } from "../src/embedded/schema/cel/types.ts";
import type { Schema } from "../src/embedded/schema/schema.ts";

const DIRECTORY = fileURLToPath(new URL("../crds", import.meta.url));

/** The schema of a kind, as the API server gets it. */
const schemas = new Map(
  customResourceDefinitions().map((crd): [string, Schema] => {
    const { names, versions } = crd["spec"] as {
      names: { kind: string };
      versions: readonly { schema: { openAPIV3Schema: Schema } }[];
    };
    return [names.kind, versions[0]!.schema.openAPIV3Schema];
  }),
);

/** Every node of a schema with the path of the field it describes. */
function* nodes(
  schema: Schema,
  path: string,
): Generator<{ readonly path: string; readonly schema: Schema; readonly isField: boolean }> {
  yield { path, schema, isField: !path.endsWith("]") };
  for (const [name, child] of Object.entries(schema.properties ?? {})) yield* nodes(child, `${path}.${name}`);
  if (schema.items) yield* nodes(schema.items, `${path}[]`);
  if (typeof schema.additionalProperties === "object") yield* nodes(schema.additionalProperties, `${path}[*]`);
}

const allNodes = [...schemas].flatMap(([kind, schema]) => [...nodes(schema, kind)]);

describe("crds/", () => {
  it("has one file a CustomResourceDefinition and nothing else", () => {
    expect(readdirSync(DIRECTORY).sort()).toEqual([...crdFiles().keys()].sort());
  });

  it.each([...crdFiles()])("%s is what the schemas say; npm run crds writes it anew", (name, content) => {
    const file = readFileSync(`${DIRECTORY}/${name}`, "utf8");
    expect(parse(file)).toEqual(parse(content));
    expect(file).toBe(content);
  });
});

/** The API server says what these mean. */
const GIVEN = ["apiVersion", "kind", "metadata"];

it("every field has a description", () => {
  const silent = allNodes
    .filter(({ path, schema, isField }) => isField && !schema.description && !GIVEN.some((name) => path.split(".")[1] === name))
    .map(({ path }) => path);
  expect(allNodes.length).toBeGreaterThan(150);
  expect(silent).toEqual([]);
});

it("descriptions are sentences", () => {
  const odd = allNodes.filter(({ schema }) => schema.description && !schema.description.endsWith(".")).map(({ path }) => path);
  expect(odd).toEqual([]);
});

describe("CEL rules", () => {
  const rules = allNodes.flatMap(({ path, schema }) =>
    (schema["x-kubernetes-validations"] ?? []).map((rule) => ({ path, schema, rule })),
  );

  it.each(rules.map(({ path, schema, rule }) => [`${path}: ${rule.rule}`, { path, schema, rule }] as const))(
    "%s compiles to a bool",
    (_, { path, schema, rule }) => {
      const types = new CelTypes(schema, !path.includes(".") || path.endsWith(".manifest"));
      expect(() => compile(ruleEnvironment(types, types.typeOf(schema)!, rule), rule.rule, "bool")).not.toThrow();
    },
  );

  const longName = "a".repeat(64);
  const gate = (after: object) => ({ metadata: { name: "a" }, spec: { rollout: { stages: [{ name: "s", after: [after] }] } } });
  const metric = (parts: object) => ({ type: "Metric", metric: { address: "https://p", query: "up", success: {}, ...parts } });
  const override = (parts: object) => ({
    metadata: { name: "a" },
    spec: { overrides: [{ name: "o", target: { kind: "Service" }, mergePatch: {}, ...parts }] },
  });
  const patch = (operation: object) => override({ mergePatch: undefined, jsonPatch: [operation] });
  const expression = (parts: object) => ({
    metadata: { name: "a" },
    spec: { placement: { clusterSelector: { matchExpressions: [{ key: "k", ...parts }] } } },
  });
  const manifest = (metadata: object) => ({
    metadata: { name: "a" },
    spec: { templates: [{ manifest: { apiVersion: "v1", kind: "Service", metadata } }] },
  });

  it.each<[string, string, object, object | undefined, readonly string[]]>([
    ["a MemberCluster's name fits a label value", "MemberCluster", { metadata: { name: "a".repeat(63) } }, undefined, []],
    ["a longer one does not", "MemberCluster", { metadata: { name: longName } }, undefined, ["<nil>"]],
    ["an AccessPoint's name leaves room for the digest", "AccessPoint", { metadata: { name: "a".repeat(52) } }, undefined, []],
    ["a longer one does not", "AccessPoint", { metadata: { name: "a".repeat(53) } }, undefined, ["<nil>"]],
    ["a Wait with a duration", "AccessPoint", gate({ type: "Wait", duration: "1h" }), undefined, []],
    ["a Wait without", "AccessPoint", gate({ type: "Wait" }), undefined, ["spec.rollout.stages[0].after[0]"]],
    ["an Approval", "AccessPoint", gate({ type: "Approval" }), undefined, []],
    [
      "an Approval with a duration",
      "AccessPoint",
      gate({ type: "Approval", duration: "1h" }),
      undefined,
      ["spec.rollout.stages[0].after[0]"],
    ],
    ["a Webhook", "AccessPoint", gate({ type: "Webhook", webhook: { url: "https://ci.example.com" } }), undefined, []],
    ["a Webhook without", "AccessPoint", gate({ type: "Webhook" }), undefined, ["spec.rollout.stages[0].after[0]"]],
    [
      "an Approval with a webhook",
      "AccessPoint",
      gate({ type: "Approval", webhook: { url: "https://ci.example.com" } }),
      undefined,
      ["spec.rollout.stages[0].after[0]"],
    ],
    ["a Job", "AccessPoint", gate({ type: "Job", job: { template: { spec: {} } } }), undefined, []],
    ["a Metric in time", "AccessPoint", gate(metric({ interval: "10m", count: 7, timeout: "1h" })), undefined, []],
    [
      "a Metric that cannot be done in time",
      "AccessPoint",
      gate(metric({ interval: "10m", count: 8, timeout: "1h" })),
      undefined,
      ["spec.rollout.stages[0].after[0]"],
    ],
    [
      "a Metric without a pause",
      "AccessPoint",
      gate(metric({ interval: "999ms", count: 1, timeout: "1h" })),
      undefined,
      ["spec.rollout.stages[0].after[0]"],
    ],
    ["a target by kind", "AccessPoint", override({}), undefined, []],
    ["a target by template", "AccessPoint", override({ target: { template: "t" } }), undefined, []],
    [
      "a target by both",
      "AccessPoint",
      override({ target: { template: "t", kind: "Service" } }),
      undefined,
      ["spec.overrides[0].target"],
    ],
    ["a target by a name alone", "AccessPoint", override({ target: { name: "n" } }), undefined, ["spec.overrides[0].target"]],
    ["two patches", "AccessPoint", override({ jsonPatch: [{ op: "remove", path: "/a" }] }), undefined, ["spec.overrides[0]"]],
    ["no patch", "AccessPoint", override({ mergePatch: undefined }), undefined, ["spec.overrides[0]"]],
    ["a move with from", "AccessPoint", patch({ op: "move", path: "/a", from: "/b" }), undefined, []],
    ["a move without", "AccessPoint", patch({ op: "move", path: "/a" }), undefined, ["spec.overrides[0].jsonPatch[0]"]],
    [
      "an add with from",
      "AccessPoint",
      patch({ op: "add", path: "/a", value: 1, from: "/b" }),
      undefined,
      ["spec.overrides[0].jsonPatch[0]"],
    ],
    ["In with values", "AccessPoint", expression({ operator: "In", values: ["a"] }), undefined, []],
    [
      "In without",
      "AccessPoint",
      expression({ operator: "In" }),
      undefined,
      ["spec.placement.clusterSelector.matchExpressions[0]"],
    ],
    [
      "Exists with values",
      "AccessPoint",
      expression({ operator: "Exists", values: ["a"] }),
      undefined,
      ["spec.placement.clusterSelector.matchExpressions[0]"],
    ],
    ["a manifest with a name", "AccessPoint", manifest({ name: "a" }), undefined, []],
    ["a manifest without", "AccessPoint", manifest({}), undefined, ["spec.templates[0].manifest"]],
    ["a decision that stays", "RolloutApproval", { spec: { decision: "Approve" } }, { spec: { decision: "Approve" } }, []],
    ["a decision that changes", "RolloutApproval", { spec: { decision: "Reject" } }, { spec: { decision: "Approve" } }, ["spec"]],
  ])("%s", (_, kind, value, old, refused) => {
    const json = JSON.parse(JSON.stringify(value)) as object;
    const errors = compileRules(schemas.get(kind)!, true).validate(json, old, "");
    expect(errors.map(({ field }) => field)).toEqual(refused);
  });
});
