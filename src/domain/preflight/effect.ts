import type { AccessPointSpec, Traffic } from "../../api/accesspoint.ts";
import type { Finding } from "../finding.ts";

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

/** Settings that make no difference as things are. It is told, not refused: what they are for may come. */
export const settingsWithoutEffect = (spec: AccessPointSpec): readonly Finding[] =>
  SETTINGS.filter(([, subject, read]) => spec.traffic && read(spec.traffic) !== undefined && !HAS[subject](spec)).map(
    ([field, subject]): Finding => ({ reason: "ValidWithWarnings", field: `spec.traffic.${field}`, message: WANTING[subject] }),
  );

/** Whether a bundle has what a setting is for; a Service may be made one of type LoadBalancer by an override. */
const HAS: { readonly [S in Subject]: (spec: AccessPointSpec) => boolean } = {
  Gateway: ({ templates }) => templates.some(({ manifest }) => manifest.kind === "Gateway"),
  LoadBalancer: ({ templates, overrides = [] }) =>
    templates.some(({ manifest }) => manifest.kind === "Service" && mentionsBalancer(manifest["spec"])) ||
    overrides.some(({ jsonPatch, mergePatch }) => mentionsBalancer(jsonPatch ?? mergePatch)),
};

const mentionsBalancer = (value: unknown): boolean => JSON.stringify(value ?? "").includes('"LoadBalancer"');
