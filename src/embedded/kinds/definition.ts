import { isDeepStrictEqual } from "node:util";
import type { BuiltinKind } from "../schema/builtin/index.ts";
import { bool, free, list, listMap, pointer, struct, text, time } from "../schema/builtin/shapes.ts";
import { invalid, notSupported, required } from "../schema/errors.ts";
import type { FieldError } from "../schema/schema.ts";
import { validateStructural } from "../schema/structural.ts";
import type { CustomResourceDefinition, CustomVersion } from "./custom.ts";

const names = struct(
  "CustomResourceDefinitionNames",
  { plural: text, singular: text, shortNames: list(text), kind: text, listKind: text, categories: list(text) },
  ["plural", "kind"],
);

const condition = struct(
  "CustomResourceDefinitionCondition",
  { type: text, status: text, lastTransitionTime: time, reason: text, message: text },
  ["type", "status"],
);

const scopes = ["Cluster", "Namespaced"];

/** CustomResourceDefinition: what its `definitions` controller serves. */
export const definitionKind: BuiltinKind = {
  resource: {
    group: "apiextensions.k8s.io",
    version: "v1",
    plural: "customresourcedefinitions",
    kind: "CustomResourceDefinition",
    namespaced: false,
  },
  singular: "customresourcedefinition",
  shortNames: ["crd", "crds"],
  categories: ["api-extensions"],
  subresources: ["status"],
  metadata: { namespaced: false },
  schema: struct("CustomResourceDefinition", {
    spec: struct("CustomResourceDefinitionSpec", {
      group: text,
      names,
      scope: text,
      versions: list(free),
      conversion: pointer(struct("CustomResourceConversion", { strategy: text, webhook: pointer(free) }, ["strategy"])),
      preserveUnknownFields: bool,
    }),
    status: struct(
      "CustomResourceDefinitionStatus",
      { conditions: listMap(["type"], condition), acceptedNames: names, storedVersions: list(text) },
      ["conditions", "acceptedNames", "storedVersions"],
    ),
  }),
  applyDefaults: (object) => {
    const { spec, ...rest } = object as CustomResourceDefinition;
    const { kind } = spec.names;
    const named = {
      ...spec.names,
      singular: spec.names.singular || kind.toLowerCase(),
      listKind: spec.names.listKind || `${kind}List`,
    };
    return { ...rest, spec: { ...spec, names: named, conversion: spec.conversion ?? { strategy: "None" } } };
  },
  validate: (object, old, subresource) => {
    const crd = object as CustomResourceDefinition;
    if (subresource === "status") return [];
    return [...(old ? unchanged(crd, old as CustomResourceDefinition) : named(crd)), ...validateSpec(crd)];
  },
};

function named({ metadata, spec }: CustomResourceDefinition): FieldError[] {
  if (metadata.name === `${spec.names.plural}.${spec.group}`) return [];
  return [invalid("metadata.name", metadata.name, 'must be spec.names.plural+"."+spec.group')];
}

function unchanged({ spec }: CustomResourceDefinition, old: CustomResourceDefinition): FieldError[] {
  return (["group", "scope"] as const)
    .filter((field) => spec[field] !== old.spec[field])
    .map((field) => invalid(`spec.${field}`, spec[field], "field is immutable"));
}

function validateSpec({ spec }: CustomResourceDefinition): FieldError[] {
  const { versions = [] } = spec;
  const errors = [
    ...(spec.group ? [] : [required("spec.group")]),
    ...(spec.names.plural ? [] : [required("spec.names.plural")]),
    ...(spec.names.kind ? [] : [required("spec.names.kind")]),
    ...(scopes.includes(spec.scope) ? [] : [notSupported("spec.scope", spec.scope, scopes)]),
    ...validateSchemas(versions),
  ];
  if (versions.filter(({ storage }) => storage).length === 1) return errors;
  const shown = JSON.stringify(versions.map(asGo));
  const message = `Invalid value: ${shown}: must have exactly one version marked as storage version`;
  return [
    ...errors,
    { type: "FieldValueInvalid", field: "spec.versions", message },
    invalid("status.storedVersions", null, "must have at least one stored version"),
  ];
}

function validateSchemas(versions: readonly CustomVersion[]): FieldError[] {
  const schemas = versions.map(({ schema }) => schema?.openAPIV3Schema);
  // One schema for all versions is looked at once, and named by the place it once had.
  const alike = schemas.every((schema) => isDeepStrictEqual(schema, schemas[0]));
  return schemas.flatMap((schema, index) => {
    const path = `spec.versions[${index}].schema.openAPIV3Schema`;
    if (!schema) return [required(path)];
    if (!alike) return validateStructural(schema, path);
    return index === 0 ? validateStructural(schema) : [];
  });
}

/** A version as the API server prints it in a complaint. */
const asGo = ({ name, served, storage, deprecated = false, deprecationWarning }: CustomVersion): unknown => ({
  Name: name,
  Served: served,
  Storage: storage,
  Deprecated: deprecated,
  DeprecationWarning: deprecationWarning ?? null,
  Schema: null,
  Subresources: null,
  AdditionalPrinterColumns: null,
  SelectableFields: null,
});
