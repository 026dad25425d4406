import * as networkingV1 from "@kubernetes-models/istio/networking.istio.io/v1";
import * as networkingV1alpha3 from "@kubernetes-models/istio/networking.istio.io/v1alpha3";
import * as networkingV1beta1 from "@kubernetes-models/istio/networking.istio.io/v1beta1";
import * as securityV1 from "@kubernetes-models/istio/security.istio.io/v1";
import * as securityV1beta1 from "@kubernetes-models/istio/security.istio.io/v1beta1";
import type { KubeObject, Resource } from "../../kube/resource.ts";
import { collectionOf, customVerbs, type ServedKind } from "../registry.ts";
import { validateMetadata } from "../schema/metadata.ts";
import type { FieldError } from "../schema/schema.ts";
import { columnsOf, type PrinterColumn } from "./custom.ts";

type ModelClass = new (data: never) => { validate(): void };

const column = (name: string, jsonPath: string, type = "string"): PrinterColumn => ({ name, type, jsonPath });
const ageColumn = column("Age", ".metadata.creationTimestamp", "date");

interface IstioKind {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames?: readonly string[];
  readonly columns?: readonly PrinterColumn[];
}

const networking: readonly IstioKind[] = [
  { kind: "DestinationRule", plural: "destinationrules", shortNames: ["dr"], columns: [column("Host", ".spec.host"), ageColumn] },
  { kind: "EnvoyFilter", plural: "envoyfilters" },
  { kind: "Gateway", plural: "gateways", shortNames: ["gw"] },
  { kind: "ProxyConfig", plural: "proxyconfigs" },
  {
    kind: "ServiceEntry",
    plural: "serviceentries",
    shortNames: ["se"],
    columns: [
      column("Hosts", ".spec.hosts"),
      column("Location", ".spec.location"),
      column("Resolution", ".spec.resolution"),
      ageColumn,
    ],
  },
  { kind: "Sidecar", plural: "sidecars" },
  {
    kind: "VirtualService",
    plural: "virtualservices",
    shortNames: ["vs"],
    columns: [column("Gateways", ".spec.gateways"), column("Hosts", ".spec.hosts"), ageColumn],
  },
  {
    kind: "WorkloadEntry",
    plural: "workloadentries",
    shortNames: ["we"],
    columns: [ageColumn, column("Address", ".spec.address")],
  },
  { kind: "WorkloadGroup", plural: "workloadgroups", shortNames: ["wg"], columns: [ageColumn] },
];

const security: readonly IstioKind[] = [
  {
    kind: "AuthorizationPolicy",
    plural: "authorizationpolicies",
    shortNames: ["ap"],
    columns: [column("Action", ".spec.action"), ageColumn],
  },
  {
    kind: "PeerAuthentication",
    plural: "peerauthentications",
    shortNames: ["pa"],
    columns: [column("Mode", ".spec.mtls.mode"), ageColumn],
  },
  { kind: "RequestAuthentication", plural: "requestauthentications", shortNames: ["ra"] },
];

/**
 * Istio's kinds, as after the installation of its CustomResourceDefinitions. They are validated by models compiled from
 * those; what the models do not keep is what the real definitions do besides: pruning and CEL rules.
 */
export function istioKinds(): ServedKind[] {
  return [
    ...served("networking.istio.io", "v1", networking, networkingV1),
    ...served("networking.istio.io", "v1beta1", networking, networkingV1beta1),
    ...served("networking.istio.io", "v1alpha3", networking, networkingV1alpha3),
    ...served("security.istio.io", "v1", security, securityV1),
    ...served("security.istio.io", "v1beta1", security, securityV1beta1),
  ];
}

const served = (group: string, version: string, kinds: readonly IstioKind[], models: object): ServedKind[] =>
  kinds.flatMap((istio) => {
    const model = (models as Record<string, ModelClass>)[istio.kind];
    return model ? [servedKind({ group, version, plural: istio.plural, kind: istio.kind, namespaced: true }, istio, model)] : [];
  });

function servedKind(resource: Resource, { shortNames = [], columns }: IstioKind, model: ModelClass): ServedKind {
  return {
    resource,
    singular: resource.kind.toLowerCase(),
    listKind: `${resource.kind}List`,
    shortNames,
    categories: ["istio-io", resource.group.replaceAll(".", "-")],
    verbs: customVerbs,
    collection: collectionOf(resource),
    storageVersion: "v1",
    schemaRevision: 0,
    schema: undefined,
    status: true,
    statusReset: [["metadata"], ["spec"]],
    scale: undefined,
    generation: true,
    custom: true,
    createOnUpdate: false,
    unconditionalUpdate: false,
    returnsDeleted: false,
    selectableFields: [],
    columns: columnsOf(columns),
    rules: {
      clean: (object) => ({ object, unknown: [] }),
      applyDefaults: (object) => object,
      validate: (object, old) => [...validateMetadata(object, { namespaced: true }, old), ...complaints(model, object)],
    },
  };
}

interface ModelError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly message?: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly data?: unknown;
}

function complaints(model: ModelClass, object: KubeObject): FieldError[] {
  try {
    new model(object as never).validate();
    return [];
  } catch (error) {
    const { errors } = error as { errors?: readonly ModelError[] };
    if (!errors) throw error;
    return errors.map((found) => fieldError(object, found));
  }
}

function fieldError(object: KubeObject, { instancePath, keyword, message, params }: ModelError): FieldError {
  const path = instancePath.split("/").slice(1);
  const field = path.map((part, index) => (/^\d+$/.test(part) ? `[${part}]` : index === 0 ? part : `.${part}`)).join("");
  const value = path.reduce<unknown>((found, part) => (found as Record<string, unknown> | undefined)?.[part], object);
  switch (keyword) {
    case "required": {
      const missing = `${field}${field ? "." : ""}${String(params["missingProperty"])}`;
      return { type: "FieldValueRequired", field: missing, message: "Required value" };
    }
    case "enum": {
      const allowed = (params["allowedValues"] as unknown[]).map((one) => JSON.stringify(one)).join(", ");
      return {
        type: "FieldValueNotSupported",
        field,
        message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${allowed}`,
      };
    }
    case "type": {
      const shown =
        typeof value === "object" && value !== null
          ? Array.isArray(value)
            ? "array"
            : "object"
          : typeof value === "number"
            ? "integer"
            : typeof value;
      const expected = [params["type"]]
        .flat()
        .filter((type) => type !== "null")
        .join(",");
      return {
        type: "FieldValueTypeInvalid",
        field,
        message: `Invalid value: ${JSON.stringify(shown)}: ${field} in body must be of type ${expected}: ${JSON.stringify(shown)}`,
      };
    }
    default:
      return { type: "FieldValueInvalid", field, message: `Invalid value: ${JSON.stringify(value)}: ${message ?? keyword}` };
  }
}
