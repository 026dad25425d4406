import { readFileSync } from "node:fs";
import type { Schema } from "../../schema/schema.ts";
import { readDescriptions } from "./descriptions.ts";
import { readModel } from "./read-model.ts";

const root = new URL("../../", import.meta.resolve("@kubernetes-models/istio/networking.istio.io/v1"));
const read = (file: string): string => readFileSync(new URL(file, root), "utf8");

const capitalised = (text: string): string => text[0]!.toUpperCase() + text.slice(1);

/** Status is free: who writes it need not keep to what its kind declares. */
const freeStatus: Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** The structural schema of an Istio kind: what its published model checks, and what is said of its fields. */
export function modelOf(apiGroup: string, version: string, kind: string): Schema {
  const name = `${apiGroup.split(".").map(capitalised).join("")}${capitalised(version)}${kind}`;
  const model = readModel(read(`_schemas/${name}.js`));
  const descriptions = readDescriptions(read(`${apiGroup}/${version}/${kind}.d.ts`));
  const { apiVersion, kind: _kind, metadata, ...properties } = model.properties ?? {};
  const required = (model.required ?? []).filter((field) => Object.hasOwn(properties, field));
  return {
    type: "object",
    ...(required.length > 0 && { required }),
    properties: mapValues({ status: {}, ...properties }, (schema, field) => ({
      ...(field === "status" && freeStatus),
      ...structural(schema, field, descriptions),
    })),
  };
}

const intOrString = '[{"type":"integer"},{"type":"string"}]';

/** Says of each part what a checked model leaves unsaid: an int or a string; an object of which nothing is known is free. */
function structural(schema: Schema, path: string, descriptions: ReadonlyMap<string, string>): Schema {
  const { properties, items, additionalProperties } = schema;
  const isFree = schema.type === "object" && !properties && !additionalProperties;
  const description = descriptions.get(path);
  const below = (child: Schema): Schema => structural(child, `${path}.`, descriptions);
  return {
    ...(description !== undefined && { description }),
    ...schema,
    ...(JSON.stringify(schema.anyOf) === intOrString && { "x-kubernetes-int-or-string": true }),
    ...(isFree && { "x-kubernetes-preserve-unknown-fields": true }),
    ...(properties && {
      properties: mapValues(properties, (child, name) => structural(child, `${path.replace(/\.$/, "")}.${name}`, descriptions)),
    }),
    ...(items && { items: below(items) }),
    ...(typeof additionalProperties === "object" && { additionalProperties: below(additionalProperties) }),
  };
}

const mapValues = <A, B>(map: Readonly<Record<string, A>>, change: (value: A, name: string) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(value, name)]));
