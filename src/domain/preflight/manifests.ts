import { deliverable, GROUP, MANAGED_BY_LABEL, VIP_POOL_LABEL } from "../../api/kinds.ts";
import { type FieldPath, valueAt } from "../field-path.ts";
import { type Manifest, objectKey, objectTitle } from "../manifest.ts";
import { record } from "../untrusted.ts";

/** A manifest, as it was written or as it was rendered for a cluster. */
export interface Placed {
  readonly manifest: Manifest;
  /** Where it stands, e.g. "spec.templates[0].manifest". */
  readonly field: string;
}

/** Something that is wrong with a manifest. */
export interface Flaw<P extends Placed = Placed> {
  readonly reason: string;
  readonly placed: P;
  readonly path: FieldPath;
  readonly message: string;
}

/** Its name says what it finds. */
type Check = <P extends Placed>(manifests: readonly P[], namespace: string) => readonly Flaw<P>[];

const METADATA_FIELDS = ["name", "namespace", "labels", "annotations"];

const kindNotDeliverable: Check = (manifests) =>
  manifests
    .filter(({ manifest }) => !deliverable(manifest.apiVersion, manifest.kind))
    .map((placed) => ({
      reason: "InvalidManifest",
      placed,
      path: ["apiVersion"],
      message: `${placed.manifest.apiVersion} has no kind ${placed.manifest.kind} that an AccessPoint delivers`,
    }));

const foreignNamespace: Check = (manifests, namespace) =>
  manifests
    .filter(({ manifest }) => manifest.metadata.namespace !== undefined && manifest.metadata.namespace !== namespace)
    .map((placed) => ({
      reason: "ForeignNamespace",
      placed,
      path: ["metadata", "namespace"],
      message: `${objectTitle(placed.manifest)} is for namespace ${placed.manifest.metadata.namespace}, but an AccessPoint in ${namespace} writes to ${namespace} alone: leave the field out`,
    }));

const fieldNotOurs: Check = (manifests) =>
  manifests.flatMap((placed) => {
    const { manifest } = placed;
    const marks = (["labels", "annotations"] as const).flatMap((field) =>
      Object.keys(record(manifest.metadata[field]))
        .filter((key) => key === MANAGED_BY_LABEL || (key.startsWith(`${GROUP}/`) && key !== VIP_POOL_LABEL))
        .map((key) => ["metadata", field, key]),
    );
    const paths = [
      ...Object.keys(manifest.metadata)
        .filter((key) => !METADATA_FIELDS.includes(key))
        .map((key) => ["metadata", key]),
      ...marks,
      ...("status" in manifest ? [["status"]] : []),
    ];
    return paths.map((path) => ({
      reason: "InvalidManifest",
      placed,
      path,
      message: `${objectTitle(manifest)}: this is not a template's to set; a manifest has metadata.name, labels and annotations, and the kind's own fields`,
    }));
  });

/** DNS-1035 for Services, whose names become host names; DNS-1123 subdomains for the rest. */
const invalidName: Check = (manifests) =>
  manifests.flatMap((placed) => {
    const { manifest } = placed;
    const { name } = manifest.metadata;
    const service = manifest.kind === "Service";
    const limit = service ? 63 : 253;
    const fits = service ? /^[a-z]([-a-z0-9]*[a-z0-9])?$/ : /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
    if (typeof name === "string" && name.length <= limit && (fits.test(name) || name.includes("${"))) return [];
    const tooLong = typeof name === "string" && name.length > limit;
    return [
      {
        reason: tooLong ? "NameTooLong" : "InvalidManifest",
        placed,
        path: ["metadata", "name"],
        message: tooLong
          ? `the name of a ${manifest.kind} has at most ${limit} characters; ${name.slice(0, 20)}… has ${name.length}`
          : `${JSON.stringify(name)} is not a name for a ${manifest.kind}: lower case letters, digits and -${service ? ", beginning with a letter" : ""}`,
      },
    ];
  });

const duplicateObject: Check = (manifests, namespace) => {
  const seen = new Map<string, string>();
  return manifests.flatMap((placed) => {
    const { manifest, field } = placed;
    const resource = deliverable(manifest.apiVersion, manifest.kind);
    if (!resource) return [];
    const key = objectKey(resource, namespace, manifest.metadata.name);
    const first = seen.get(key);
    seen.set(key, first ?? field);
    if (!first) return [];
    return [
      {
        reason: "DuplicateObject",
        placed,
        path: [],
        message: `${objectTitle(manifest)} stands in the bundle twice; the first is ${first}: remove one of them`,
      },
    ];
  });
};

/** What is not even an object of a kind, with a name; nothing else can be said of it. */
const shapeless: Check = (manifests) =>
  manifests.flatMap((placed) => {
    const missing = IDENTITY.find((path) => typeof valueAt(placed.manifest, path) !== "string");
    return missing ? [{ reason: "InvalidManifest", placed, path: missing, message: `a manifest has ${missing.join(".")}` }] : [];
  });

const IDENTITY: readonly FieldPath[] = [["apiVersion"], ["kind"], ["metadata", "name"]];

const CHECKS: readonly Check[] = [kindNotDeliverable, foreignNamespace, fieldNotOurs, invalidName, duplicateObject];

/** What is wrong with manifests by themselves, whatever refers to them. */
export function checkManifests<P extends Placed>(manifests: readonly P[], namespace: string): readonly Flaw<P>[] {
  const flaws = shapeless(manifests, namespace);
  return flaws.length > 0 ? flaws : CHECKS.flatMap((check) => check(manifests, namespace));
}
