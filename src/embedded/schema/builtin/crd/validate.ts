import { at, child, InOrder, invalid, notSupported, required } from "../../errors.ts";
import { isDns1035Label, isDns1123Subdomain } from "../../names.ts";
import type { FieldError } from "../../schema.ts";
import { immutable } from "../rules.ts";
import { validateApproval } from "./approval.ts";
import { validateConversion } from "./conversion.ts";
import { requireNames, validateNames } from "./names.ts";
import { hoist } from "./shared.ts";
import type { Definition, Version } from "./types.ts";
import { validatePerVersion } from "./version.ts";

/** What a definition must be; schemas are not loosened for what was stored before. */
export function validateDefinition(definition: Definition, old?: Definition): FieldError[] {
  const { metadata, spec, status } = definition;
  const name = `${spec.names.plural}.${spec.group}`;
  return [
    ...(old || metadata.name === name ? [] : [invalid("metadata.name", metadata.name, 'must be spec.names.plural+"."+spec.group')]),
    ...validateSpec(spec),
    ...(old ? validateChange(spec, old) : []),
    ...validateNames(status.acceptedNames, "status.acceptedNames"),
    ...validateStored(status.storedVersions ?? [], spec.versions ?? []),
    ...validateApproval(definition, old),
    ...validatePreservation(spec.preserveUnknownFields, old?.spec.preserveUnknownFields),
  ];
}

function validateSpec(spec: Definition["spec"]): FieldError[] {
  const { group, scope, names, conversion } = spec;
  const { top, versions } = hoist(spec.versions ?? []);
  const scopes = ["Cluster", "Namespaced"];
  const schema = top.schema?.openAPIV3Schema;
  const hasStatus = [top, ...versions].some(({ subresources }) => subresources?.status !== undefined);
  return [
    ...validateGroup(group),
    ...(scope === "" ? [required("spec.scope")] : scopes.includes(scope) ? [] : [notSupported("spec.scope", scope, scopes)]),
    ...versions.flatMap((version, i) => {
      const missing =
        (schema ?? version.schema?.openAPIV3Schema) ? [] : [required(child(at("spec.versions", i), "schema.openAPIV3Schema"))];
      const status = (top.subresources ?? version.subresources)?.status !== undefined;
      return [...missing, ...validateVersion(version, at("spec.versions", i), status)];
    }),
    ...validateVersions(versions, spec.versions),
    ...requireNames(names, "spec.names"),
    ...validateNames(names, "spec.names"),
    ...validatePerVersion(top, "spec", { schemaName: "validation", hasStatus, schema }),
    ...(conversion ? validateConversion(conversion) : []),
  ];
}

function validateGroup(group: string): FieldError[] {
  if (group === "") return [required("spec.group")];
  const problems = isDns1123Subdomain(group);
  if (problems.length > 0) return [invalid("spec.group", group, problems.join(","))];
  return group.includes(".") ? [] : [invalid("spec.group", group, "should be a domain with at least one dot")];
}

function validateVersion(version: Version, path: string, hasStatus: boolean): FieldError[] {
  const { name, deprecated = false, deprecationWarning, schema } = version;
  const problems = isDns1035Label(name);
  const where = child(path, "deprecationWarning");
  return [
    ...(problems.length > 0 ? [invalid(child(path, "name"), name, problems.join(","))] : []),
    ...warningProblems(deprecated, deprecationWarning).map((problem) => invalid(where, new InOrder(deprecationWarning), problem)),
    ...validatePerVersion(version, path, { schemaName: "schema", hasStatus, schema: schema?.openAPIV3Schema }),
  ];
}

function warningProblems(deprecated: boolean, warning: string | undefined): string[] {
  if (warning === undefined) return [];
  if (!deprecated) return ["can only be set for deprecated versions"];
  const hidden = [...warning].findIndex((char) => char !== " " && /[\p{C}\p{Z}]/u.test(char));
  return [
    ...(Buffer.byteLength(warning) > 256 ? ["must be <= 256 characters long"] : []),
    ...(warning === "" ? ["must not be an empty string"] : []),
    ...(hidden === -1
      ? []
      : [`must only contain printable UTF-8 characters; non-printable character found at index ${offset(warning, hidden)}`]),
  ];
}

/** Counted in bytes. */
const offset = (text: string, index: number): number => Buffer.byteLength([...text].slice(0, index).join(""));

function validateVersions(versions: readonly Version[], given: readonly Version[] | null): FieldError[] {
  const isUnique = new Set(versions.map(({ name }) => name)).size === versions.length;
  const stored = versions.filter(({ storage }) => storage).length;
  const shown = new InOrder(given && versions.map(internal));
  const first = isDns1035Label(versions[0]?.name ?? "v1").join(",");
  return [
    ...(isUnique ? [] : [invalid("spec.versions", shown, "must contain unique version names")]),
    ...(stored === 1 ? [] : [invalid("spec.versions", shown, "must have exactly one version marked as storage version")]),
    ...(first === "" ? [] : [invalid("spec.version", versions[0]?.name, first)]),
  ];
}

/** A version as the API server holds it, which is how it shows it; what versions say each for itself is left out. */
const internal = ({
  name,
  served,
  storage,
  deprecated = false,
  deprecationWarning = null,
}: Omit<Version, "deprecationWarning"> & { readonly deprecationWarning?: string | null }) => ({
  Name: name,
  Served: served,
  Storage: storage,
  Deprecated: deprecated,
  DeprecationWarning: deprecationWarning,
  Schema: null,
  Subresources: null,
  AdditionalPrinterColumns: null,
  SelectableFields: null,
});

function validateChange({ group, names, scope }: Definition["spec"], old: Definition): FieldError[] {
  const isEstablished = old.status.conditions?.some(({ type, status }) => type === "Established" && status === "True") ?? false;
  const { spec } = old;
  return [
    ...(isEstablished ? immutable("spec.scope", scope, spec.scope) : []),
    ...(isEstablished ? immutable("spec.names.kind", names.kind, spec.names.kind) : []),
    ...immutable("spec.group", group, spec.group),
    ...immutable("spec.names.plural", names.plural, spec.names.plural),
  ];
}

function validateStored(stored: readonly string[], versions: readonly Version[]): FieldError[] {
  const path = "status.storedVersions";
  if (stored.length === 0) return [invalid(path, null, "must have at least one stored version")];
  const missing = versions.filter(({ name, storage }, i) => {
    const isRepeated = versions.findIndex((other) => other.name === name) < i;
    return storage && (isRepeated || !stored.includes(name));
  });
  const names = versions.map(({ name }) => name);
  return [
    ...missing.map(({ name }) => invalid(path, stored, `must have the storage version ${name}`)),
    ...stored.flatMap((name, i) => (names.includes(name) ? [] : [invalid(at(path, i), name, goneVersion(name))])),
  ];
}

const goneVersion = (name: string): string =>
  `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;

function validatePreservation(preserve = false, before = false): FieldError[] {
  if (!preserve || before) return [];
  const detail = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
  return [invalid("spec.preserveUnknownFields", true, detail)];
}
