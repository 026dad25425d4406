import { readFileSync } from "node:fs";
import type { Schema } from "../../schema/schema.ts";
import { readModel } from "./read-model.ts";

const group = import.meta.resolve("@kubernetes-models/istio/networking.istio.io/v1");
const folder = new URL("../../_schemas/", group);

const capitalised = (text: string): string => text[0]!.toUpperCase() + text.slice(1);

/** Status is free: who writes it need not keep to what its kind declares. */
const freeStatus: Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** The structural schema of an Istio kind: what its published model checks. */
export function modelOf(apiGroup: string, version: string, kind: string): Schema {
  const name = `${apiGroup.split(".").map(capitalised).join("")}${capitalised(version)}${kind}`;
  const model = readModel(readFileSync(new URL(`${name}.js`, folder), "utf8"));
  const { apiVersion, kind: _kind, metadata, ...properties } = model.properties ?? {};
  const required = (model.required ?? []).filter((field) => Object.hasOwn(properties, field));
  return {
    type: "object",
    ...(required.length > 0 && { required }),
    properties: {
      ...mapValues(properties, structural),
      status: { ...freeStatus, ...(properties["status"] && structural(properties["status"])) },
    },
  };
}

const intOrString = '[{"type":"integer"},{"type":"string"}]';

/** Says of each part what a checked model leaves unsaid: an int or a string; an object of which nothing is known is free. */
function structural(schema: Schema): Schema {
  const { properties, items, additionalProperties } = schema;
  const isFree = schema.type === "object" && !properties && !additionalProperties;
  return {
    ...schema,
    ...(JSON.stringify(schema.anyOf) === intOrString && { "x-kubernetes-int-or-string": true }),
    ...(isFree && { "x-kubernetes-preserve-unknown-fields": true }),
    ...(properties && { properties: mapValues(properties, structural) }),
    ...(items && { items: structural(items) }),
    ...(typeof additionalProperties === "object" && { additionalProperties: structural(additionalProperties) }),
  };
}

const mapValues = <A, B>(map: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(value)]));
