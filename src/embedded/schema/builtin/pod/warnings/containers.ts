import { at, child, quote } from "../../../errors.ts";
import type { Container, ContainerPort, EnvVar, PodSpec } from "../types.ts";
import { fractions } from "./fractions.ts";

interface Placed<T> {
  readonly value: T;
  readonly path: string;
}

/** All containers, in the order in which they are looked at. */
export const containersOf = ({ initContainers, containers, ephemeralContainers }: PodSpec, path: string): Placed<Container>[] =>
  Object.entries({ initContainers, containers, ephemeralContainers }).flatMap(([name, values]) =>
    (values ?? []).map((value, i) => ({ value, path: at(child(path, name), i) })),
  );

export const containerWarnings = ({ value: { resources = {}, env = [] }, path }: Placed<Container>): string[] => [
  ...["memory", "ephemeral-storage"].flatMap((name) =>
    (["limits", "requests"] as const).flatMap((kind) => fractions(resources[kind], [name], child(path, `resources.${kind}`))),
  ),
  ...hiddenVariables(env, child(path, "env")),
];

/** A variable that is defined again may speak of what it was, and else replaces it. */
const hiddenVariables = (env: readonly EnvVar[], path: string): string[] =>
  env.flatMap(({ name, value = "", valueFrom }, i) => {
    const former = `$(${name})`;
    const isFirst = env.findIndex((other) => other.name === name) === i;
    if (isFirst || (!valueFrom && value !== former && value.includes(former))) return [];
    return [`${at(path, i)}: hides previous definition of ${quote(name)}, which may be dropped when using apply`];
  });

export function portWarnings(containers: readonly Placed<Container>[]): string[] {
  const ports = containers.flatMap(({ value, path }) =>
    (value.ports ?? []).map((port, i) => ({ value: port, path: at(child(path, "ports"), i) })),
  );
  const clashes = ports.flatMap((port, i) => [
    ...withoutHostPort(port),
    ...ports.slice(0, i).flatMap((other) => clash(port, other)),
  ]);
  return [...clashes, ...ports.flatMap((port, i) => repeatedName(port, ports.slice(0, i)))];
}

function withoutHostPort({ value, path }: Placed<ContainerPort>): string[] {
  const { name = "", hostPort = 0, containerPort, protocol, hostIP = "" } = value;
  if (hostIP === "" || hostPort !== 0) return [];
  const shown = `{Name:${name} HostPort:0 ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
  return [`${path}: hostIP set without hostPort: ${shown}`];
}

/** Another container, or the same one, has the port too, which need not be a conflict. */
function clash({ value, path }: Placed<ContainerPort>, { value: other, path: there }: Placed<ContainerPort>): string[] {
  if (value.containerPort !== other.containerPort || value.protocol !== other.protocol) return [];
  const [port, otherPort] = [value.hostPort ?? 0, other.hostPort ?? 0];
  const [address, otherAddress] = [value.hostIP ?? "", other.hostIP ?? ""];
  if (port === otherPort && address === otherAddress) return [`${path}: duplicate port definition with ${there}`];
  if (port === 0 || otherPort === 0) return [`${path}: overlapping port definition with ${there}`];
  if (port !== otherPort || (address !== "" && otherAddress !== "")) return [];
  return [`${path}: dangerously ambiguous port definition with ${there}`];
}

function repeatedName({ value: { name }, path }: Placed<ContainerPort>, before: readonly Placed<ContainerPort>[]): string[] {
  const first = before.find(({ value }) => value.name === name)?.path;
  if (!name || first === undefined) return [];
  const users = `services and probes that select ports by name will use ${first}`;
  return [`${path}: duplicate port name ${quote(name)} with ${first}, ${users}`];
}
