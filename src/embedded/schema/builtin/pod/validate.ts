import { isDeepStrictEqual } from "node:util";
import { at, child, duplicate, forbidden, invalid, notSupported, required } from "../../errors.ts";
import { validateLabels } from "../../metadata.ts";
import { isDns1123Label, isDns1123Subdomain, isLabelKey } from "../../names.ts";
import type { FieldError } from "../../schema.ts";
import { named } from "../rules.ts";
import type { Container, PodSpec } from "./types.ts";
import { validateContainer } from "./validate-container.ts";

/** What a spec of a pod or a template must be; affinity, security and the sources of volumes are not looked at. */
export function validatePodSpec(spec: PodSpec, path: string): FieldError[] {
  const { volumes = [], initContainers = [], restartPolicy, dnsPolicy, nodeSelector = {}, activeDeadlineSeconds } = spec;
  const policies = {
    restart: ["Always", "OnFailure", "Never"],
    dns: ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"],
  };
  const mounts = new Set(volumes.map(({ name }) => name));
  const containers = spec.containers ?? [];
  const deadline = child(path, "activeDeadlineSeconds");
  const isOutOfBounds = activeDeadlineSeconds !== undefined && (activeDeadlineSeconds < 1 || activeDeadlineSeconds >= 2 ** 31);
  return [
    ...validateVolumes(volumes, child(path, "volumes")),
    ...(containers.length === 0 ? [required(child(path, "containers"))] : []),
    ...validateContainers(containers, [], mounts, child(path, "containers")),
    ...validateContainers(initContainers, containers, mounts, child(path, "initContainers")),
    ...(policies.restart.includes(restartPolicy)
      ? []
      : [notSupported(child(path, "restartPolicy"), restartPolicy, policies.restart)]),
    ...(policies.dns.includes(dnsPolicy) ? [] : [notSupported(child(path, "dnsPolicy"), dnsPolicy, policies.dns)]),
    ...validateLabels(nodeSelector, child(path, "nodeSelector")),
    ...validateNames(spec, path),
    ...(isOutOfBounds ? [invalid(deadline, activeDeadlineSeconds, "must be between 1 and 2147483647, inclusive")] : []),
    ...(spec.tolerations ?? []).flatMap((toleration, i) => validateToleration(toleration, at(child(path, "tolerations"), i))),
  ];
}

function validateVolumes(volumes: readonly { readonly name: string }[], path: string): FieldError[] {
  return volumes.flatMap(({ name }, i) => {
    const where = child(at(path, i), "name");
    if (name === "") return [required(where)];
    const wrong = named(isDns1123Label, where, name);
    const isRepeated = wrong.length === 0 && volumes.findIndex((other) => other.name === name) < i;
    return isRepeated ? [duplicate(where, name)] : wrong;
  });
}

function validateContainers(
  containers: readonly Container[],
  others: readonly Container[],
  volumes: ReadonlySet<string>,
  path: string,
): FieldError[] {
  return containers.flatMap((container, i) => {
    const names = [...others, ...containers.slice(0, i)].map(({ name }) => name);
    const errors = validateContainer(container, volumes, at(path, i));
    if (names.includes(container.name)) errors.push(duplicate(child(at(path, i), "name"), container.name));
    return errors;
  });
}

function validateNames({ serviceAccountName, nodeName, hostname, subdomain }: PodSpec, path: string): FieldError[] {
  return [
    ...(serviceAccountName ? named(isDns1123Subdomain, child(path, "serviceAccountName"), serviceAccountName) : []),
    ...(nodeName ? named(isDns1123Subdomain, child(path, "nodeName"), nodeName) : []),
    ...(hostname ? named(isDns1123Label, child(path, "hostname"), hostname) : []),
    ...(subdomain ? named(isDns1123Label, child(path, "subdomain"), subdomain) : []),
  ];
}

function validateToleration({ key = "", operator = "" }: NonNullable<PodSpec["tolerations"]>[number], path: string): FieldError[] {
  const errors = key === "" ? [] : named(isLabelKey, child(path, "key"), key);
  const where = child(path, "operator");
  if (key === "" && operator !== "Exists") {
    const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(invalid(where, operator, detail));
  }
  if (!["", "Equal", "Exists"].includes(operator)) errors.push(notSupported(where, operator, ["Equal", "Exists"]));
  return errors;
}

/** What a pod may not have, though a template may. */
export function validateImages({ containers, initContainers = [] }: PodSpec, path: string): FieldError[] {
  const lists = { containers: containers ?? [], initContainers };
  return Object.entries(lists).flatMap(([list, all]) =>
    all.flatMap(({ image = "" }, i) =>
      image === image.trim()
        ? []
        : [invalid(child(at(child(path, list), i), "image"), image, "must not have leading or trailing whitespace")],
    ),
  );
}

const changeable =
  "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/** A running pod changes little; what else was changed is not told. */
export function validatePodChange(spec: PodSpec, old: PodSpec): FieldError[] {
  for (const list of ["containers", "initContainers"] as const) {
    if ((spec[list]?.length ?? 0) === (old[list]?.length ?? 0)) continue;
    return [forbidden(child("spec", list), "pod updates may not add or remove containers")];
  }
  const fixed = ({ activeDeadlineSeconds, schedulingGates, tolerations, ...rest }: PodSpec) => ({
    ...rest,
    containers: rest.containers?.map(({ image, ...container }) => container),
    initContainers: rest.initContainers?.map(({ image, ...container }) => container),
  });
  const errors = validateDeadline(spec.activeDeadlineSeconds, old.activeDeadlineSeconds);
  const isKept = (old.tolerations ?? []).every((one) => spec.tolerations?.some((other) => isDeepStrictEqual(one, other)));
  if (!isKept) errors.push(forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds"));
  if (isDeepStrictEqual(fixed(spec), fixed(old))) return errors;
  return [...errors, forbidden("spec", `pod updates may not change fields other than ${changeable}\n`)];
}

function validateDeadline(next: number | undefined, old: number | undefined): FieldError[] {
  const path = "spec.activeDeadlineSeconds";
  if (old === undefined || next === old) return [];
  if (next === undefined) return [invalid(path, null, "must not update from a positive integer to nil value")];
  return next > old ? [invalid(path, next, "must be less than or equal to previous value")] : [];
}
