import type { Container, PodSpec } from "./types.ts";

/** What the schema's own defaults do not say of a pod or a template. */
export function withPodSpecDefaults(spec: PodSpec): PodSpec {
  const { containers, initContainers, ephemeralContainers, volumes } = spec;
  return {
    ...spec,
    ...(containers && { containers: containers.map(withPullPolicy) }),
    ...(initContainers && { initContainers: initContainers.map(withPullPolicy) }),
    ...(ephemeralContainers && { ephemeralContainers: ephemeralContainers.map(withPullPolicy) }),
    ...(volumes && { volumes: volumes.map((volume) => (Object.keys(volume).length > 1 ? volume : { ...volume, emptyDir: {} })) }),
  };
}

/** What only a pod itself gets. */
export function withPodDefaults(spec: PodSpec): PodSpec {
  const { containers, initContainers, hostNetwork } = spec;
  const complete = (container: Container) => withRequests(hostNetwork ? withHostPorts(container) : container);
  return {
    ...spec,
    enableServiceLinks: spec.enableServiceLinks ?? true,
    ...(containers && { containers: containers.map(complete) }),
    ...(initContainers && { initContainers: initContainers.map(complete) }),
  };
}

/** An image that says no version, or the latest, may be another one tomorrow. */
function withPullPolicy(container: Container): Container {
  if (container.imagePullPolicy) return container;
  const { image = "" } = container;
  const tag = /:([^:/@]+)(?:@.*)?$/.exec(image)?.[1] ?? (image.includes("@") ? "" : "latest");
  return { ...container, imagePullPolicy: tag === "latest" ? "Always" : "IfNotPresent" };
}

const withRequests = (container: Container): Container => {
  const { limits, requests } = container.resources ?? {};
  return limits ? { ...container, resources: { ...container.resources, requests: { ...limits, ...requests } } } : container;
};

const withHostPorts = (container: Container): Container =>
  container.ports
    ? { ...container, ports: container.ports.map((port) => ({ ...port, hostPort: port.hostPort || port.containerPort })) }
    : container;

/** `serviceAccount` is an older name of `serviceAccountName`; both are told. */
export function withAccount(spec: PodSpec): PodSpec {
  const name = spec.serviceAccountName || spec.serviceAccount;
  return name ? { ...spec, serviceAccountName: name, serviceAccount: name } : spec;
}
