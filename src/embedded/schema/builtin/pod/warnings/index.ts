import type { KubeObject } from "../../../../../kube/resource.ts";
import { at, child, quote } from "../../../errors.ts";
import { isDns1123Label } from "../../../names.ts";
import { addressWarnings } from "../../rules.ts";
import type { PodSpec } from "../types.ts";
import { containersOf, containerWarnings, portWarnings } from "./containers.ts";
import { fractions } from "./fractions.ts";
import { nodeWarnings, type Placement, podAffinityWarnings } from "./placement.ts";
import { type Volume, volumeWarnings } from "./volumes.ts";

interface Secured {
  readonly securityContext?: { readonly seccompProfile?: object; readonly appArmorProfile?: Profile };
}

interface Profile {
  readonly type: string;
  readonly localhostProfile?: string;
}

interface Spec extends Omit<PodSpec, "volumes">, Placement, Secured {
  readonly volumes?: readonly Volume[];
  readonly hostAliases?: readonly { readonly ip: string }[];
  readonly imagePullSecrets?: readonly { readonly name?: string }[];
  readonly overhead?: Readonly<Record<string, string>>;
  readonly dnsConfig?: { readonly nameservers?: readonly string[] };
}

export interface Template {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: Spec;
}

/** About the name of a new object that makes pods, or is one. @param use what it becomes */
export function nameWarnings({ metadata }: KubeObject, use = "in Pod names and hostnames"): string[] {
  const problems = isDns1123Label(metadata.name);
  const advice = "which can result in surprising behavior; a DNS label is recommended";
  return problems.length === 0 ? [] : [`metadata.name: this is used ${use}, ${advice}: [${problems.join(" ")}]`];
}

/**
 * What the API server has to say about a pod, or a template of pods, that it takes, in its order.
 * @param path of the template; "" for a pod
 */
export function podWarnings(template: Template, path: string): string[] {
  const { metadata, spec } = template;
  const { hostAliases = [], imagePullSecrets = [], terminationGracePeriodSeconds = 0, dnsConfig } = spec;
  const annotations = metadata.annotations ?? {};
  const below = (name: string): string => child(path, `spec.${name}`);
  const containers = containersOf(spec as PodSpec, child(path, "spec"));
  const names = imagePullSecrets.map(({ name = "" }) => name);
  return [
    ...nodeWarnings(spec, child(path, "spec")),
    ...annotationWarnings(annotations, deprecatedAnnotations, path),
    ...volumeWarnings(spec.volumes ?? [], below("volumes")),
    ...repeated(
      hostAliases.map(({ ip }) => ip),
      below("hostAliases"),
      "ip",
    ),
    ...repeated(names, below("imagePullSecrets"), "name"),
    ...names.flatMap((name, i) => (name === "" ? [`${at(below("imagePullSecrets"), i)}.name: invalid empty name ""`] : [])),
    ...fractions(spec.overhead, ["memory", "ephemeral-storage"], below("overhead")),
    ...seccompWarnings(spec, annotations, "seccomp.security.alpha.kubernetes.io/pod", path),
    ...containers.flatMap((container) => [...profileWarnings(container.value, template, path), ...containerWarnings(container)]),
    ...portWarnings(containers),
    ...(terminationGracePeriodSeconds < 0
      ? [`${below("terminationGracePeriodSeconds")}: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
    ...podAffinityWarnings(spec, child(path, "spec")),
    ...(dnsConfig?.nameservers ?? []).flatMap((server, i) => addressWarnings(at(below("dnsConfig.nameservers"), i), server)),
    ...hostAliases.flatMap(({ ip }, i) => addressWarnings(child(at(below("hostAliases"), i), "ip"), ip)),
  ];
}

const deprecatedAnnotations: Readonly<Record<string, string>> = {
  "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
  "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
  "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
};

const annotationWarnings = (
  annotations: Readonly<Record<string, string>>,
  known: Readonly<Record<string, string>>,
  path: string,
): string[] =>
  Object.keys(known)
    .filter((key) => Object.hasOwn(annotations, key))
    .map((key) => `${at(child(path, "metadata.annotations"), key)}: ${known[key]}`);

const repeated = (values: readonly string[], path: string, field: string): string[] =>
  values.flatMap((value, i) =>
    values.indexOf(value) < i ? [`${child(at(path, i), field)}: duplicate ${field} ${quote(value)}`] : [],
  );

const seccompWarnings = (
  { securityContext }: Secured,
  annotations: Readonly<Record<string, string>>,
  key: string,
  path: string,
): string[] =>
  securityContext?.seccompProfile
    ? []
    : annotationWarnings(annotations, { [key]: 'non-functional in v1.27+; use the "seccompProfile" field instead' }, path);

function profileWarnings(
  container: { readonly name: string } & Secured,
  { metadata: { annotations = {} }, spec: { securityContext } }: Template,
  path: string,
): string[] {
  const seccomp = `container.seccomp.security.alpha.kubernetes.io/${container.name}`;
  const appArmor = `container.apparmor.security.beta.kubernetes.io/${container.name}`;
  const isSaid = container.securityContext?.appArmorProfile ?? isSame(securityContext?.appArmorProfile, annotations[appArmor]);
  return [
    ...seccompWarnings(container, annotations, seccomp, path),
    // Of a pod, the annotation is moved to the field.
    ...(isSaid || path === ""
      ? []
      : annotationWarnings(annotations, { [appArmor]: 'deprecated since v1.30; use the "appArmorProfile" field instead' }, path)),
  ];
}

const spellings: Readonly<Record<string, string>> = { Unconfined: "unconfined", RuntimeDefault: "runtime/default" };

const isSame = (profile: Profile | undefined, annotation: string | undefined): boolean =>
  profile !== undefined && (spellings[profile.type] ?? `localhost/${profile.localhostProfile}`) === annotation;
