import type { KubeObject } from "../../../kube/resource.ts";
import { validateNames } from "./crd/names.ts";
import { readSchema, schemaProps } from "./crd/read-schema.ts";
import type { Conversion, Definition, Version } from "./crd/types.ts";
import { validateDefinition } from "./crd/validate.ts";
import type { BuiltinKind } from "./kind.ts";
import { bool, bytes, int32, int64, keyedList, list, pointer, struct, text, time, withDefault } from "./shapes.ts";

const names = struct(
  "CustomResourceDefinitionNames",
  { plural: text, singular: text, shortNames: list(text), kind: text, listKind: text, categories: list(text) },
  ["plural", "kind"],
);

const column = struct(
  "CustomResourceColumnDefinition",
  { name: text, type: text, format: text, description: text, priority: int32, jsonPath: text },
  ["name", "type", "jsonPath"],
);

const scale = struct(
  "CustomResourceSubresourceScale",
  { specReplicasPath: text, statusReplicasPath: text, labelSelectorPath: pointer(text) },
  ["specReplicasPath", "statusReplicasPath"],
);

const version = struct(
  "CustomResourceDefinitionVersion",
  {
    name: text,
    served: bool,
    storage: bool,
    deprecated: bool,
    deprecationWarning: pointer(text),
    schema: pointer(struct("CustomResourceValidation", { openAPIV3Schema: pointer(schemaProps) })),
    subresources: pointer(
      struct("CustomResourceSubresources", {
        status: pointer(struct("CustomResourceSubresourceStatus", {})),
        scale: pointer(scale),
      }),
    ),
    additionalPrinterColumns: list(column),
    selectableFields: list(struct("SelectableField", { jsonPath: text }, ["jsonPath"])),
  },
  ["name", "served", "storage"],
);

const serviceReference = struct(
  "ServiceReference",
  { namespace: text, name: text, path: pointer(text), port: withDefault(pointer(int32), 443) },
  ["namespace", "name"],
);

const clientConfig = struct("WebhookClientConfig", { url: pointer(text), service: pointer(serviceReference), caBundle: bytes });

const webhook = struct("WebhookConversion", { clientConfig: pointer(clientConfig), conversionReviewVersions: list(text) }, [
  "conversionReviewVersions",
]);

const condition = struct(
  "CustomResourceDefinitionCondition",
  { type: text, status: text, lastTransitionTime: time, reason: text, message: text, observedGeneration: int64 },
  ["type", "status"],
);

export const customResourceDefinition: BuiltinKind = {
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
    spec: struct(
      "CustomResourceDefinitionSpec",
      {
        group: text,
        names,
        scope: text,
        versions: list(version),
        conversion: pointer(struct("CustomResourceConversion", { strategy: text, webhook: pointer(webhook) }, ["strategy"])),
        preserveUnknownFields: bool,
      },
      ["group", "names", "scope", "versions"],
    ),
    status: struct(
      "CustomResourceDefinitionStatus",
      { conditions: keyedList(["type"], condition), acceptedNames: names, storedVersions: list(text), observedGeneration: int64 },
      ["conditions", "acceptedNames", "storedVersions"],
    ),
  }),
  normalize: (object, unknown) => {
    const { spec, ...rest } = object as Definition;
    const versions = spec.versions?.map((one, i) => withReadSchema(one, `spec.versions[${i}].schema.openAPIV3Schema`, unknown));
    return { ...rest, spec: { ...spec, versions: versions ?? null } } as KubeObject;
  },
  applyDefaults: (object) => {
    const { spec, status, ...rest } = object as Definition;
    const { kind, singular, listKind } = spec.names;
    const defaults = { ...(kind && { singular: singular || kind.toLowerCase(), listKind: listKind || `${kind}List` }) };
    const conversion: Conversion = spec.conversion ?? { strategy: "None" };
    const storedVersions = status.storedVersions?.length ? status.storedVersions : storageVersions(spec.versions);
    return {
      ...rest,
      spec: { ...spec, names: { ...spec.names, ...defaults }, conversion },
      status: { ...status, storedVersions },
    } as KubeObject;
  },
  prepare: (object, old, subresource) => {
    if (subresource) return object;
    const { spec, ...rest } = object as Definition;
    const fresh = { conditions: null, acceptedNames: { plural: "", kind: "" }, storedVersions: null };
    const status = old ? (old as Definition).status : fresh;
    const stored = status.storedVersions ?? [];
    const added = storageVersions(spec.versions)?.filter((name) => !stored.includes(name)) ?? [];
    const storedVersions = stored.length + added.length > 0 ? [...stored, ...added] : null;
    return { ...rest, spec, status: { ...status, storedVersions } } as KubeObject;
  },
  validate: (object, old, subresource) =>
    subresource
      ? validateNames((object as Definition).status.acceptedNames, "status.acceptedNames")
      : validateDefinition(object as Definition, old as Definition | undefined),
};

function withReadSchema(version: Version, path: string, unknown: string[]): Version {
  const { schema } = version;
  if (schema?.openAPIV3Schema === undefined) return version;
  const place = { path, struct: "CustomResourceValidation", fields: "spec.versions.schema.openAPIV3Schema" };
  return { ...version, schema: { openAPIV3Schema: readSchema(schema.openAPIV3Schema, place, unknown) as object } };
}

/** The first version that objects are stored in, if there is one. */
function storageVersions(versions: readonly Version[] | null): readonly string[] | null {
  const found = versions?.find(({ storage }) => storage);
  return found ? [found.name] : null;
}
