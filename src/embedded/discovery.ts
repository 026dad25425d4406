import { createHash } from "node:crypto";
import type { Kernel } from "./kernel.ts";
import type { ServedKind } from "./registry.ts";
import { reviews } from "./reviews.ts";

const storageHash = (collection: string): string =>
  createHash("sha256").update(collection).digest().subarray(0, 8).toString("base64");

interface Subresource {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

const statusVerbs = ["get", "patch", "update"];

function subresources({ resource, status, scale, collection }: ServedKind): Subresource[] {
  const same = { group: "", version: "", kind: resource.kind };
  return [
    ...(collection === "/namespaces" ? [{ name: "finalize", ...same, verbs: ["update"] }] : []),
    ...(scale ? [{ name: "scale", group: "autoscaling", version: "v1", kind: "Scale", verbs: statusVerbs }] : []),
    ...(status ? [{ name: "status", ...same, verbs: statusVerbs }] : []),
  ];
}

/** Kept or only answered. */
export const allKinds = ({ registry }: Kernel): ServedKind[] => [...registry.all(), ...reviews];

const kindsOf = (kernel: Kernel, group: string, version: string): ServedKind[] =>
  allKinds(kernel).filter(({ resource }) => resource.group === group && resource.version === version);

interface Group {
  readonly name: string;
  readonly versions: readonly string[];
}

export function allGroups({ registry }: Kernel): Group[] {
  const served = registry.groups().filter(({ name }) => name !== "");
  const ofReviews = [...new Set(reviews.map(({ resource }) => resource.group))].map((name) => ({ name, versions: ["v1"] }));
  return [...served, ...ofReviews.filter(({ name }) => !served.some((group) => group.name === name))];
}

const apiGroup = ({ name, versions }: Group) => {
  const all = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: all, preferredVersion: all[0] };
};

export const apiVersions = (address: string): unknown => ({
  kind: "APIVersions",
  versions: ["v1"],
  serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: address }],
});

export const apiGroups = (kernel: Kernel): unknown => ({
  kind: "APIGroupList",
  apiVersion: "v1",
  groups: allGroups(kernel).map(apiGroup),
});

/** One group; undefined when it is not served. */
export function apiGroupOf(kernel: Kernel, name: string): unknown {
  const found = allGroups(kernel).find((group) => group.name === name);
  return found && { kind: "APIGroup", apiVersion: "v1", ...apiGroup(found) };
}

export const isCustomGroup = ({ registry }: Kernel, group: string): boolean =>
  registry.all().some(({ resource, custom }) => custom && resource.group === group);

/** The resources of a group and version; undefined when it is not served. */
export function apiResources(kernel: Kernel, group: string, version: string): unknown {
  const kinds = kindsOf(kernel, group, version);
  if (kinds.length === 0) return undefined;
  const resources = kinds
    .flatMap((kind) => [resourceOf(kind), ...subresources(kind).map((sub) => subresourceOf(kind, sub))])
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    kind: "APIResourceList",
    ...(group !== "" && { apiVersion: "v1" }),
    groupVersion: group === "" ? version : `${group}/${version}`,
    resources,
  };
}

const resourceOf = (kind: ServedKind) => {
  const { resource, singular, verbs, shortNames, categories, collection } = kind;
  return {
    name: resource.plural,
    singularName: singular,
    namespaced: resource.namespaced,
    kind: resource.kind,
    verbs,
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    ...(!reviews.includes(kind) && { storageVersionHash: storageHash(collection) }),
  };
};

const subresourceOf = ({ resource }: ServedKind, { name, group, version, kind, verbs }: Subresource) => ({
  name: `${resource.plural}/${name}`,
  singularName: "",
  namespaced: resource.namespaced,
  ...(group !== "" && { group, version }),
  kind,
  verbs,
});

/** Everything below /api (`core`) or /apis in one document. */
export function aggregated(kernel: Kernel, core: boolean): unknown {
  const wanted = core ? [{ name: "", versions: ["v1"] }] : allGroups(kernel);
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: wanted.map(({ name, versions }) => ({
      metadata: name === "" ? {} : { name },
      versions: versions.map((version) => ({
        version,
        resources: aggregatedResources(kernel, name, version),
        freshness: "Current",
      })),
    })),
  };
}

function aggregatedResources(kernel: Kernel, group: string, version: string): unknown[] {
  const kindOf = (kind: string, of = "", at = "") => ({ group: of, version: at, kind });
  return kindsOf(kernel, group, version)
    .map((kind) => {
      const { resource, singular, verbs, shortNames, categories } = kind;
      const subs = subresources(kind);
      return {
        resource: resource.plural,
        responseKind: kindOf(resource.kind),
        scope: resource.namespaced ? "Namespaced" : "Cluster",
        singularResource: singular,
        verbs,
        ...(shortNames.length > 0 && { shortNames }),
        ...(categories.length > 0 && { categories }),
        ...(subs.length > 0 && {
          subresources: subs.map((sub) => ({
            subresource: sub.name,
            responseKind: kindOf(sub.kind, sub.group, sub.version),
            verbs: sub.verbs,
          })),
        }),
      };
    })
    .sort((a, b) => (a.resource < b.resource ? -1 : 1));
}
