import { createHash } from "node:crypto";
import { apiVersionOf, type Resource } from "../kube/resource.ts";
import { classOf, Descriptions } from "./descriptions.ts";
import { allGroups, allKinds } from "./discovery.ts";
import type { Kernel } from "./kernel.ts";
import { scaleKind } from "./kinds/scale.ts";
import type { ServedKind } from "./registry.ts";
import { jsonSchema } from "./schema/builtin/crd/read-schema.ts";
import { objectMeta } from "./schema/builtin/object-meta.ts";
import type { Schema } from "./schema/schema.ts";

const version = "v1.36.2";
const info = { title: "Kubernetes", version };

const metaPackage = "io.k8s.apimachinery.pkg.apis.meta.v1";
const objectMetaName = `${metaPackage}.ObjectMeta`;

/** Types that have a name in Go though they are no structs. */
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
    is: ({ format }) => format === "date-time",
    name: `${metaPackage}.Time`,
    second: { type: "string", format: "date-time" },
    third: { type: "string", format: "date-time" },
  },
  {
    is: ({ format }) => format === "micro-time",
    name: `${metaPackage}.MicroTime`,
    second: { type: "string", format: "date-time" },
    third: { type: "string", format: "date-time" },
  },
];

/** Structs that hold themselves, which a schema only names. */
const recursive: Readonly<Record<string, { readonly schema: Schema; readonly className: string }>> = {
  JSONSchemaProps: { schema: jsonSchema, className: "V1JSONSchemaProps" },
};

/** Definitions of custom kinds are named by the reversed group, `io.istio.networking.v1.Gateway`, others by their Go package. */
const definitionName = (kind: ServedKind): string => `${packageOf(kind)}.${kind.resource.kind}`;

function packageOf({ custom, resource: { group, version: at } }: ServedKind): string {
  if (custom) return `${group.split(".").reverse().join(".")}.${at}`;
  if (group === "apiextensions.k8s.io") return `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.${at}`;
  return `io.k8s.api.${group === "" ? "core" : group.split(".", 1)[0]}.${at}`;
}

/** What the versions of OpenAPI spell in ways of their own. */
interface Dialect {
  readonly goType: "second" | "third";
  readonly definitions: string;
  readonly answer: (schema: object) => object;
  readonly parameter: (type: object) => object;
  /** A reference to what has a name, with what is said of the field that refers to it. */
  readonly field: (reference: Schema, said: Schema) => Schema;
  readonly custom: (schema: Schema) => Schema;
}

const second: Dialect = {
  goType: "second",
  definitions: "#/definitions",
  answer: (schema) => ({ schema }),
  parameter: (type) => type,
  field: (reference, said) => ({ ...said, ...reference }),
  custom: secondSchema,
};

const third: Dialect = {
  goType: "third",
  definitions: "#/components/schemas",
  answer: (schema) => ({ content: { "application/json": { schema } } }),
  parameter: (schema) => ({ schema }),
  field: (reference, said) => (Object.keys(said).length === 0 ? reference : { allOf: [reference], ...said }),
  custom: (schema) => schema,
};

const referenceTo = ({ definitions }: Dialect, name: string): object => ({ $ref: `${definitions}/${name}` });

interface Document {
  readonly openapi: string;
  readonly info: typeof info;
  readonly paths: Record<string, unknown>;
  readonly components: { readonly schemas: Record<string, unknown> };
}

const root = (group: string, at: string): string => (group === "" ? `api/${at}` : `apis/${group}/${at}`);

/** The document of one group and version for `/openapi/v3/apis/GROUP/VERSION`; undefined when it is not served. */
export function openApiV3(kernel: Kernel, group: string, at: string): Document | undefined {
  const kinds = allKinds(kernel).filter(({ resource }) => resource.group === group && resource.version === at);
  if (kinds.length === 0) return undefined;
  const { paths, definitions } = tell(kinds, third);
  return { openapi: "3.0.0", info, paths, components: { schemas: definitions } };
}

/** Everything in one document, as clients of before 1.24 read it, and newer ones what they do not find in the others. */
export function openApiV2(kernel: Kernel): Readonly<Record<string, unknown>> {
  return { swagger: "2.0", info, ...tell(allKinds(kernel), second) };
}

function tell(kinds: readonly ServedKind[], dialect: Dialect) {
  const definitions = new Definitions(dialect);
  for (const kind of kinds) {
    definitions.add(kind);
    if (kind.scale) definitions.add(scaleKind(kind));
  }
  return {
    paths: Object.assign({}, ...kinds.map((kind) => pathsOf(kind, dialect))) as Record<string, unknown>,
    definitions: definitions.all,
  };
}

/** What has a name is told once, under that name, and referred to. */
class Definitions {
  readonly #dialect: Dialect;
  readonly #descriptions = new Descriptions();
  readonly #told = new Map<string, unknown>();

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
    this.#tell(objectMetaName, () => this.#withReferences(this.#descriptions.complete(objectMeta, "V1ObjectMeta"), metaPackage));
  }

  get all(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(this.#told);
  }

  add(kind: ServedKind): void {
    const { resource, custom, schema = anything } = kind;
    const type = { group: resource.group, kind: resource.kind, version: resource.version };
    this.#tell(definitionName(kind), () => ({
      ...(custom ? this.#custom(schema) : this.#builtin(kind, schema)),
      type: "object",
      "x-kubernetes-group-version-kind": [type],
    }));
  }

  #builtin(kind: ServedKind, schema: Schema): Schema {
    // Of a few kinds their metadata is required, which their class says.
    const whole = { ...schema, properties: { ...common, ...schema.properties } };
    const { properties, ...rest } = this.#descriptions.complete(whole, classOf(kind.resource));
    const own = this.#withReferences({ ...rest, properties: without(properties!, "metadata") }, packageOf(kind));
    return { ...own, properties: { ...own.properties, metadata: this.#refer(objectMetaName, properties!["metadata"]!) } };
  }

  /** A custom kind has no class, but what all kinds have is for the same in all. */
  #custom(schema: Schema): Schema {
    const { apiVersion, kind, metadata } = this.#descriptions.complete({ properties: common }, "V1ConfigMap").properties!;
    const own = this.#dialect.custom(schema);
    return {
      ...own,
      properties: { apiVersion: apiVersion!, kind: kind!, ...own.properties, metadata: this.#refer(objectMetaName, metadata!) },
    };
  }

  /** A schema with references in the place of what has a name below it. */
  #withReferences(whole: Schema, from: string): Schema {
    const { nullable: _, title: __, "x-kubernetes-preserve-unknown-fields": ___, properties = {}, ...schema } = whole;
    const { items, additionalProperties } = schema;
    const below = (child: Schema): Schema => this.#field(child, from);
    return {
      ...schema,
      ...(Object.keys(properties).length > 0 && { properties: mapValues(properties, below) }),
      ...(items && { items: below(items) }),
      ...(typeof additionalProperties === "object" && { additionalProperties: below(additionalProperties) }),
    };
  }

  #field(field: Schema, from: string): Schema {
    const goType = goTypes.find(({ is }) => is(field));
    if (goType) {
      this.#tell(goType.name, () => goType[this.#dialect.goType]);
      return this.#refer(goType.name, field);
    }
    const { title, type, properties } = field;
    if (title === undefined || type === "string") return this.#withReferences(field, from);
    const common = `${metaPackage}.${title}`;
    const name = this.#told.has(common) ? common : `${from}.${title}`;
    this.#tell(name, () => {
      if (properties) return this.#withReferences(ofType(field), from);
      const known = recursive[title];
      if (!known) return { ...(type !== undefined && { type }) };
      return this.#withReferences(ofType(this.#descriptions.complete(known.schema, known.className)), from);
    });
    return this.#refer(name, field);
  }

  #tell(name: string, type: () => Schema): void {
    if (this.#told.has(name)) return;
    // A type may hold itself.
    this.#told.set(name, undefined);
    this.#told.set(name, openSchema(type()));
  }

  /** A reference with what is said of the field that it is in. */
  #refer(name: string, field: Schema): Schema {
    const said = Object.fromEntries(Object.entries(field).filter(([word]) => ofFields.includes(word)));
    return this.#dialect.field(referenceTo(this.#dialect, name) as Schema, said);
  }
}

/** What is said of a field and not of its type. What a type is for is said by the fields that refer to it. */
const ofFields = ["description", "default", "x-kubernetes-patch-strategy", "x-kubernetes-patch-merge-key"];

const ofType = (schema: Schema): Schema => Object.fromEntries(Object.entries(schema).filter(([word]) => !ofFields.includes(word)));

const without = (properties: Readonly<Record<string, Schema>>, name: string): Readonly<Record<string, Schema>> =>
  Object.fromEntries(Object.entries(properties).filter(([key]) => key !== name));

/** The documents there are, with a digest each, by which clients cache them. */
export function openApiIndex(kernel: Kernel): unknown {
  const paths: Record<string, unknown> = {};
  for (const { name, versions } of [{ name: "", versions: ["v1"] }, ...allGroups(kernel)]) {
    for (const at of versions) {
      const path = root(name, at);
      const hash = createHash("sha256").update(`${kernel.name} ${kernel.registry.revision} ${path}`).digest("hex").toUpperCase();
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
    }
  }
  return { paths };
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

type Action = "list" | "post" | "get" | "put" | "patch" | "delete";

function pathsOf(kind: ServedKind, dialect: Dialect): Record<string, unknown> {
  const { resource, verbs, status, scale } = kind;
  const { group, version: at, plural, namespaced } = resource;
  const collection = `/${root(group, at)}${namespaced ? "/namespaces/{namespace}" : ""}/${plural}`;
  const operations = (actions: readonly Action[], shown = kind, part = "") =>
    Object.fromEntries(
      actions.map((action) => [action === "list" ? "get" : action, operation(action, { resource, shown, part }, dialect)]),
    );
  // What is only asked and answered has no objects.
  if (!verbs.includes("get")) return { [collection]: operations(["post"]) };
  return {
    [collection]: operations(["list", "post"]),
    [`${collection}/{name}`]: operations(["get", "put", "patch", "delete"]),
    ...(status && { [`${collection}/{name}/status`]: operations(["get", "put", "patch"], kind, "Status") }),
    ...(scale && { [`${collection}/{name}/scale`]: operations(["get", "put", "patch"], scaleKind(kind), "Scale") }),
  };
}

/** What a request takes and gives; `shown` is the kind that it speaks of an object as. */
function operation(
  action: Action,
  { resource, shown, part }: { readonly resource: Resource; readonly shown: ServedKind; readonly part: string },
  dialect: Dialect,
): object {
  const { group, version: at, kind } = shown.resource;
  const query = (name: string, type = "string") => ({ name, in: "query", ...dialect.parameter({ type, uniqueItems: true }) });
  const parameters = [
    ...(["post", "put", "patch"].includes(action) ? [query("dryRun"), query("fieldManager"), query("fieldValidation")] : []),
    ...(action === "patch" ? [query("force", "boolean")] : []),
  ];
  return {
    operationId: `${action}${apiVersionOf(resource).replaceAll(/[./]/g, "")}${resource.kind}${part}`,
    ...(parameters.length > 0 && { parameters }),
    responses: { "200": { description: "OK", ...dialect.answer(referenceTo(dialect, definitionName(shown))) } },
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": { group, version: at, kind },
  };
}

const text: Schema = { type: "string" };
const anything: Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** What every object has. */
const common: Readonly<Record<string, Schema>> = { apiVersion: text, kind: text, metadata: {} };
