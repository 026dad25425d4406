/** Whatever a mesh calls its domain: `svc` is what tells a Service's host. */
const SERVICE_HOST = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc\.[a-z0-9.-]+$/;
const IN_DOMAIN = /\.svc\.[a-z0-9.-]+$/;
const DEFAULT_DOMAIN = ".svc.cluster.local";

/** A host as Istio reads it in an object of this namespace: a name without dots is a Service there, anything else is complete. */
export const completeHost = (host: string, namespace: string): string =>
  host.includes(".") || host.startsWith("*") ? host : serviceHost(namespace, host);

export const serviceHost = (namespace: string, name: string): string => `${name}.${namespace}${DEFAULT_DOMAIN}`;

/** The Service that a complete host names; undefined where it names none. */
export function serviceOf(host: string): { readonly namespace: string; readonly name: string } | undefined {
  const [, name, namespace] = SERVICE_HOST.exec(host) ?? [];
  return name && namespace ? { namespace, name } : undefined;
}

/** A host of Services in the form in which such are compared, with or without a wildcard: short names do not tell the mesh's domain. */
export const canonicalHost = (host: string): string => host.replace(IN_DOMAIN, DEFAULT_DOMAIN);

/** What an object may offer for a host to be met by it: the host itself and every wildcard above it, the most specific first. */
export function hostPatterns(host: string): readonly string[] {
  const labels = host.split(".");
  return [host, ...labels.slice(1).map((_, index) => `*.${labels.slice(index + 1).join(".")}`), "*"];
}

/** Whether it can be asked for by name, in a handshake or a request; whatever else stands in a bundle cannot. */
export const isHostName = (host: string): boolean => host.length <= 253 && HOST_NAME.test(host);

const HOST_NAME = /^[a-zA-Z0-9]([-_.a-zA-Z0-9]*[a-zA-Z0-9])?$/;
