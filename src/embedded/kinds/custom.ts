import type { KubeObject, Resource } from "../../kube/resource.ts";
import { apiVersionOf } from "../../kube/resource.ts";
import { age } from "../age.ts";
import { fieldsAt } from "../fields/set.ts";
import { jsonEqual } from "../json.ts";
import { compilePath } from "../jsonpath.ts";
import {
  byVersionPriority,
  type Column,
  collectionOf,
  customVerbs,
  type KindRules,
  type KindVersion,
  type ScalePaths,
  type ServedKind,
} from "../registry.ts";
import { applyDefaults } from "../schema/default.ts";
import { invalid, printJson, printNumber } from "../schema/errors.ts";
import { validateMetadata, validateMetadataChange } from "../schema/metadata.ts";
import { prune } from "../schema/prune.ts";
import type { FieldError, Schema } from "../schema/schema.ts";
import { readTime } from "../schema/times.ts";
import { type SchemaValidator, schemaValidator } from "../schema/validate.ts";

export interface CustomResourceNames {
  readonly plural: string;
  readonly singular?: string;
  readonly kind: string;
  readonly listKind?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  readonly jsonPath: string;
}

export interface CustomVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly deprecated?: boolean;
  readonly deprecationWarning?: string;
  readonly schema?: { readonly openAPIV3Schema?: Schema };
  readonly subresources?: { readonly status?: object; readonly scale?: ScalePaths };
  readonly additionalPrinterColumns?: readonly PrinterColumn[];
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
}

/** A CustomResourceDefinition, as far as the server reads it. */
export interface CustomResourceDefinition extends KubeObject {
  readonly spec: {
    readonly group: string;
    readonly scope: "Namespaced" | "Cluster";
    readonly names: CustomResourceNames;
    readonly versions: readonly CustomVersion[];
    readonly conversion?: { readonly strategy: string };
    readonly preserveUnknownFields?: boolean;
  };
  readonly status?: Record<string, unknown>;
}

/** The served versions of a CustomResourceDefinition. */
export function customKinds(crd: CustomResourceDefinition): ServedKind[] {
  const { group, scope, names, versions } = crd.spec;
  const storage = versions.find(({ storage }) => storage)!;
  const known = new Map(versions.map((version) => [`${group}/${version.name}`, kindVersion(version, scope === "Namespaced")]));
  return versions
    .filter(({ served }) => served)
    .map((version): ServedKind => {
      const resource: Resource = {
        group,
        version: version.name,
        plural: names.plural,
        kind: names.kind,
        namespaced: scope === "Namespaced",
      };
      const warning = version.deprecated ? (version.deprecationWarning ?? deprecation(crd, version.name)) : undefined;
      let differs: boolean | undefined;
      return {
        resource,
        singular: names.singular ?? names.kind.toLowerCase(),
        listKind: names.listKind ?? `${names.kind}List`,
        shortNames: names.shortNames ?? [],
        categories: names.categories ?? [],
        verbs: customVerbs,
        collection: collectionOf(resource),
        storageVersion: storage.name,
        versions: known,
        get differsFromStorage() {
          differs ??= version !== storage && !jsonEqual(version.schema, storage.schema);
          return differs;
        },
        schemaRevision: crd.metadata.generation ?? 1,
        get schema() {
          return version.schema?.openAPIV3Schema;
        },
        status: version.subresources?.status !== undefined,
        statusReset: fieldsAt(["metadata"], ["spec"]),
        scale: version.subresources?.scale,
        generation: true,
        custom: true,
        createOnUpdate: false,
        unconditionalUpdate: false,
        returnsDeleted: false,
        selectableFields: (version.selectableFields ?? []).map(({ jsonPath }) => jsonPath.replace(/^\./, "")),
        columns: columnsOf(version.additionalPrinterColumns),
        rules: known.get(apiVersionOf(resource))!.rules,
        ...(warning !== undefined && { deprecationWarning: warning }),
      };
    });
}

function deprecation({ spec }: CustomResourceDefinition, version: string): string {
  const { group, names, versions } = spec;
  const better = versions
    .filter(({ served, deprecated }) => served && !deprecated)
    .map(({ name }) => name)
    .sort(byVersionPriority)
    .find((name) => byVersionPriority(name, version) < 0);
  const instead = better === undefined ? "" : `; use ${group}/${better} ${names.kind}`;
  return `${group}/${version} ${names.kind} is deprecated${instead}`;
}

const kindVersion = (version: CustomVersion, namespaced: boolean): KindVersion => ({
  get schema() {
    return version.schema?.openAPIV3Schema;
  },
  rules: customRules(version, namespaced),
});

/** The schema is first looked at when an object comes. */
function customRules(version: CustomVersion, namespaced: boolean): KindRules {
  const schemaOf = (): Schema | undefined => version.schema?.openAPIV3Schema;
  let validator: SchemaValidator | undefined;
  const validateContent = (schema: Schema, object: KubeObject, old: KubeObject | undefined, subresource: string): FieldError[] => {
    validator ??= schemaValidator(schema);
    if (subresource === "status" && old) return validator.validateStatus(object, old);
    return validator.validate(object, old === undefined ? {} : { old });
  };
  return {
    clean: (object, nulls) => {
      const schema = schemaOf();
      if (!schema) return { object, unknown: [] };
      const { value, unknown } = prune(schema, object, nulls);
      return { object: value, unknown };
    },
    applyDefaults: (object) => {
      const schema = schemaOf();
      return schema ? applyDefaults(schema, object) : object;
    },
    validate: (object, old, subresource) => {
      const schema = schemaOf();
      return [
        ...validateMetadata(object, { namespaced }, old),
        // What an update may not change is said once for all kinds, and then once more for its own.
        ...(old ? validateMetadataChange(object, old) : []),
        ...(schema ? validateContent(schema, object, old, subresource) : []),
        ...validateReplicas(version.subresources?.scale, object, subresource),
      ];
    },
  };
}

/** The numbers that a scale shows are numbers of replicas. */
function validateReplicas(scale: ScalePaths | undefined, object: KubeObject, subresource: string): FieldError[] {
  if (!scale) return [];
  const { specReplicasPath, statusReplicasPath } = scale;
  const paths = subresource === "status" ? [statusReplicasPath] : [specReplicasPath, statusReplicasPath];
  return paths.flatMap((path) => {
    const found = compilePath(path)(object)[0];
    if (typeof found !== "number") return [];
    if (found < 0) return [invalid(path, found, "should be a non-negative integer")];
    return found > mostReplicas ? [invalid(path, found, `should be less than or equal to ${mostReplicas}`)] : [];
  });
}

const mostReplicas = 2 ** 31 - 1;

export const nameColumn: Column = {
  name: "Name",
  type: "string",
  format: "name",
  description: "Name of the object",
  priority: 0,
  cell: ({ metadata }) => metadata.name ?? "",
};

export const ageColumn: Column = {
  name: "Age",
  type: "date",
  format: "",
  description: "Time since the object was created",
  priority: 0,
  cell: ({ metadata }, now) => age(metadata.creationTimestamp, now),
};

/** The printer columns of a custom kind behind its name; its age when it names none. */
export function columnsOf(printed: readonly PrinterColumn[] | undefined): Column[] {
  if (!printed || printed.length === 0) return [nameColumn, ageColumn];
  const columns = [nameColumn];
  for (const { name, type, format = "", description = "", priority = 0, jsonPath } of printed) {
    const find = readablePath(jsonPath);
    // The real one prints the columns before one that it cannot read.
    if (!find) break;
    columns.push({ name, type, format, description, priority, cell: (object, now) => cellOf(type, find(object), now) });
  }
  return columns;
}

function readablePath(path: string): ReturnType<typeof compilePath> | undefined {
  try {
    return compilePath(path);
  } catch {
    return undefined;
  }
}

function cellOf(type: string, found: readonly unknown[], now: Date): unknown {
  if (found.length === 0) return null;
  const value = found[0];
  switch (type) {
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null;
    case "number":
      return typeof value === "number" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      return typeof value === "string" ? dateCell(value, now) : null;
    default:
      return asText(value);
  }
}

const dateCell = (text: string, now: Date): string => ("problem" in readTime(text, "date-time") ? "<invalid>" : age(text, now));

function asText(value: unknown): string {
  if (value === null) return "<no value>";
  if (typeof value === "object") return printJson(value);
  return typeof value === "number" ? printNumber(value) : String(value);
}
