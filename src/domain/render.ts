import { SHARED_GATEWAY_NAMESPACES } from "../api/accesspoint/certificates.ts";
import type { AccessPointSpec } from "../api/accesspoint.ts";
import { CERTIFICATES, FIELD_MANAGER, MANAGED_BY_LABEL, OWNER_ANNOTATION, UID_LABEL, written } from "../api/kinds.ts";
import type { Resource } from "../api/resource.ts";
import { canonicalJson, digestOf } from "./digest.ts";
import { type FieldPath, pathText } from "./field-path.ts";
import { type Desired, desire, type Manifest, objectTitle } from "./manifest.ts";
import { applyOverrides, concerns, type Draft, originOf } from "./overrides.ts";
import { type Target, templatesFor } from "./placement.ts";
import { checkManifests } from "./preflight/manifests.ts";
import { codeOf, misfitsOf } from "./preflight/schemas.ts";
import { type Fault, RenderError } from "./render-error.ts";
import { certificatesToIssue } from "./traffic/certificates/issue.ts";
import { withVip } from "./traffic/vip.ts";
import { mentionsTarget, substitute, UnknownVariableError } from "./variables.ts";

/** What a revision consists of: everything that decides what clusters receive, and nothing else. */
export type Bundle = Pick<AccessPointSpec, "templates" | "overrides" | "traffic" | "sync">;

/** What the platform allows. */
export interface Platform {
  /**
   * Namespaces, besides an AccessPoint's own, in which gateways run: certificates may be issued there, and Services there go before
   * those of other namespaces.
   */
  readonly certificateNamespaces: readonly string[];
}

export const DEFAULT_PLATFORM: Platform = { certificateNamespaces: SHARED_GATEWAY_NAMESPACES };

/** Whose objects they are. */
export interface Owner {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** What one cluster is to have under one revision. */
export interface Rendered {
  /** Digest of the manifests: equal variants are equal in every byte. */
  readonly variant: string;
  readonly objects: readonly Desired[];
  /** What in them their kinds' schemas refuse: nothing new is written then, and what was written already is not called into question. */
  readonly refused: readonly Fault[];
  /** What in them is not known here, and perhaps in clusters. */
  readonly doubted: readonly Fault[];
}

export const templateName = (template: AccessPointSpec["templates"][number]): string => {
  const manifest = template.manifest as unknown as Manifest;
  return template.name ?? `${manifest.kind}-${manifest.metadata?.name}`.toLowerCase();
};

/**
 * The objects of a bundle as one target is to have them: templates of its scopes, overrides that concern it, variables, and the
 * Certificates that its Gateways are issued.
 *
 * @param stage With what is bound to this stage; none: as the target is to have them in the end.
 * @throws RenderError that names what a person has to mend.
 */
export function render(
  bundle: Bundle,
  target: Target,
  owner: Owner,
  platform: Platform = DEFAULT_PLATFORM,
  stage?: string,
): Rendered {
  const { member } = target;
  const { templates, overrides = [], traffic } = bundle;
  const refuse = (...faults: readonly Fault[]) => new RenderError(faults, member.name, stage);
  const drafts = templatesFor(templates, target).map((template) => ({
    template: templateName(template),
    manifest: template.manifest as unknown as Manifest,
  }));
  /** Who wrote what stands there: the template, or an override. */
  const placeOf = (draft: Draft, path: FieldPath): Pick<Fault, "field" | "subject"> => {
    const override = originOf(draft, overrides, member, stage, path);
    const origin = override ? `override ${override.name}` : `template ${draft.template}`;
    const place = path.length > 0 ? `${pathText(path)} of ` : "";
    return {
      field: override ? "spec.overrides" : "spec.templates",
      subject: `${origin}, ${place}${objectTitle(draft.manifest)}`,
    };
  };

  const placed = drafts.map((draft) => {
    const { manifest } = applyOverrides(draft, overrides, member, stage);
    const addressed = withVip(manifest, traffic?.vip, member.loadBalancer);
    if (!addressed) throw refuse(addressUnknown(manifest, traffic));
    try {
      return { draft, field: draft.template, manifest: substitute(addressed, member) as Manifest };
    } catch (error) {
      if (!(error instanceof UnknownVariableError)) throw error;
      throw refuse({ reason: "UnknownVariable", ...placeOf(draft, error.path), why: error.about("its MemberCluster") });
    }
  });
  const flaws = checkManifests(placed, owner.namespace);
  if (flaws.length > 0)
    throw refuse(
      ...flaws.map(({ reason, placed: { draft }, path, message }) => ({ reason, ...placeOf(draft, path), why: message })),
    );
  const manifests = placed.map(({ manifest }) => manifest);
  const issued = certificatesToIssue(manifests, {
    certificates: traffic?.certificates,
    owner,
    allowed: platform.certificateNamespaces,
  });
  if (issued.findings.length > 0)
    throw refuse(
      ...issued.findings.map(({ reason, field, message }) => ({
        reason,
        field: "spec.traffic.certificates",
        subject: field,
        why: message,
      })),
    );
  const all = [...issued.manifests, ...manifests];
  const text = canonicalJson(all);
  if (text.length > MAX_RENDERED) throw refuse(tooLarge(text.length));

  const misfits = placed.flatMap(({ manifest, draft }) =>
    misfitsOf(manifest).map(({ path, message, mayFit }) => ({
      mayFit,
      fault: { reason: "SchemaValidationError", ...placeOf(draft, path), why: withCode(manifest, message) },
    })),
  );
  const [refused, doubted] = [false, true].map((wanted) =>
    misfits.filter(({ mayFit }) => mayFit === wanted).map(({ fault }) => fault),
  );
  return {
    variant: digestOf(text, 16),
    objects: all.map((manifest) => marked(manifest, owner)),
    refused: refused!,
    doubted: doubted!,
  };
}

/** What one cluster may be given of one AccessPoint, characters of JSON: variables can make much of little. */
const MAX_RENDERED = 2 * 1024 * 1024;

const tooLarge = (size: number): Fault => ({
  reason: "BundleTooLarge",
  field: "spec.templates",
  subject: "the bundle, with overrides and variables,",
  why: `it is ${Math.ceil(size / 1024)} KiB, and at most ${MAX_RENDERED / 1024} KiB are delivered: split it into several AccessPoints`,
});

/** The cluster has no way to ask for an address pool. */
const addressUnknown = (manifest: Manifest, traffic: Bundle["traffic"]): Fault => ({
  reason: "UnknownAddressPool",
  field: "spec.traffic.vip.pool",
  subject: `pool ${traffic?.vip?.pool} of ${objectTitle(manifest)}`,
  why: "nobody says what gives addresses there: set spec.loadBalancer.provider of its MemberCluster",
});

const withCode = (manifest: Manifest, message: string): string => {
  const code = codeOf(manifest);
  return code ? `${message} (${code})` : message;
};

/** The kinds that a bundle makes objects of. */
export const kindsOf = ({ templates, traffic }: Bundle): readonly Resource[] => [
  ...templates.flatMap(({ manifest }) => written(manifest.apiVersion, manifest.kind) ?? []),
  ...(traffic?.certificates?.issuerRef ? [CERTIFICATES] : []),
];

/**
 * A key that is equal for targets that a bundle renders alike, without rendering: lets a fleet of hundreds of clusters share
 * one rendered bundle.
 *
 * @param mentions Whether the bundle names facts of the target; looked up when it is not given, which reads the whole bundle.
 */
export function renderKey(
  { overrides = [], ...bundle }: Bundle,
  { member, placed, zonePrimary }: Target,
  stage?: string,
  mentions?: boolean,
): string {
  const concerned = overrides.flatMap((override, index) => (concerns(override, member, stage) ? [index] : []));
  const facts =
    (mentions ?? mentionsTarget({ ...bundle, overrides })) ? [member.name, member.zone, member.region, member.labels] : [];
  const pools = bundle.traffic?.vip?.pool ? [member.loadBalancer ?? member.name] : [];
  return JSON.stringify([placed, zonePrimary, concerned, facts, ...pools]);
}

function marked(manifest: Manifest, owner: Owner): Desired {
  // checkManifests let no other kind through.
  const resource = written(manifest.apiVersion, manifest.kind)!;
  const { labels, annotations, ...metadata } = manifest.metadata;
  return desire(resource, {
    ...manifest,
    metadata: {
      ...metadata,
      namespace: metadata.namespace ?? owner.namespace,
      labels: { ...labels, [MANAGED_BY_LABEL]: FIELD_MANAGER, [UID_LABEL]: owner.uid },
      annotations: { ...annotations, [OWNER_ANNOTATION]: `${owner.namespace}/${owner.name}` },
    },
  });
}
