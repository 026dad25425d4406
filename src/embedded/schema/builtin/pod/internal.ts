import { isMap } from "../../node.ts";
import type { Schema } from "../../schema.ts";
import { objectMeta } from "../object-meta.ts";
import { podSpec } from "./spec.ts";
import type { PodTemplate } from "./template.ts";

/**
 * The API server has types of its own for what clients send, and shows a refused template by them: fields have the names
 * that they have in Go, in its order, and are there even when nothing is said of them.
 */
export const internalTemplate = ({ metadata, spec }: PodTemplate): unknown => ({
  ...(asSent(objectMeta, metadata) as Fields),
  Spec: internalValue(podSpec, withPodSecurity(spec as unknown as Fields)),
});

type Fields = Readonly<Record<string, unknown>>;

/** What is shared with other types shows itself as it is sent. */
const shared = new Set(["LabelSelector", "ObjectMeta"]);

/** Names that differ in the size of more than their first letter. */
const spelled = new Map(
  [
    "APIGroup APIVersion AWSElasticBlockStore CephFS CSI DNSConfig DNSPolicy FC FSGroup FSGroupChangePolicy FSType",
    "GCEPersistentDisk GMSACredentialSpec GMSACredentialSpecName GRPC HTTPGet HTTPHeaders IP IQN ISCSI ISCSIInterface NFS OS",
    "PDName RBD SELinuxChangePolicy SELinuxOptions SSLEnabled StorageOS TCPSocket TTY WWIDs",
  ].flatMap((line) => line.split(" ").map((name) => [name.toLowerCase(), name] as const)),
);

/** Names that are others, by their type. */
const renamed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  AzureDiskVolumeSource: { diskURI: "DataDiskURI" },
  GlusterfsVolumeSource: { endpoints: "EndpointsName" },
  ISCSIVolumeSource: { chapAuthDiscovery: "DiscoveryCHAPAuth", chapAuthSession: "SessionCHAPAuth" },
  RBDVolumeSource: { monitors: "CephMonitors", image: "RBDImage", pool: "RBDPool", user: "RadosUser" },
};

const internalName = (type: string, name: string): string =>
  renamed[type]?.[name] ?? spelled.get(name.toLowerCase()) ?? name[0]!.toUpperCase() + name.slice(1);

/** Fields that come elsewhere than where clients have them: after which other one. */
const moved: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  PodSpec: { setHostnameAsFQDN: "subdomain", preemptionPolicy: "priority", enableServiceLinks: "overhead" },
  PodSecurityContext: { fsGroupChangePolicy: "fsGroup" },
  Volume: { quobyte: "rbd" },
};

/** What a pod shares with its node is a matter of its security; the old name of its account is gone. */
const ofSecurity = ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers"];
const gone = ["serviceAccount"];

const withPodSecurity = (spec: Fields): Fields => ({
  ...spec,
  securityContext: { ...pick(spec, ofSecurity), ...(spec["securityContext"] as Fields) },
});

function fieldsOf({ title = "", properties = {} }: Schema): readonly (readonly [name: string, schema: Schema])[] {
  const own = Object.keys(properties).filter((name) => title !== "PodSpec" || ![...ofSecurity, ...gone].includes(name));
  const ordered = Object.entries(moved[title] ?? {}).reduce((all: readonly string[], [name, after]) => {
    const others = all.filter((other) => other !== name);
    return others.toSpliced(others.indexOf(after) + 1, 0, name);
  }, own);
  const security = title === "PodSecurityContext" ? Object.entries(pick(podSpec.properties!, ofSecurity)) : [];
  return [...security, ...ordered.map((name) => [name, properties[name]!] as const)];
}

/** A value as its internal type is shown. */
export function internalValue(schema: Schema, value: unknown): unknown {
  const { title = "", items, additionalProperties, properties } = schema;
  if (value === undefined || value === null) return zero(schema);
  if (shared.has(title)) return asSent(schema, value);
  if (items) return (value as readonly unknown[]).map((item) => internalValue(items, item));
  if (properties) return showFields(schema, value as Fields);
  return additionalProperties ? asSent(schema, value) : value;
}

const showFields = (schema: Schema, value: Fields): Fields =>
  Object.fromEntries(
    fieldsOf(schema).flatMap(([name, child]) => {
      // Metadata is no field, but part of the type.
      if (name === "metadata") return Object.entries(asSent(child, value[name] ?? {}) as Fields);
      return [[internalName(schema.title ?? "", name), internalValue(child, value[name])]];
    }),
  );

function zero(schema: Schema): unknown {
  if (schema.nullable) return null;
  if (schema.properties) return showFields(schema, {});
  if (schema.format === "quantity") return "0";
  return { string: "", boolean: false, integer: 0 }[schema.type ?? ""] ?? (schema["x-kubernetes-int-or-string"] ? 0 : null);
}

/** Fields in the order of their type, the keys of maps in that of the alphabet. */
function asSent(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => asSent(schema.items ?? {}, item));
  if (!isMap(value)) return value;
  const { properties, additionalProperties } = schema;
  const keys = properties ? Object.keys(properties) : Object.keys(value).toSorted();
  const below = typeof additionalProperties === "object" ? additionalProperties : {};
  return Object.fromEntries(
    keys.filter((key) => (value[key] ?? null) !== null).map((key) => [key, asSent(properties?.[key] ?? below, value[key])]),
  );
}

const pick = <T>(from: Readonly<Record<string, T>>, keys: readonly string[]): Readonly<Record<string, T>> =>
  Object.fromEntries(keys.filter((key) => Object.hasOwn(from, key)).map((key) => [key, from[key]!]));
