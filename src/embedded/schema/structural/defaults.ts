import { isDeepStrictEqual } from "node:util";
import { DecodeError } from "../decode.ts";
import { at, child, invalid } from "../errors.ts";
import { pruneFields } from "../prune.ts";
import type { FieldError, Schema } from "../schema.ts";
import { schemaValidator } from "../validate.ts";

const metaFields = new Set(["apiVersion", "kind", "metadata"]);

/** Defaults that do not fit their own schema; those of additional fields are forbidden elsewhere. */
export function validateDefaults(schema: Schema, path: string, insideMetadata = false, isRoot = true): FieldError[] {
  const isResource = isRoot || schema["x-kubernetes-embedded-resource"] === true;
  const own =
    schema.default === undefined || schema.default === null ? [] : validateDefault(schema, child(path, "default"), insideMetadata);
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    validateDefaults(property, at(child(path, "properties"), name), isResource ? metaFields.has(name) : insideMetadata, false),
  );
  const items = schema.items
    ? validateDefaults(schema.items, child(path, "items"), isResource ? false : insideMetadata, false)
    : [];
  return [...own, ...items, ...below];
}

function validateDefault(schema: Schema, path: string, insideMetadata: boolean): FieldError[] {
  const value = schema.default;
  const errors: FieldError[] = [];
  if (!insideMetadata && !isDeepStrictEqual(known(schema, value), value)) {
    errors.push(invalid(path, value, "must not have unknown fields"));
  }
  const { default: _, ...plain } = schema;
  const validator = schemaValidator(plain);
  const asChange = validator.validate(value, { path, old: value });
  return [...errors, ...validator.validate(value, { path }), ...(asChange.length > 0 ? asChange : [])].filter(isFirst);
}

function known(schema: Schema, value: unknown): unknown {
  try {
    return pruneFields(schema, value);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

const isFirst = (error: FieldError, index: number, all: readonly FieldError[]): boolean =>
  all.findIndex((other) => isDeepStrictEqual(other, error)) === index;
