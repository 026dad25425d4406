import { objectMeta } from "../schema/builtin/object-meta.ts";
import type { Schema } from "../schema/schema.ts";
import type { PathElement } from "./element.ts";

/**
 * How values merge. A schema says it; below fields that no schema describes it is deduced from the value: maps merge field
 * by field, lists are replaced. Inside such a list everything is `atomic`.
 */
export type TypeRef = SchemaType | "deduced" | "atomic";

/** The type that a schema says; what is below it is found when it is first asked for. */
class SchemaType {
  readonly #schema: Schema;
  readonly #preserve: boolean;
  readonly #resource: boolean;
  #atom: Atom | undefined;

  /**
   * @param preserve whether the schema, or one above, lets unknown fields in
   * @param resource whether the object carries apiVersion, kind and metadata that its schema need not mention
   */
  constructor(schema: Schema, preserve: boolean, resource: boolean) {
    this.#schema = schema;
    this.#preserve = preserve || schema["x-kubernetes-preserve-unknown-fields"] === true;
    this.#resource = resource || schema["x-kubernetes-embedded-resource"] === true;
  }

  get atom(): Atom {
    this.#atom ??= atomOf(this.#schema, this.#preserve, this.#resource);
    return this.#atom;
  }
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

/** Schemas never change, so that their types are made once, and forgotten with them. */
const known = new WeakMap<Schema, TypeRef>();

/** The type of a whole object; without a schema it is deduced. */
export function rootType(schema: Schema | undefined): TypeRef {
  if (!schema) return "deduced";
  let type = known.get(schema);
  if (!type) {
    type = new SchemaType(schema, false, true);
    known.set(schema, type);
  }
  return type;
}

/** The type one step further down; undefined where nothing is allowed. */
export function childType(type: TypeRef, element: PathElement): TypeRef | undefined {
  const atom = resolve(type);
  if (element.startsWith("f:")) return atom.map && fieldType(atom.map, element.slice(2));
  return element.startsWith("k:") ? atom.list?.element : undefined;
}

export const fieldType = (map: MapType, name: string): TypeRef | undefined => map.field(name) ?? map.element;

export function resolve(type: TypeRef): Atom {
  if (type === "deduced") return deduced;
  return type === "atomic" ? atomic : type.atom;
}

function atomOf(schema: Schema, preserve: boolean, resource: boolean): Atom {
  switch (schema.type) {
    case "object":
      return { map: mapType(schema, preserve, resource) };
    case "array":
      return { list: listType(schema, preserve) };
    case "integer":
    case "number":
      return { scalar: "numeric" };
    case "boolean":
      return { scalar: "boolean" };
    case "string":
      return { scalar: schema.format === undefined || schema.format === "byte" ? "string" : "untyped" };
    default:
      return { scalar: "untyped", list: listType(schema, preserve), map: mapType(schema, preserve, resource) };
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

function mapType(schema: Schema, preserve: boolean, resource: boolean): MapType {
  const { properties = {}, additionalProperties } = schema;
  const below = (child: Schema): TypeRef => new SchemaType(child, preserve, false);
  const fields = new Map(Object.entries(properties).map(([name, child]) => [name, below(child)]));
  if (resource) {
    for (const name of ["apiVersion", "kind"]) fields.set(name, below({ type: "string" }));
    fields.set("metadata", metadataType);
  }
  const isBare = fields.size === 0;
  const elementType = (): TypeRef | undefined => {
    if (typeof additionalProperties === "object") return below(additionalProperties);
    return (additionalProperties ?? (preserve || isBare)) ? "deduced" : undefined;
  };
  const element = elementType();
  return {
    atomic: schema["x-kubernetes-map-type"] === "atomic",
    open: isBare && element === "deduced",
    field: (name) => fields.get(name),
    element,
  };
}

const metadataType = new SchemaType(objectMeta, false, false);

function listType(schema: Schema, preserve: boolean): ListType {
  const { items } = schema;
  return {
    ...listRelation(schema),
    element: items ? new SchemaType(items, preserve, false) : "atomic",
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
