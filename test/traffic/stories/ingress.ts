import { ENDPOINT_SLICES, NAMESPACES, SERVICES } from "../../../src/api/kinds.ts";
import type { KubeObject } from "../../../src/api/resource.ts";
import type { KubeClient } from "../../../src/kube/client.ts";
import { ConflictError } from "../../../src/kube/errors.ts";

const PLATFORM = { fieldManager: "platform", force: true } as const;

/** The platform's gateway in one cluster: Services in front of the workload with the label `gateway`, and their pods. */
export class Ingress {
  readonly #client: KubeClient;
  readonly #namespace: string;
  readonly #gateway: string;

  private constructor(client: KubeClient, namespace: string, gateway: string) {
    this.#client = client;
    this.#namespace = namespace;
    this.#gateway = gateway;
  }

  /** @param gateway Value of the label `gateway`, by which Gateways select. */
  static async open(client: KubeClient, gateway: string, namespace = `ingress-${gateway}`): Promise<Ingress> {
    await client
      .create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } })
      .catch((error: unknown) => {
        if (!(error instanceof ConflictError)) throw error;
      });
    return new Ingress(client, namespace, gateway);
  }

  service(name: string, spec: object = {}): Promise<KubeObject> {
    const manifest = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace: this.#namespace },
      spec: {
        type: "LoadBalancer",
        selector: { gateway: this.#gateway, app: "proxy" },
        ports: [{ name: "http", port: 80, targetPort: 8080 }],
        ...spec,
      },
    };
    return this.#client.apply(SERVICES, manifest, PLATFORM);
  }

  /** What a load balancer does. */
  balance(name: string, ...addresses: readonly string[]): Promise<KubeObject> {
    const ingress = addresses.map((address) => (/[g-z]/.test(address) ? { hostname: address } : { ip: address }));
    const status = { loadBalancer: { ingress } };
    return this.#client.patch(SERVICES, name, this.#namespace, { status }, "merge", { subresource: "status" });
  }

  /** What the control plane does for the pods behind a Service. */
  pods(name: string, ...ready: readonly boolean[]): Promise<KubeObject> {
    const slice = {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: `${name}-1`, namespace: this.#namespace, labels: { "kubernetes.io/service-name": name } },
      addressType: "IPv4",
      endpoints: ready.map((each, index) => ({ addresses: [`10.77.0.${index + 1}`], conditions: { ready: each } })),
      ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    };
    return this.#client.apply(ENDPOINT_SLICES, slice as unknown as KubeObject, PLATFORM);
  }

  async remove(name: string): Promise<void> {
    await this.#client.delete(SERVICES, name, this.#namespace);
  }
}
