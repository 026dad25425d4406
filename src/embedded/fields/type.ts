import { objectMeta } from "../schema/builtin/object-meta.ts";
import type { Schema } from "../schema/schema.ts";
import type { PathElement } from "./element.ts";

/**
 * How values merge. A schema says it; below fields that no schema describes it is deduced from the value: maps merge field
 * by field, lists are replaced. Inside such a list everything is `atomic`.
 */
export type TypeRef = SchemaType | "deduced" | "atomic";

interface SchemaType {
  readonly schema: Schema;
  /** Whether a schema above lets unknown fields in. */
  readonly preserve: boolean;
  /** Whether the object carries apiVersion, kind and metadata that its schema need not mention. */
  readonly resource: boolean;
}

/** The shapes that a value of a type may have; usually one, all three when the type is deduced. */
export interface Atom {
  readonly map?: MapType;
  readonly scalar?: ScalarType;
  readonly list?: ListType;
}

export type ScalarType = "numeric" | "string" | "boolean" | "untyped";

export interface MapType {
  readonly atomic: boolean;
  /** Whether nothing is declared and everything allowed. */
  readonly open: boolean;
  /** The type of a declared field. */
  readonly field: (name: string) => TypeRef | undefined;
  /** The type of all other fields; undefined when there may be none. */
  readonly element: TypeRef | undefined;
}

export interface ListType {
  readonly atomic: boolean;
  /** Fields that identify an entry; none for a set. */
  readonly keys: readonly string[];
  readonly element: TypeRef;
  readonly keyDefault: (key: string) => unknown;
}

/** The type of a whole object; without a schema it is deduced. */
export const rootType = (schema: Schema | undefined): TypeRef => (schema ? { schema, preserve: false, resource: true } : "deduced");

/** The type one step further down; undefined where nothing is allowed. */
export function childType(type: TypeRef, element: PathElement): TypeRef | undefined {
  const atom = resolve(type);
  if (element.startsWith("f:")) return atom.map && fieldType(atom.map, element.slice(2));
  return element.startsWith("k:") ? atom.list?.element : undefined;
}

export const fieldType = (map: MapType, name: string): TypeRef | undefined => map.field(name) ?? map.element;

export function resolve(type: TypeRef): Atom {
  if (type === "deduced") return deduced;
  if (type === "atomic") return atomic;
  const { schema } = type;
  const inner: SchemaType = {
    ...type,
    preserve: type.preserve || schema["x-kubernetes-preserve-unknown-fields"] === true,
    resource: type.resource || schema["x-kubernetes-embedded-resource"] === true,
  };
  switch (schema.type) {
    case "object":
      return { map: mapType(inner) };
    case "array":
      return { list: listType(inner) };
    case "integer":
    case "number":
      return { scalar: "numeric" };
    case "boolean":
      return { scalar: "boolean" };
    case "string":
      return { scalar: schema.format === undefined || schema.format === "byte" ? "string" : "untyped" };
    default:
      return { scalar: "untyped", list: listType(inner), map: mapType(inner) };
  }
}

const noFields = () => undefined;

const untypedList: ListType = { atomic: true, keys: [], element: "atomic", keyDefault: noFields };

const deduced: Atom = {
  scalar: "untyped",
  list: untypedList,
  map: { atomic: false, open: true, field: noFields, element: "deduced" },
};

const atomic: Atom = {
  scalar: "untyped",
  list: untypedList,
  map: { atomic: true, open: false, field: noFields, element: "atomic" },
};

function mapType({ schema, preserve, resource }: SchemaType): MapType {
  const { properties, additionalProperties } = schema;
  const isBare = !resource && Object.keys(properties ?? {}).length === 0;
  const below = (child: Schema): TypeRef => ({ schema: child, preserve, resource: false });
  const elementType = (): TypeRef | undefined => {
    if (typeof additionalProperties === "object") return below(additionalProperties);
    return (additionalProperties ?? (preserve || isBare)) ? "deduced" : undefined;
  };
  const element = elementType();
  return {
    atomic: schema["x-kubernetes-map-type"] === "atomic",
    open: isBare && element === "deduced",
    field: (name) => {
      if (resource && name === "metadata") return { schema: objectMeta, preserve: false, resource: false };
      if (resource && (name === "apiVersion" || name === "kind")) return below({ type: "string" });
      const property = properties && Object.hasOwn(properties, name) ? properties[name] : undefined;
      return property && below(property);
    },
    element,
  };
}

function listType({ schema, preserve }: SchemaType): ListType {
  const { items } = schema;
  return {
    ...listRelation(schema),
    element: items ? { schema: items, preserve, resource: false } : "atomic",
    keyDefault: (key) => items?.properties?.[key]?.default,
  };
}

/** Lists of built-in kinds that say nothing of their type merge as a strategic merge patch merges them. */
function listRelation(schema: Schema): Pick<ListType, "atomic" | "keys"> {
  const type = schema["x-kubernetes-list-type"];
  if (type !== undefined) {
    return { atomic: type === "atomic", keys: type === "map" ? (schema["x-kubernetes-list-map-keys"] ?? []) : [] };
  }
  if (!schema["x-kubernetes-patch-strategy"]?.startsWith("merge")) return { atomic: true, keys: [] };
  const key = schema["x-kubernetes-patch-merge-key"];
  return { atomic: false, keys: key === undefined ? [] : [key] };
}
