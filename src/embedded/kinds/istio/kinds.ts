import type { ServedKind } from "../../registry.ts";
import type { Schema } from "../../schema/schema.ts";
import { type CustomResourceDefinition, type CustomVersion, customKinds, type PrinterColumn } from "../custom.ts";
import { modelOf } from "./models.ts";
import { withRules } from "./rules.ts";

const column = (name: string, jsonPath: string, type = "string"): PrinterColumn => ({ name, type, jsonPath });
const ageColumn = column("Age", ".metadata.creationTimestamp", "date");

interface IstioKind {
  readonly kind: string;
  readonly plural: string;
  /** The preferred one, which is kept, first; default v1, v1beta1, v1alpha3 as far as the group has them. */
  readonly versions?: readonly string[];
  readonly shortNames?: readonly string[];
  readonly columns?: readonly PrinterColumn[];
  /** What the model does not say about the schema. */
  readonly complete?: (schema: Schema) => Schema;
}

const networking: readonly IstioKind[] = [
  { kind: "DestinationRule", plural: "destinationrules", shortNames: ["dr"], columns: [column("Host", ".spec.host"), ageColumn] },
  { kind: "EnvoyFilter", plural: "envoyfilters", versions: ["v1alpha3"] },
  { kind: "Gateway", plural: "gateways", shortNames: ["gw"] },
  { kind: "ProxyConfig", plural: "proxyconfigs", versions: ["v1beta1"] },
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
    complete: portsByName,
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

/** Who merges a ServiceEntry tells its ports apart by their names. */
function portsByName(schema: Schema): Schema {
  const { spec } = schema.properties!;
  const ports = { ...spec!.properties!["ports"], "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] } as const;
  return { ...schema, properties: { ...schema.properties, spec: { ...spec, properties: { ...spec!.properties, ports } } } };
}

const served = (group: string, versions: readonly string[], kinds: readonly IstioKind[]): readonly ServedKind[] =>
  kinds.flatMap((istio) => customKinds(definitionOf(group, istio.versions ?? versions, istio)));

function definitionOf(group: string, versions: readonly string[], istio: IstioKind): CustomResourceDefinition {
  const { kind, plural, shortNames, columns, complete } = istio;
  // Every version has the same schema, which is read when somebody first needs it.
  let schema: CustomVersion["schema"];
  const read = () => {
    const model = withRules(kind, modelOf(group, versions[0]!, kind));
    return { openAPIV3Schema: complete ? complete(model) : model };
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}`, generation: 0 },
    spec: {
      group,
      scope: "Namespaced",
      names: {
        kind,
        plural,
        categories: ["istio-io", group.replaceAll(".", "-")],
        ...(shortNames && { shortNames }),
      },
      versions: versions.map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        subresources: { status: {} },
        get schema() {
          schema ??= read();
          return schema;
        },
        ...(columns && { additionalPrinterColumns: columns }),
      })),
    },
  };
}

/** Kinds do not change, so that all servers of a process have the same ones. */
const kinds: readonly ServedKind[] = [
  ...served("networking.istio.io", ["v1", "v1beta1", "v1alpha3"], networking),
  ...served("security.istio.io", ["v1", "v1beta1"], security),
];

/**
 * Istio's kinds, as after the installation of its CustomResourceDefinitions: their schemas are read from published models,
 * which know the fields and their bounds, but no CEL rules.
 */
export const istioKinds = (): readonly ServedKind[] => kinds;
