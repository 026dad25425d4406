import { at, child, invalid, required } from "./errors.ts";
import { validateEmbeddedMetadata } from "./metadata.ts";
import { isDns1035Label, isPathSegment } from "./names.ts";
import { additional, isMap, property } from "./node.ts";
import type { FieldError, Schema } from "./schema.ts";
import { traitsOf } from "./traits.ts";

/** What is wrong with apiVersion, kind and metadata of the resources embedded in a value; its own are not looked at. */
export function validateEmbedded(schema: Schema | undefined, value: unknown, path: string): FieldError[] {
  if (schema === undefined || !traitsOf(schema).resources) return [];
  if (Array.isArray(value)) return value.flatMap((item, i) => validateEmbedded(schema.items, item, at(path, i)));
  if (!isMap(value)) return [];
  const own = schema["x-kubernetes-embedded-resource"] ? validateResource(value, path) : [];
  const below = Object.entries(value).flatMap(([name, field]) => {
    const declared = property(schema, name);
    return declared
      ? validateEmbedded(declared, field, child(path, name))
      : validateEmbedded(additional(schema), field, at(path, name));
  });
  return [...own, ...below];
}

export function validateResource({ apiVersion, kind, metadata }: Readonly<Record<string, unknown>>, path: string): FieldError[] {
  return [
    ...validateApiVersion(apiVersion, child(path, "apiVersion")),
    ...validateKind(kind, child(path, "kind")),
    ...(isMap(metadata) ? validateEmbeddedMetadata(metadata, isPathSegment, child(path, "metadata")) : []),
  ];
}

function validateApiVersion(value: unknown, path: string): FieldError[] {
  if (value === undefined) return [required(path)];
  if (typeof value !== "string") return [invalid(path, value, "must be a string")];
  if (value === "") return [invalid(path, value, "must not be empty")];
  return value.split("/").length > 2 ? [invalid(path, value, `unexpected GroupVersion string: ${value}`)] : [];
}

function validateKind(value: unknown, path: string): FieldError[] {
  if (value === undefined) return [required(path)];
  if (typeof value !== "string") return [invalid(path, value, "must be a string")];
  if (value === "") return [invalid(path, value, "must not be empty")];
  const problems = isDns1035Label(value.toLowerCase());
  if (problems.length === 0) return [];
  return [invalid(path, value, `may have mixed case, but should otherwise match: ${problems.join(",")}`)];
}
