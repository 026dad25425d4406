import type { AccessPointSpec, Traffic } from "../../api/accesspoint.ts";
import type { Finding } from "../finding.ts";
import { knownPlaces, unknownPlaces } from "../placement/unknown.ts";
import type { Member } from "../selection.ts";

/** Kinds of objects that a setting of spec.traffic is for. */
type Subject = "Gateway" | "LoadBalancer";

/** Settings that are for objects of the bundle, with what they are for. */
const SETTINGS: readonly (readonly [field: string, subject: Subject, read: (traffic: Traffic) => unknown])[] = [
  ["vip.services", "Gateway", ({ vip }) => vip?.services],
  ["vip.isolationGroup", "Gateway", ({ vip }) => vip?.isolationGroup],
  ["vip.pool", "LoadBalancer", ({ vip }) => vip?.pool],
  ["vip.loadBalancerClass", "LoadBalancer", ({ vip }) => vip?.loadBalancerClass],
  ["probe", "Gateway", ({ probe }) => probe],
  ["certificates.issuerRef", "Gateway", ({ certificates }) => certificates?.issuerRef],
  ["certificates.served", "Gateway", ({ certificates }) => certificates?.served],
];

const WANTING: { readonly [S in Subject]: string } = {
  Gateway: "the bundle has no Gateway, so that it has no effect",
  LoadBalancer: "the bundle has no Service of type LoadBalancer, so that it has no effect",
};

/** What a specification says that makes no difference as things are. It is told, not refused: what it is for may come. */
export function settingsWithoutEffect(spec: AccessPointSpec, members: readonly Member[]): readonly Finding[] {
  const { placement, overrides = [], rollout, traffic } = spec;
  const known = knownPlaces(members);
  const settings = SETTINGS.filter(([, subject, read]) => traffic && read(traffic) !== undefined && !HAS[subject](spec));
  return [
    ...settings.map(([field, subject]) => withoutEffect(`spec.traffic.${field}`, WANTING[subject])),
    // Clusters that are not there are told of by Scheduled.
    ...unknownPlaces({ zones: placement.zones, regions: placement.regions }, "spec.placement", known),
    ...overrides.flatMap((override) => unknownPlaces(override, `spec.overrides[${override.name}]`, known)),
    ...(rollout.stages ?? []).flatMap(({ name, zones, regions }) =>
      unknownPlaces({ zones, regions }, `spec.rollout.stages[${name}]`, known),
    ),
  ].map(({ field, message }) => withoutEffect(field, message));
}

const withoutEffect = (field: string, message: string): Finding => ({ reason: "ValidWithWarnings", field, message });

/** Whether a bundle has what a setting is for; a Service may be made one of type LoadBalancer by an override. */
const HAS: { readonly [S in Subject]: (spec: AccessPointSpec) => boolean } = {
  Gateway: ({ templates }) => templates.some(({ manifest }) => manifest.kind === "Gateway"),
  LoadBalancer: ({ templates, overrides = [] }) =>
    templates.some(({ manifest }) => manifest.kind === "Service" && mentionsBalancer(manifest["spec"])) ||
    overrides.some(({ jsonPatch, mergePatch }) => mentionsBalancer(jsonPatch ?? mergePatch)),
};

const mentionsBalancer = (value: unknown): boolean => JSON.stringify(value ?? "").includes('"LoadBalancer"');
