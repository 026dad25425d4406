import { deliverable, GROUP, MANAGED_BY_LABEL, VIP_POOL_LABEL } from "../../api/kinds.ts";
import type { Finding } from "../finding.ts";
import { type Manifest, objectKey, objectTitle } from "../manifest.ts";

/** A manifest, as it was written or as it was rendered for a cluster. */
export interface Placed {
  readonly manifest: Manifest;
  /** Where it stands, e.g. "spec.templates[0].manifest". */
  readonly field: string;
}

/** Its name says what it finds. */
type Check = (manifests: readonly Placed[], namespace: string) => readonly Finding[];

const METADATA_FIELDS = ["name", "namespace", "labels", "annotations"];

const kindNotDeliverable: Check = (manifests) =>
  manifests
    .filter(({ manifest }) => !deliverable(manifest.apiVersion, manifest.kind))
    .map(({ manifest, field }) => ({
      reason: "InvalidManifest",
      field: `${field}.apiVersion`,
      message: `${manifest.apiVersion} has no kind ${manifest.kind} that an AccessPoint delivers`,
    }));

const foreignNamespace: Check = (manifests, namespace) =>
  manifests
    .filter(({ manifest }) => manifest.metadata.namespace !== undefined && manifest.metadata.namespace !== namespace)
    .map(({ manifest, field }) => ({
      reason: "ForeignNamespace",
      field: `${field}.metadata.namespace`,
      message: `${objectTitle(manifest)} is for namespace ${manifest.metadata.namespace}, but an AccessPoint in ${namespace} writes to ${namespace} alone: leave the field out`,
    }));

const fieldNotOurs: Check = (manifests) =>
  manifests.flatMap(({ manifest, field }) => {
    const metadata = Object.keys(manifest.metadata).filter((key) => !METADATA_FIELDS.includes(key));
    const marks = Object.keys({ ...manifest.metadata.labels, ...manifest.metadata.annotations }).filter(
      (key) => key === MANAGED_BY_LABEL || (key.startsWith(`${GROUP}/`) && key !== VIP_POOL_LABEL),
    );
    const names = [
      ...metadata.map((key) => `metadata.${key}`),
      ...marks.map((key) => `metadata: ${key}`),
      ...("status" in manifest ? ["status"] : []),
    ];
    return names.map((name) => ({
      reason: "InvalidManifest",
      field: `${field}.${name}`,
      message: `${objectTitle(manifest)}: this is not a template's to set; a manifest has metadata.name, labels and annotations, and the kind's own fields`,
    }));
  });

/** DNS-1035 for Services, whose names become host names; DNS-1123 subdomains for the rest. */
const invalidName: Check = (manifests) =>
  manifests.flatMap(({ manifest, field }) => {
    const { name } = manifest.metadata;
    const service = manifest.kind === "Service";
    const limit = service ? 63 : 253;
    const fits = service ? /^[a-z]([-a-z0-9]*[a-z0-9])?$/ : /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
    if (typeof name === "string" && name.length <= limit && (fits.test(name) || name.includes("${"))) return [];
    const tooLong = typeof name === "string" && name.length > limit;
    return [
      {
        reason: tooLong ? "NameTooLong" : "InvalidManifest",
        field: `${field}.metadata.name`,
        message: tooLong
          ? `the name of a ${manifest.kind} has at most ${limit} characters; ${name.slice(0, 20)}… has ${name.length}`
          : `${JSON.stringify(name)} is not a name for a ${manifest.kind}: lower case letters, digits and -${service ? ", beginning with a letter" : ""}`,
      },
    ];
  });

const duplicateObject: Check = (manifests, namespace) => {
  const seen = new Map<string, string>();
  return manifests.flatMap(({ manifest, field }) => {
    const resource = deliverable(manifest.apiVersion, manifest.kind);
    if (!resource) return [];
    const key = objectKey(resource, namespace, manifest.metadata.name);
    const first = seen.get(key);
    seen.set(key, first ?? field);
    if (!first) return [];
    return [
      {
        reason: "DuplicateObject",
        field,
        message: `${objectTitle(manifest)} stands in the bundle twice; the first is ${first}: remove one of them`,
      },
    ];
  });
};

/** What is not even an object with a name; nothing else can be said of it. */
const shapeless = ({ manifest, field }: Placed): readonly Finding[] => {
  const { metadata } = manifest as { readonly metadata?: { readonly name?: unknown } | null };
  if (typeof metadata === "object" && metadata !== null && typeof metadata.name === "string") return [];
  return [{ reason: "InvalidManifest", field: `${field}.metadata.name`, message: "a manifest has metadata.name" }];
};

const CHECKS: readonly Check[] = [kindNotDeliverable, foreignNamespace, fieldNotOurs, invalidName, duplicateObject];

/** What is wrong with manifests by themselves, whatever refers to them. */
export function checkManifests(manifests: readonly Placed[], namespace: string): readonly Finding[] {
  const findings = manifests.flatMap(shapeless);
  return findings.length > 0 ? findings : CHECKS.flatMap((check) => check(manifests, namespace));
}
