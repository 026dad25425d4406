import { isIP } from "node:net";
import type {
  DestinationRule,
  Gateway,
  ServiceEntry,
  VirtualService,
  WorkloadEntry,
  WorkloadGroup,
} from "@kubernetes-models/istio/networking.istio.io/v1";
import type { Manifest } from "../../src/domain/manifest.ts";

type Labels = Readonly<Record<string, string>>;

interface ServiceSpec {
  readonly selector: Labels;
  readonly ports: readonly { readonly port: number }[];
}

/** What one cluster knows of one bundle, by kind. */
class Bundle {
  readonly #manifests: readonly Manifest[];

  constructor(manifests: readonly Manifest[]) {
    this.#manifests = manifests;
  }

  #specs<T>(kind: string): readonly { readonly name: string; readonly namespace: string; readonly spec: T }[] {
    return this.#manifests
      .filter((manifest) => manifest.kind === kind)
      .map(({ metadata, spec }) => ({ name: metadata.name, namespace: metadata.namespace ?? "", spec: spec as T }));
  }

  readonly services = () => this.#specs<ServiceSpec>("Service");
  readonly gateways = () => this.#specs<NonNullable<Gateway["spec"]>>("Gateway");
  readonly routes = () => this.#specs<NonNullable<VirtualService["spec"]>>("VirtualService");
  readonly rules = () => this.#specs<NonNullable<DestinationRule["spec"]>>("DestinationRule");
  readonly serviceEntries = () => this.#specs<NonNullable<ServiceEntry["spec"]>>("ServiceEntry");
  readonly workloads = (): readonly Labels[] => [
    ...this.#specs<NonNullable<WorkloadEntry["spec"]>>("WorkloadEntry").map(({ spec }) => spec.labels ?? {}),
    ...this.#specs<NonNullable<WorkloadGroup["spec"]>>("WorkloadGroup").map(({ spec }) => spec.metadata?.labels ?? {}),
  ];

  /** Host names that can be routed to, with their ports. */
  hosts(): ReadonlyMap<string, readonly number[]> {
    return new Map([
      ...this.services().map(
        ({ name, namespace, spec }) => [`${name}.${namespace}.svc.cluster.local`, spec.ports.map(({ port }) => port)] as const,
      ),
      ...this.serviceEntries().flatMap(({ spec }) =>
        spec.hosts.map((host) => [host, (spec.ports ?? []).map(({ number }) => number)] as const),
      ),
    ]);
  }
}

const covers = (selector: Labels, labels: Labels) => Object.entries(selector).every(([key, value]) => labels[key] === value);

/** What does not resolve inside a bundle as one zone's Primary has it, each as a sentence; empty when all is well. */
export function unresolved(manifests: readonly Manifest[]): readonly string[] {
  const bundle = new Bundle(manifests);
  return [...gateways(bundle), ...routes(bundle), ...rules(bundle), ...serviceEntries(bundle), ...visibility(manifests)];
}

function gateways(bundle: Bundle): readonly string[] {
  return bundle.gateways().flatMap(({ name, spec }) =>
    (spec.servers ?? []).flatMap(({ port, tls }) => {
      const exposed = bundle
        .services()
        .some(
          (service) =>
            covers(service.spec.selector, spec.selector ?? {}) &&
            service.spec.ports.some(({ port: number }) => number === port.number),
        );
      const credentials = [tls?.credentialName, tls?.serverCertificate, tls?.tlsCertificates].filter((form) => form !== undefined);
      return [
        ...(exposed ? [] : [`Gateway ${name}: no Service exposes port ${port.number}`]),
        ...(port.protocol !== "HTTPS" || credentials.length === 1
          ? []
          : [`Gateway ${name}: ${credentials.length} forms of credentials`]),
        ...(port.protocol === "HTTP" && tls ? [`Gateway ${name}: tls on plain HTTP`] : []),
      ];
    }),
  );
}

function routes(bundle: Bundle): readonly string[] {
  const hosts = bundle.hosts();
  return bundle.routes().flatMap(({ name, spec }) => {
    const served = bundle.gateways().filter((gateway) => spec.gateways?.includes(gateway.name));
    const servedHosts = served.flatMap((gateway) => (gateway.spec.servers ?? []).flatMap((server) => server.hosts));
    const known = spec.gateways ? servedHosts : [...hosts.keys()];
    return [
      ...(spec.gateways ?? [])
        .filter((gateway) => !served.some((one) => one.name === gateway))
        .map((gateway) => `VirtualService ${name}: no Gateway ${gateway}`),
      ...(spec.hosts ?? []).filter((host) => !known.includes(host)).map((host) => `VirtualService ${name}: nothing serves ${host}`),
      ...(spec.http ?? []).flatMap(({ name: rule, route = [] }) => {
        const total = route.reduce((sum, { weight = 0 }) => sum + weight, 0);
        const where = `VirtualService ${name}, rule ${rule}`;
        return [
          ...(route.length < 2 || total === 100 ? [] : [`${where}: weights sum to ${total}`]),
          ...route.flatMap(({ destination: { host, subset, port } }) => {
            const ports = hosts.get(host);
            if (!ports) return [`${where}: no host ${host}`];
            const subsets = bundle
              .rules()
              .filter((one) => one.spec.host === host)
              .flatMap((one) => one.spec.subsets ?? []);
            return [
              ...(port?.number !== undefined && ports.includes(port.number)
                ? []
                : [`${where}: ${host} has no port ${port?.number}`]),
              ...(subset === undefined || subsets.some((one) => one.name === subset)
                ? []
                : [`${where}: ${host} has no subset ${subset}`]),
            ];
          }),
        ];
      }),
    ];
  });
}

function rules(bundle: Bundle): readonly string[] {
  return bundle.rules().flatMap(({ name, spec }) => {
    const subsets = (spec.subsets ?? []).map((subset) => subset.name);
    return [
      ...(bundle.hosts().has(spec.host) ? [] : [`DestinationRule ${name}: no host ${spec.host}`]),
      ...(new Set(subsets).size === subsets.length ? [] : [`DestinationRule ${name}: a subset stands twice`]),
    ];
  });
}

function serviceEntries(bundle: Bundle): readonly string[] {
  const selectors = bundle
    .serviceEntries()
    .flatMap(({ spec }) => (spec.workloadSelector ? [spec.workloadSelector.labels ?? {}] : []));
  return [
    ...bundle
      .serviceEntries()
      .flatMap(({ name, spec }) => [
        ...(Boolean(spec.endpoints) === Boolean(spec.workloadSelector)
          ? [`ServiceEntry ${name}: endpoints or workloadSelector, one of them`]
          : []),
        ...(spec.resolution === "STATIC" ? (spec.endpoints ?? []) : [])
          .filter(({ address }) => !isIP(address ?? ""))
          .map(({ address }) => `ServiceEntry ${name}: STATIC needs an IP address, not ${address}`),
      ]),
    ...selectors
      .filter((selector) => !bundle.workloads().some((labels) => covers(selector, labels)))
      .map((selector) => `no workload has ${JSON.stringify(selector)}`),
    ...bundle
      .workloads()
      .filter((labels) => !selectors.some((selector) => covers(selector, labels)))
      .map((labels) => `no ServiceEntry selects ${JSON.stringify(labels)}`),
  ];
}

function visibility(manifests: readonly Manifest[]): readonly string[] {
  return manifests.flatMap(({ kind, metadata, spec }) => {
    const { exportTo = [] } = (spec ?? {}) as { exportTo?: readonly string[] };
    return exportTo.includes("*") && exportTo.length > 1 ? [`${kind} ${metadata.name}: exportTo * with others`] : [];
  });
}
