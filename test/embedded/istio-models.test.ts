import { expect, test } from "vitest";
import { istioKinds } from "../../src/embedded/kinds/istio/kinds.ts";
import { modelOf } from "../../src/embedded/kinds/istio/models.ts";
import { readModel } from "../../src/embedded/kinds/istio/read-model.ts";
import type { Schema } from "../../src/embedded/schema/schema.ts";
import { validateStructural } from "../../src/embedded/schema/structural.ts";
import { istioDefinitions, noIstioDefinitions } from "../support/istio.ts";

const kinds = istioKinds().map((kind) => [`${kind.resource.version} ${kind.resource.kind}`, kind] as const);

test.for(kinds)("the schema of %s is one that a definition may have", ([, { schema }]) => {
  expect(validateStructural(schema!, "schema", { hasStatus: true }).map(({ field, message }) => `${field}: ${message}`)).toEqual(
    [],
  );
});

/** Where a model says otherwise than the definition that it was made of; what it leaves out is no contradiction. */
function* contradictions(model: unknown, definition: unknown, path: string): Generator<string> {
  if (typeof model !== "object" || model === null) {
    if (model !== definition) yield `${path}: ${JSON.stringify(model)}, not ${JSON.stringify(definition)}`;
    return;
  }
  if (Array.isArray(model) && path.endsWith(".required")) {
    const fields = definition as readonly string[] | undefined;
    if (model.toSorted().join() !== fields?.toSorted().join()) yield `${path}: ${model}, not ${fields}`;
    return;
  }
  for (const [name, value] of Object.entries(model)) {
    // Prose changes from one version to the next, and rules are not in the model.
    if (name === "x-kubernetes-validations" || (name === "description" && typeof value === "string")) continue;
    yield* contradictions(value, (definition as Record<string, unknown> | undefined)?.[name], `${path}.${name}`);
  }
}

interface Version {
  readonly name: string;
  readonly schema: { readonly openAPIV3Schema: Schema };
}

test.skipIf(noIstioDefinitions).for(kinds)("the schema of %s says nothing that its definition does not", ([, kind]) => {
  const definition = istioDefinitions().find(({ metadata }) => metadata.name === `${kind.resource.plural}.${kind.resource.group}`)!;
  const { versions } = definition["spec"] as { readonly versions: readonly Version[] };
  const version = versions.find(({ name }) => name === kind.resource.version);
  expect([...contradictions(kind.schema, version?.schema.openAPIV3Schema, kind.resource.kind)]).toEqual([]);
});

test("a model knows types, bounds, alternatives and what is required", () => {
  const { spec, status } = modelOf("networking.istio.io", "v1", "VirtualService").properties!;
  const destination = spec!.properties!["http"]!.items!.properties!["route"]!.items!.properties!["destination"]!;
  expect(destination.required).toEqual(["host"]);
  expect(destination.properties!["host"]).toEqual({ type: "string", description: expect.stringContaining("name of a service") });
  expect(destination.properties!["port"]!.properties!["number"]).toMatchObject({ type: "integer", minimum: 0 });
  const uri = spec!.properties!["http"]!.items!.properties!["match"]!.items!.properties!["uri"]!;
  expect(uri.oneOf?.slice(1)).toEqual([{ required: ["exact"] }, { required: ["prefix"] }, { required: ["regex"] }]);
  expect(status!["x-kubernetes-preserve-unknown-fields"]).toBe(true);
});

test("what is no model is refused", () => {
  expect(() => readModel("export const other = 1")).toThrow("no validator is exported");
});
