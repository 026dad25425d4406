import { createHash } from "node:crypto";
import { apiVersionOf, type Resource } from "../kube/resource.ts";
import { classOf, Descriptions } from "./descriptions.ts";
import type { Kernel } from "./kernel.ts";
import type { ServedKind } from "./registry.ts";
import type { Schema } from "./schema/schema.ts";

const version = "v1.36.2";
const info = { title: "Kubernetes", version };

const metaPackage = "io.k8s.apimachinery.pkg.apis.meta.v1";
const objectMeta = `${metaPackage}.ObjectMeta`;

/** Types that have a name in Go though they are no structs: in the third version they are referred to. */
const goTypes: readonly {
  readonly is: (schema: Schema) => boolean;
  readonly name: string;
  readonly second: Schema;
  readonly third: Schema;
}[] = [
  {
    is: ({ format }) => format === "quantity",
    name: "io.k8s.apimachinery.pkg.api.resource.Quantity",
    second: { type: "string" },
    third: { oneOf: [{ type: "string" }, { type: "number" }] },
  },
  {
    is: (schema) => schema["x-kubernetes-int-or-string"] === true,
    name: "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
    second: { type: "string", format: "int-or-string" },
    third: { format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] },
  },
  {
    is: ({ format }) => format === "micro-time",
    name: `${metaPackage}.MicroTime`,
    second: { type: "string", format: "date-time" },
    third: { type: "string", format: "date-time" },
  },
];

/** Definitions are named by the reversed group: `io.istio.networking.v1.Gateway`. */
const definitionName = ({ resource }: ServedKind): string => `${packageOf(resource)}.${resource.kind}`;

function packageOf({ group, version: at }: Pick<Resource, "group" | "version">): string {
  const prefix =
    group === "" ? "io.k8s.api.core" : group.includes(".") ? group.split(".").reverse().join(".") : `io.k8s.api.${group}`;
  return `${prefix}.${at}`;
}

interface Document {
  readonly openapi: string;
  readonly info: typeof info;
  readonly paths: Record<string, unknown>;
  readonly components: { readonly schemas: Record<string, unknown> };
}

const kindsOf = ({ registry }: Kernel, group: string, at: string): ServedKind[] =>
  registry.all().filter(({ resource }) => resource.group === group && resource.version === at);

const root = (group: string, at: string): string => (group === "" ? `api/${at}` : `apis/${group}/${at}`);

/** The document of one group and version for `/openapi/v3/apis/GROUP/VERSION`; undefined when it is not served. */
export function openApiV3(kernel: Kernel, group: string, at: string): Document | undefined {
  const kinds = kindsOf(kernel, group, at);
  if (kinds.length === 0) return undefined;
  const descriptions = new Descriptions();
  const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });
  const structs = new Structs(reference);
  const third: Dialect = {
    answer: (schema) => ({ content: { "application/json": { schema } } }),
    parameter: (schema) => ({ schema }),
    schema: ({ custom, resource }, schema) => openSchema(custom ? schema : structs.referTo(schema, packageOf(resource))),
  };
  const metadata = openSchema(structs.referTo(metadataSchema(descriptions), metaPackage));
  const definitions = kinds.map((kind) => [definitionName(kind), definition(kind, third, reference(objectMeta), descriptions)]);
  return {
    openapi: "3.0.0",
    info,
    paths: Object.assign({}, ...kinds.map((kind) => pathsOf(kind, third, reference))),
    components: { schemas: { [objectMeta]: metadata, ...Object.fromEntries([...structs.all, ...definitions]) } },
  };
}

/** What has a name in Go is told once, under that name, and referred to. */
class Structs {
  readonly #reference: (name: string) => object;
  readonly #told = new Map<string, unknown>();

  constructor(reference: (name: string) => object) {
    this.#reference = reference;
  }

  get all(): readonly (readonly [name: string, schema: unknown])[] {
    return [...this.#told];
  }

  /** A schema with references in the place of the structs below it. */
  referTo(schema: Schema, from: string): Schema {
    const { properties, items, additionalProperties } = schema;
    const below = (child: Schema): Schema => this.#refer(child, from);
    return {
      ...schema,
      ...(properties && { properties: mapValues(properties, below) }),
      ...(items && { items: below(items) }),
      ...(typeof additionalProperties === "object" && { additionalProperties: below(additionalProperties) }),
    };
  }

  #refer(schema: Schema, from: string): Schema {
    const { description, default: value, ...type } = this.referTo(schema, from);
    const said = { ...(value !== undefined && { default: value }), ...(description !== undefined && { description }) };
    const goType = goTypes.find(({ is }) => is(schema));
    if (goType) return this.#tell(goType.name, goType.third, said);
    if (schema.title === undefined || !schema.properties) return { ...type, ...said };
    return this.#tell(`${from}.${schema.title}`, type, said);
  }

  /** @param said of the field */
  #tell(name: string, type: Schema, said: Schema): Schema {
    if (!this.#told.has(name)) this.#told.set(name, openSchema(type));
    return { allOf: [this.#reference(name) as Schema], ...said };
  }
}

/** What the versions of OpenAPI spell in ways of their own. */
interface Dialect {
  readonly answer: (schema: object) => object;
  readonly parameter: (type: object) => object;
  readonly schema: (kind: ServedKind, schema: Schema) => unknown;
}

const second: Dialect = {
  answer: (schema) => ({ schema }),
  parameter: (type) => type,
  schema: ({ custom }, schema) => openSchema(custom ? secondSchema(schema) : withGoTypes(schema)),
};
/** Everything in one document, as clients of before 1.24 read it, and newer ones what they do not find in the others. */
export function openApiV2(kernel: Kernel): Readonly<Record<string, unknown>> {
  const kinds = kernel.registry.all();
  const descriptions = new Descriptions();
  const reference = (name: string) => ({ $ref: `#/definitions/${name}` });
  return {
    swagger: "2.0",
    info,
    paths: Object.assign({}, ...kinds.map((kind) => pathsOf(kind, second, reference))),
    definitions: {
      [objectMeta]: metadataSchema(descriptions),
      ...Object.fromEntries(
        kinds.map((kind) => [definitionName(kind), definition(kind, second, reference(objectMeta), descriptions)]),
      ),
    },
  };
}

/** The documents there are, with a digest each, by which clients cache them. */
export function openApiIndex(kernel: Kernel): unknown {
  const paths: Record<string, unknown> = {};
  for (const { name, versions } of kernel.registry.groups()) {
    for (const at of versions) {
      const path = root(name, at);
      const hash = createHash("sha256").update(`${kernel.name} ${kernel.registry.revision} ${path}`).digest("hex").toUpperCase();
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
    }
  }
  return { paths };
}

function definition(kind: ServedKind, dialect: Dialect, metadata: object, descriptions: Descriptions): unknown {
  const { resource, schema } = kind;
  const type = { group: resource.group, kind: resource.kind, version: resource.version };
  const own = schema ?? { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  // Of a few kinds their metadata is required, which their class says.
  const whole = { ...own, properties: { ...own.properties, metadata: {} } };
  const base = dialect.schema(kind, kind.custom ? own : descriptions.complete(whole, classOf(resource))) as {
    properties?: Record<string, unknown>;
  };
  return {
    ...base,
    type: "object",
    properties: {
      apiVersion: { type: "string", description: "Group and version of the schema that this object follows" },
      kind: { type: "string", description: "Kind of this object" },
      ...base.properties,
      metadata,
    },
    "x-kubernetes-group-version-kind": [type],
  };
}

/** What a client reads of a schema: without the rules, which only the server can check. */
function openSchema(schema: Schema): unknown {
  const { properties, items, additionalProperties, "x-kubernetes-validations": _rules, ...rest } = schema;
  return {
    ...rest,
    ...(properties && { properties: mapValues(properties, openSchema) }),
    ...(items && { items: openSchema(items) }),
    ...(additionalProperties !== undefined && {
      additionalProperties: typeof additionalProperties === "boolean" ? additionalProperties : openSchema(additionalProperties),
    }),
  };
}

/** A schema of a built-in kind as OpenAPI v2 has it. */
function withGoTypes(schema: Schema): Schema {
  const goType = goTypes.find(({ is }) => is(schema));
  if (goType) return { ...goType.second, ...(schema.description !== undefined && { description: schema.description }) };
  const { properties, items, additionalProperties } = schema;
  return {
    ...schema,
    ...(properties && { properties: mapValues(properties, withGoTypes) }),
    ...(items && { items: withGoTypes(items) }),
    ...(typeof additionalProperties === "object" && { additionalProperties: withGoTypes(additionalProperties) }),
  };
}

/** OpenAPI v2 has no alternatives and no null, and clients cannot read a type of which only some fields are known. */
function secondSchema({ allOf, anyOf, oneOf, not, nullable, ...schema }: Schema): Schema {
  const { type, items, properties, additionalProperties, required, ...rest } = schema;
  if (nullable) return rest;
  const isOpen = rest["x-kubernetes-preserve-unknown-fields"] === true;
  return {
    ...rest,
    ...(type !== undefined && !(isOpen && (type === "object" || type === "array")) && { type }),
    ...(required && { required: required.filter((name) => !properties?.[name]?.nullable) }),
    ...(properties && !isOpen && { properties: mapValues(properties, secondSchema) }),
    ...(items && !isOpen && { items: secondSchema(items) }),
    ...(additionalProperties !== undefined && {
      additionalProperties: typeof additionalProperties === "boolean" ? additionalProperties : secondSchema(additionalProperties),
    }),
  };
}

const mapValues = <V, R>(values: Readonly<Record<string, V>>, map: (value: V) => R): Record<string, R> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]));

function pathsOf(
  kind: ServedKind,
  { answer, parameter }: Dialect,
  reference: (definition: string) => object,
): Record<string, unknown> {
  const query = (name: string, type = "string") => ({ name, in: "query", ...parameter({ type, uniqueItems: true }) });
  const writeParameters = [query("dryRun"), query("fieldManager"), query("fieldValidation")];
  const { resource } = kind;
  const { group, version: at, plural, kind: name, namespaced } = resource;
  const type = { group, version: at, kind: name };
  const collection = `/${root(group, at)}${namespaced ? "/namespaces/{namespace}" : ""}/${plural}`;
  const responses = { "200": { description: "OK", ...answer(reference(definitionName(kind))) } };
  const operation = (action: string, parameters: readonly object[] = []) => ({
    operationId: `${action}${apiVersionOf(resource).replaceAll(/[./]/g, "")}${name}`,
    ...(parameters.length > 0 && { parameters }),
    responses,
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": type,
  });
  return {
    [collection]: { get: operation("list"), post: operation("post", writeParameters) },
    [`${collection}/{name}`]: {
      get: operation("get"),
      put: operation("put", writeParameters),
      patch: operation("patch", [...writeParameters, query("force", "boolean")]),
      delete: operation("delete"),
    },
  };
}

const texts: Schema = { type: "object", additionalProperties: { type: "string" } };

const text: Schema = { type: "string" };
const time: Schema = { type: "string", format: "date-time" };
const int64: Schema = { type: "integer", format: "int64" };
const struct = (title: string, properties: Readonly<Record<string, Schema>>): Schema => ({ type: "object", title, properties });

/** What every object carries about itself. */
const metadataSchema = (descriptions: Descriptions): Schema => descriptions.complete(metadataTypes, "V1ObjectMeta");

const metadataTypes: Schema = {
  type: "object",
  properties: {
    name: text,
    generateName: text,
    namespace: text,
    labels: texts,
    annotations: texts,
    uid: text,
    resourceVersion: text,
    generation: int64,
    creationTimestamp: time,
    deletionTimestamp: time,
    deletionGracePeriodSeconds: int64,
    finalizers: { type: "array", items: text },
    ownerReferences: {
      type: "array",
      items: struct("OwnerReference", {
        apiVersion: text,
        kind: text,
        name: text,
        uid: text,
        controller: { type: "boolean" },
        blockOwnerDeletion: { type: "boolean" },
      }),
    },
    managedFields: {
      type: "array",
      items: struct("ManagedFieldsEntry", {
        manager: text,
        operation: text,
        apiVersion: text,
        time,
        fieldsType: text,
        fieldsV1: { type: "object" },
        subresource: text,
      }),
    },
    selfLink: text,
  },
};
