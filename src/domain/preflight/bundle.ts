import type { Override } from "../../api/accesspoint.ts";
import { canonicalJson } from "../digest.ts";
import { type FieldPath, pathText, valueAt } from "../field-path.ts";
import type { Finding } from "../finding.ts";
import type { Manifest } from "../manifest.ts";
import { type Draft, targets as meets } from "../overrides.ts";
import { type Bundle, templateName } from "../render.ts";
import { checkManifests } from "./manifests.ts";

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

const draftsOf = (input: Input): readonly Draft[] =>
  manifests(input).map(({ template, manifest }) => ({ template: templateName(template), manifest }));

const overrideMeetsNothing: Check = (input) => {
  const drafts = draftsOf(input);
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

/** What is left of a null that kubectl did not send. */
const mergeOfNothing: Check = (input) =>
  (input.bundle.overrides ?? []).flatMap((override, index) => {
    const met = draftsOf(input).filter((draft) => meets(override, draft));
    return emptyObjects(override.mergePatch)
      .filter((path) => met.length > 0 && met.every(({ manifest }) => isObject(valueAt(manifest, path))))
      .map((path) => ({
        reason: "OverrideFailed",
        field: [`spec.overrides[${index}].mergePatch`, ...(path.length > 0 ? [pathText(path)] : [])].join("."),
        message: `override ${override.name} merges nothing here, which changes nothing: kubectl apply drops null; to remove a field use jsonPatch with op remove, or kubectl apply --server-side`,
      }));
  });

/** Where there are objects without members. */
function emptyObjects(value: unknown, path: FieldPath = []): readonly FieldPath[] {
  if (!isObject(value)) return [];
  const members = Object.entries(value);
  return members.length === 0 ? [path] : members.flatMap(([key, item]) => emptyObjects(item, [...path, key]));
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null && !Array.isArray(value);

const CHECKS: readonly Check[] = [bundleTooLarge, duplicateTemplateName, overrideMeetsNothing, mergeOfNothing];

/** Everything that is wrong with a bundle, whatever clusters it goes to. */
export const checkBundle = (bundle: Bundle, namespace: string): readonly Finding[] => [
  ...checkManifests(manifests({ bundle, namespace }), namespace).map(({ reason, placed: { field }, path, message }) => ({
    reason,
    field: path.length > 0 ? `${field}.${pathText(path)}` : field,
    message,
  })),
  ...CHECKS.flatMap((check) => check({ bundle, namespace })),
];
