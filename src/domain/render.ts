import { SHARED_GATEWAY_NAMESPACES } from "../api/accesspoint/certificates.ts";
import type { AccessPointSpec } from "../api/accesspoint.ts";
import { CERTIFICATES, FIELD_MANAGER, MANAGED_BY_LABEL, OWNER_ANNOTATION, UID_LABEL, written } from "../api/kinds.ts";
import type { Resource } from "../api/resource.ts";
import { digest } from "./digest.ts";
import { pathText, valueAt } from "./field-path.ts";
import { describeFindings, type Finding } from "./finding.ts";
import { type Desired, desire, type Manifest, objectTitle } from "./manifest.ts";
import { applyOverrides, concerns, type Draft, targets } from "./overrides.ts";
import { type Target, templatesFor } from "./placement.ts";
import { checkManifests } from "./preflight/manifests.ts";
import type { Member } from "./selection.ts";
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
}

/** Overrides or variables made of a valid bundle one that is not. */
export class InvalidRenderingError extends Error {
  override readonly name = "InvalidRenderingError";
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    super(describeFindings(findings));
    this.findings = findings;
  }
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
 * @throws OverrideError, UnknownVariableError, InvalidRenderingError, all naming what a person has to mend.
 */
export function render(
  bundle: Bundle,
  target: Target,
  owner: Owner,
  platform: Platform = DEFAULT_PLATFORM,
  stage?: string,
): Rendered {
  const drafts = templatesFor(bundle.templates, target).map((template) => ({
    template: templateName(template),
    manifest: template.manifest as unknown as Manifest,
  }));
  const overridden = applyOverrides(drafts, bundle.overrides ?? [], target.member, stage);
  const manifests = overridden.map(({ manifest }, index) =>
    filledIn(addressed(manifest, bundle, target.member), drafts[index]!, bundle, target.member, stage),
  );
  const placed = manifests.map((manifest, index) => ({ manifest, field: `${drafts[index]!.template} in ${target.member.name}` }));
  const findings = checkManifests(placed, owner.namespace);
  if (findings.length > 0) throw new InvalidRenderingError(findings);
  const certificates = bundle.traffic?.certificates;
  const issued = certificatesToIssue(manifests, { certificates, owner, allowed: platform.certificateNamespaces });
  if (issued.findings.length > 0)
    throw new InvalidRenderingError(
      issued.findings.map((finding) => ({ ...finding, field: `${finding.field} in ${target.member.name}` })),
    );
  const all = [...issued.manifests, ...manifests];
  return { variant: digest(all, 16), objects: all.map((manifest) => marked(manifest, owner)) };
}

/** @throws InvalidRenderingError where the cluster has no way to ask for an address pool. */
function addressed(manifest: Manifest, { traffic }: Bundle, { name, loadBalancer }: Member): Manifest {
  const placed = withVip(manifest, traffic?.vip, loadBalancer);
  if (placed) return placed;
  const message = `${objectTitle(manifest)} is to get its address from pool ${traffic?.vip?.pool}, but MemberCluster ${name} does not say what gives addresses there: set its spec.loadBalancer.provider`;
  throw new InvalidRenderingError([{ reason: "UnknownAddressPool", field: "spec.traffic.vip.pool", message }]);
}

/** @throws UnknownVariableError that names template or override, object, field and cluster. */
function filledIn(
  manifest: Manifest,
  draft: Draft,
  { overrides = [] }: Bundle,
  member: Member,
  stage: string | undefined,
): Manifest {
  try {
    return substitute(manifest, member) as Manifest;
  } catch (error) {
    if (!(error instanceof UnknownVariableError)) throw error;
    const { variable, path, message } = error;
    const mentions = (value: unknown) => JSON.stringify(value ?? "").includes(`\${${variable}}`);
    const override = mentions(valueAt(draft.manifest, path))
      ? undefined
      : overrides.findLast(
          (candidate) =>
            concerns(candidate, member, stage) &&
            targets(candidate, draft) &&
            mentions(candidate.jsonPatch ?? candidate.mergePatch),
        );
    const origin = override ? `override ${override.name}` : `template ${draft.template}`;
    throw new UnknownVariableError(
      variable,
      path,
      `${origin}, ${pathText(path)} of ${objectTitle(draft.manifest)} for cluster ${member.name}: ${message}`,
      override ? "spec.overrides" : "spec.templates",
    );
  }
}

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
