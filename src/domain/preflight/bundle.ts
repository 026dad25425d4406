import type { Override } from "../../api/accesspoint.ts";
import { deliverable, GROUP, MANAGED_BY_LABEL } from "../../api/kinds.ts";
import { canonicalJson } from "../digest.ts";
import type { Finding } from "../finding.ts";
import { type Manifest, objectKey, objectTitle } from "../manifest.ts";
import { targets as meets } from "../overrides.ts";
import { type Bundle, templateName } from "../render.ts";

/** What a check looks at: the bundle as it was written, before it is rendered for any cluster. */
interface Input {
  readonly bundle: Bundle;
  /** Namespace of the AccessPoint. */
  readonly namespace: string;
}

/** A check that needs no cluster. Its name says what it finds. */
type Check = (input: Input) => readonly Finding[];

/** etcd takes 1.5 MiB an object; the AccessPoint, its last-applied annotation and the revision each hold the bundle once. */
const MAX_BUNDLE_BYTES = 512 * 1024;

const METADATA_FIELDS = ["name", "namespace", "labels", "annotations"];

const manifests = ({ bundle }: Input) =>
  bundle.templates.map((template, index) => ({
    template,
    manifest: template.manifest as unknown as Manifest,
    field: `spec.templates[${index}].manifest`,
  }));

const bundleTooLarge: Check = ({ bundle }) => {
  const size = Buffer.byteLength(canonicalJson(bundle));
  if (size <= MAX_BUNDLE_BYTES) return [];
  return [
    {
      reason: "BundleTooLarge",
      field: "spec.templates",
      message: `templates and overrides are ${Math.ceil(size / 1024)} KiB; a revision holds at most ${MAX_BUNDLE_BYTES / 1024} KiB: split the bundle into several AccessPoints`,
    },
  ];
};

const kindNotDeliverable: Check = (input) =>
  manifests(input)
    .filter(({ manifest }) => !deliverable(manifest.apiVersion, manifest.kind))
    .map(({ manifest, field }) => ({
      reason: "InvalidManifest",
      field: `${field}.apiVersion`,
      message: `${manifest.apiVersion} has no kind ${manifest.kind} that an AccessPoint delivers`,
    }));

const foreignNamespace: Check = (input) =>
  manifests(input)
    .filter(({ manifest }) => manifest.metadata.namespace !== undefined && manifest.metadata.namespace !== input.namespace)
    .map(({ manifest, field }) => ({
      reason: "ForeignNamespace",
      field: `${field}.metadata.namespace`,
      message: `${objectTitle(manifest)} is for namespace ${manifest.metadata.namespace}, but an AccessPoint in ${input.namespace} writes to ${input.namespace} alone: leave the field out`,
    }));

const fieldNotOurs: Check = (input) =>
  manifests(input).flatMap(({ manifest, field }) => {
    const metadata = Object.keys(manifest.metadata).filter((key) => !METADATA_FIELDS.includes(key));
    const marks = Object.keys({ ...manifest.metadata.labels, ...manifest.metadata.annotations }).filter(
      (key) => key === MANAGED_BY_LABEL || key.startsWith(`${GROUP}/`),
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
const invalidName: Check = (input) =>
  manifests(input).flatMap(({ manifest, field }) => {
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

const duplicateObject: Check = (input) => {
  const seen = new Map<string, string>();
  return manifests(input).flatMap(({ manifest, field }) => {
    const resource = deliverable(manifest.apiVersion, manifest.kind);
    if (!resource) return [];
    const key = objectKey(resource, input.namespace, manifest.metadata.name);
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

const duplicateTemplateName: Check = ({ bundle }) => {
  const names = bundle.templates.map(templateName);
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [
          {
            reason: "DuplicateObject",
            field: `spec.templates[${index}].name`,
            message: `template name ${name} stands in the list twice; give one of them another name`,
          },
        ],
  );
};

const overrideMeetsNothing: Check = (input) => {
  const drafts = manifests(input).map(({ template, manifest }) => ({ template: templateName(template), manifest }));
  return (input.bundle.overrides ?? []).flatMap((override: Override, index) =>
    drafts.some((draft) => meets(override, draft))
      ? []
      : [
          {
            reason: "OverrideFailed",
            field: `spec.overrides[${index}].target`,
            message: `override ${override.name} meets no object; templates are ${drafts.map(({ template }) => template).join(", ")}`,
          },
        ],
  );
};

const CHECKS: readonly Check[] = [
  bundleTooLarge,
  kindNotDeliverable,
  foreignNamespace,
  fieldNotOurs,
  invalidName,
  duplicateObject,
  duplicateTemplateName,
  overrideMeetsNothing,
];

/** Everything that is wrong with a bundle, whatever clusters it goes to. */
export const checkBundle = (bundle: Bundle, namespace: string): readonly Finding[] =>
  CHECKS.flatMap((check) => check({ bundle, namespace }));
