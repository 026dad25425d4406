import { at, child, quote } from "../../../errors.ts";
import { fractions } from "./fractions.ts";

interface Item {
  readonly path: string;
}

interface Source {
  readonly items?: readonly Item[];
  readonly name?: string;
  readonly secretName?: string;
}

interface Projection {
  readonly configMap?: Source;
  readonly secret?: Source;
  readonly downwardAPI?: Source;
  readonly serviceAccountToken?: Item;
  readonly clusterTrustBundle?: Item & { readonly name?: string; readonly signerName?: string };
  readonly podCertificate?: {
    readonly certificateChainPath?: string;
    readonly keyPath?: string;
    readonly credentialBundlePath?: string;
  };
}

export interface Volume {
  readonly name: string;
  readonly configMap?: Source;
  readonly secret?: Source;
  readonly downwardAPI?: Source;
  readonly projected?: { readonly sources?: readonly Projection[] | null };
  readonly ephemeral?: {
    readonly volumeClaimTemplate?: { readonly spec: { readonly resources?: Readonly<Record<string, object>> } };
  };
}

/** Volumes that nobody mounts any more, as warnings call them. */
const deprecated: Readonly<Record<string, readonly [name: string, since: string]>> = {
  photonPersistentDisk: ["photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"],
  gitRepo: ["gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"],
  scaleIO: ["scaleIO", "deprecated in v1.16, non-functional in v1.22+"],
  flocker: ["flocker", "deprecated in v1.22, non-functional in v1.25+"],
  storageos: ["storageOS", "deprecated in v1.22, non-functional in v1.25+"],
  quobyte: ["quobyte", "deprecated in v1.22, non-functional in v1.25+"],
  glusterfs: ["glusterfs", "deprecated in v1.25, non-functional in v1.26+"],
  cephfs: ["cephfs", "deprecated in v1.28, non-functional in v1.31+"],
  rbd: ["rbd", "deprecated in v1.28, non-functional in v1.31+"],
};

export function volumeWarnings(volumes: readonly Volume[], path: string): string[] {
  const plugins = volumes.flatMap((volume, i) => [
    ...Object.keys(volume).flatMap((kind) => {
      if (!Object.hasOwn(deprecated, kind)) return [];
      const [name, since] = deprecated[kind]!;
      return [`${child(at(path, i), name)}: ${since}`];
    }),
    ...claimWarnings(volume, at(path, i)),
  ]);
  return [...plugins, ...volumes.flatMap(overlaps)];
}

function claimWarnings({ ephemeral }: Volume, path: string): string[] {
  const resources = ephemeral?.volumeClaimTemplate?.spec.resources ?? {};
  const where = child(path, "ephemeral.volumeClaimTemplate.spec.resources");
  return ["requests", "limits"].flatMap((name) => fractions(resources[name], ["storage"], child(where, name)));
}

/** A file of a volume, and where it comes from if that is not clear. */
interface File {
  readonly path: string;
  readonly source: string;
}

/** Files of one volume that are written over each other. */
function overlaps(volume: Volume): string[] {
  const { name, configMap, secret, downwardAPI, projected } = volume;
  const warned = (what: string, files: readonly File[]): string[] =>
    colliding(files).map((collision) => `volume ${quote(name)} (${what}): overlapping paths: ${collision}`);
  return [
    ...(configMap ? warned(`ConfigMap ${quote(configMap.name ?? "")}`, filesOf(configMap)) : []),
    ...(secret ? warned(`Secret ${quote(secret.secretName ?? "")}`, filesOf(secret)) : []),
    ...(downwardAPI ? warned("DownwardAPI", filesOf(downwardAPI)) : []),
    ...(projected?.sources ?? []).flatMap((source) =>
      Object.keys(source).length === 0 ? [`volume ${quote(name)} (Projected) has no sources provided`] : [],
    ),
    ...(projected ? warned("Projected", (projected.sources ?? []).flatMap(projectedFiles)) : []),
  ];
}

const filesOf = ({ items = [] }: Source, source = ""): File[] => items.map(({ path }) => ({ path, source }));

function projectedFiles({
  configMap,
  secret,
  downwardAPI,
  serviceAccountToken,
  clusterTrustBundle,
  podCertificate,
}: Projection): File[] {
  if (configMap?.items) return filesOf(configMap, `ConfigMap ${quote(configMap.name ?? "")}`);
  if (secret?.items) return filesOf(secret, `Secret ${quote(secret.name ?? "")}`);
  if (downwardAPI?.items) return filesOf(downwardAPI, "DownwardAPI");
  if (serviceAccountToken) return [{ path: serviceAccountToken.path, source: "ServiceAccountToken" }];
  if (clusterTrustBundle) {
    const { path, name, signerName = "" } = clusterTrustBundle;
    return [{ path, source: `ClusterTrustBundle ${quote(name ?? signerName)}` }];
  }
  const { certificateChainPath = "", keyPath = "", credentialBundlePath = "" } = podCertificate ?? {};
  return [
    { path: certificateChainPath, source: "PodCertificate chain" },
    { path: keyPath, source: "PodCertificate key" },
    { path: credentialBundlePath, source: "PodCertificate credential bundle" },
  ].filter(({ path }) => path !== "");
}

const colliding = (files: readonly File[]): string[] =>
  files
    .map(({ path, source }) => ({ path: path.replace(/\/+$/, ""), source }))
    .flatMap((file, i, all) =>
      all.slice(0, i).flatMap((other) => (collide(file, other) ? [`${shown(file)} with ${shown(other)}`] : [])),
    );

/** The same file, or one where the other has a directory. */
const collide = ({ path }: File, { path: other }: File): boolean =>
  path !== "" && other !== "" && (`${path}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${path}/`));

const shown = ({ path, source }: File): string => (source === "" ? quote(path) : `${quote(path)} (${source})`);
