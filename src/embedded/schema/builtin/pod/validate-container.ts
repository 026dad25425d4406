import { at, child, duplicate, forbidden, invalid, notFound, notSupported, required } from "../../errors.ts";
import { isDns1123Label, isPortName } from "../../names.ts";
import { Quantity } from "../../quantity.ts";
import type { FieldError } from "../../schema.ts";
import { named, nonNegative, portNumber, portNumberOrName } from "../rules.ts";
import type { Container, ContainerPort, EnvVar, Probe } from "./types.ts";

/** @param volumes their names */
export function validateContainer(container: Container, volumes: ReadonlySet<string>, path: string): FieldError[] {
  const { name, image = "", terminationMessagePolicy = "", imagePullPolicy = "" } = container;
  const policies = { termination: ["File", "FallbackToLogsOnError"], pull: ["Always", "IfNotPresent", "Never"] };
  return [
    ...(name === "" ? [required(child(path, "name"))] : named(isDns1123Label, child(path, "name"), name)),
    ...(image === "" ? [required(child(path, "image"))] : []),
    ...(policies.termination.includes(terminationMessagePolicy)
      ? []
      : [notSupported(child(path, "terminationMessagePolicy"), terminationMessagePolicy, policies.termination)]),
    ...validatePorts(container.ports ?? [], child(path, "ports")),
    ...(container.env ?? []).flatMap((variable, i) => validateEnv(variable, at(child(path, "env"), i))),
    ...validateMounts(container, volumes, child(path, "volumeMounts")),
    ...(policies.pull.includes(imagePullPolicy)
      ? []
      : [notSupported(child(path, "imagePullPolicy"), imagePullPolicy, policies.pull)]),
    ...validateResources(container, child(path, "resources")),
    ...(["livenessProbe", "readinessProbe", "startupProbe"] as const).flatMap((name) =>
      container[name] ? validateProbe(container[name], child(path, name)) : [],
    ),
  ];
}

function validatePorts(ports: readonly ContainerPort[], path: string): FieldError[] {
  const seen = new Set<string>();
  return ports.flatMap(({ name, containerPort, hostPort, protocol }, i) => {
    const where = at(path, i);
    const errors: FieldError[] = [];
    if (name) {
      const wrong = named(isPortName, child(where, "name"), name);
      if (wrong.length === 0 && seen.has(name)) errors.push(duplicate(child(where, "name"), name));
      else errors.push(...wrong);
      seen.add(name);
    }
    const field = child(where, "containerPort");
    errors.push(...(containerPort === 0 ? [required(field)] : portNumber(field, containerPort)));
    if (hostPort) errors.push(...portNumber(child(where, "hostPort"), hostPort));
    const protocols = ["SCTP", "TCP", "UDP"];
    if (!protocols.includes(protocol)) errors.push(notSupported(child(where, "protocol"), protocol, protocols));
    return errors;
  });
}

const sources = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];

function validateEnv({ name, value = "", valueFrom }: EnvVar, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (name === "") errors.push(required(child(path, "name")));
  else if (!/^[ -<>-~]+$/.test(name)) {
    const detail = "a valid environment variable name must consist only of printable ASCII characters other than '='";
    errors.push(invalid(child(path, "name"), name, detail));
  }
  if (valueFrom === undefined) return errors;
  const where = child(path, "valueFrom");
  const given = sources.filter((source) => valueFrom[source] !== undefined).length;
  if (given === 0) {
    const detail = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
    return [...errors, invalid(where, "", detail)];
  }
  if (value !== "") return [...errors, invalid(where, "", "may not be specified when `value` is not empty")];
  return given > 1 ? [...errors, invalid(where, "", "may not have more than one field specified at a time")] : errors;
}

function validateMounts({ volumeMounts = [] }: Container, volumes: ReadonlySet<string>, path: string): FieldError[] {
  return volumeMounts.flatMap(({ name, mountPath }, i) => {
    const where = at(path, i);
    const isRepeated = volumeMounts.findIndex((other) => other.mountPath === mountPath) < i;
    return [
      ...(name === "" ? [required(child(where, "name"))] : []),
      ...(volumes.has(name) ? [] : [notFound(child(where, "name"), name)]),
      ...(mountPath === "" ? [required(child(where, "mountPath"))] : []),
      ...(isRepeated ? [invalid(child(where, "mountPath"), mountPath, "must be unique")] : []),
    ];
  });
}

function validateResources({ resources: { limits = {}, requests = {} } = {} }: Container, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [kind, amounts] of Object.entries({ limits, requests })) {
    for (const [name, amount] of Object.entries(amounts)) {
      if (nanos(amount) < 0n) errors.push(invalid(at(child(path, kind), name), amount, "must be greater than or equal to 0"));
    }
  }
  for (const [name, amount] of Object.entries(requests)) {
    const limit = limits[name];
    if (limit === undefined || nanos(amount) <= nanos(limit)) continue;
    errors.push(invalid(child(path, "requests"), amount, `must be less than or equal to ${name} limit of ${limit}`));
  }
  return errors;
}

const nanos = (amount: string): bigint => Quantity.parse(amount)!.nanos;

function validateProbe(probe: Probe, path: string): FieldError[] {
  const counts = ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"] as const;
  return [
    ...validateHandler(probe, path),
    ...counts.flatMap((name) => nonNegative(child(path, name), probe[name])),
    ...(path.endsWith("readinessProbe") || probe.successThreshold === 1
      ? []
      : [invalid(child(path, "successThreshold"), probe.successThreshold, "must be 1")]),
  ];
}

const handlers = ["exec", "httpGet", "tcpSocket", "grpc"] as const;

function validateHandler(probe: Probe, path: string): FieldError[] {
  const [first, ...more] = handlers.filter((name) => probe[name] !== undefined);
  if (!first) return [required(path, "must specify a handler type")];
  const tooMany = more.map((name) => forbidden(child(path, name), "may not specify more than 1 handler type"));
  return [...validateAction(first, probe, child(path, first)), ...tooMany];
}

function validateAction(name: (typeof handlers)[number], { exec, httpGet, tcpSocket, grpc }: Probe, path: string): FieldError[] {
  if (name === "exec") return exec?.command?.length ? [] : [required(child(path, "command"))];
  const port = child(path, "port");
  if (name !== "httpGet") return portNumberOrName(port, (tcpSocket ?? grpc)!.port);
  const { scheme } = httpGet!;
  const schemes = ["HTTP", "HTTPS"];
  const errors = portNumberOrName(port, httpGet!.port);
  return schemes.includes(scheme) ? errors : [...errors, notSupported(child(path, "scheme"), scheme, schemes)];
}
