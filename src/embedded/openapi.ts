import { createHash } from "node:crypto";
import { apiVersionOf } from "../kube/resource.ts";
import { classOf, Descriptions } from "./descriptions.ts";
import type { Kernel } from "./kernel.ts";
import type { ServedKind } from "./registry.ts";
import type { Schema } from "./schema/schema.ts";

const version = "v1.36.2";
const info = { title: "Kubernetes", version };

const objectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/** Definitions are named by the reversed group: `io.istio.networking.v1.Gateway`. */
function definitionName({ resource }: ServedKind): string {
  const { group, version: at, kind } = resource;
  const prefix =
    group === "" ? "io.k8s.api.core" : group.includes(".") ? group.split(".").reverse().join(".") : `io.k8s.api.${group}`;
  return `${prefix}.${at}.${kind}`;
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
  return {
    openapi: "3.0.0",
    info,
    paths: Object.assign({}, ...kinds.map((kind) => pathsOf(kind, third, reference))),
    components: {
      schemas: {
        [objectMeta]: metadataSchema,
        ...Object.fromEntries(
          kinds.map((kind) => [definitionName(kind), definition(kind, third, reference(objectMeta), descriptions)]),
        ),
      },
    },
  };
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
  schema: ({ custom }, schema) => openSchema(custom ? secondSchema(schema) : schema),
};
const third: Dialect = {
  answer: (schema) => ({ content: { "application/json": { schema } } }),
  parameter: (schema) => ({ schema }),
  schema: (_, schema) => openSchema(schema),
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
      [objectMeta]: metadataSchema,
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
  const base = dialect.schema(kind, kind.custom ? own : descriptions.complete(own, classOf(resource))) as {
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

const metadataSchema: Schema = {
  type: "object",
  description: "What every object carries about itself",
  properties: {
    name: { type: "string", description: "Unique in its namespace for its kind" },
    generateName: { type: "string", description: "Beginning of a name that the server completes" },
    namespace: { type: "string", description: "Where the object lives" },
    labels: { ...texts, description: "Keys and values to select objects by" },
    annotations: { ...texts, description: "Keys and values for tools" },
    uid: { type: "string", description: "Unique in time and space" },
    resourceVersion: { type: "string", description: "Changes with every write" },
    generation: { type: "integer", format: "int64", description: "Counts changes of the desired state" },
    creationTimestamp: { type: "string", format: "date-time", description: "When it was created" },
    deletionTimestamp: { type: "string", format: "date-time", description: "When its deletion was asked for" },
    deletionGracePeriodSeconds: { type: "integer", format: "int64", description: "Seconds that a deletion may take" },
    finalizers: { type: "array", items: { type: "string" }, description: "Who must act before it may go" },
    ownerReferences: {
      type: "array",
      description: "Objects that it depends on",
      items: {
        type: "object",
        required: ["apiVersion", "kind", "name", "uid"],
        properties: {
          apiVersion: { type: "string" },
          kind: { type: "string" },
          name: { type: "string" },
          uid: { type: "string" },
          controller: { type: "boolean" },
          blockOwnerDeletion: { type: "boolean" },
        },
      },
    },
    managedFields: {
      type: "array",
      description: "Which manager owns which fields",
      items: {
        type: "object",
        properties: {
          manager: { type: "string" },
          operation: { type: "string" },
          apiVersion: { type: "string" },
          time: { type: "string", format: "date-time" },
          fieldsType: { type: "string" },
          fieldsV1: { type: "object" },
          subresource: { type: "string" },
        },
      },
    },
    selfLink: { type: "string" },
  },
};
