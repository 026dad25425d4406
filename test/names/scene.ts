import { Resolver } from "node:dns/promises";
import { expect, onTestFinished } from "vitest";
import { NAME_SERVICES, SERVICES } from "../../src/api/kinds.ts";
import type { Condition } from "../../src/api/meta.ts";
import type { NameService, NameServiceStatus } from "../../src/api/nameservice.ts";
import { DNS_ENDPOINTS } from "../../src/integrations/external-dns.ts";
import type { KubeObject } from "../../src/kube/resource.ts";
import { Scene } from "../e2e/scene.ts";
import { find, type TestFleet } from "../support/fleet.ts";
import { eventually } from "../support/wait.ts";
import type { NameServer } from "./name-server.ts";

type Json = Readonly<Record<string, unknown>>;

const selector = { istio: "edge" };

/** While one cluster is being changed, the other one is as it was. */
const ONE_BY_ONE = { stages: [{ name: "all", maxConcurrency: 1 }] };

interface Parts {
  /** Of the Service. */
  readonly labels?: Json;
  /** Of the Gateway; default the scene's. */
  readonly host?: string;
  /** Of Gateway and Service; default 443. */
  readonly port?: number;
  /** Gateways besides the one that is called web: web-1, web-2 …; default 0. */
  readonly more?: number;
}

/** A Gateway for one host, and the Service that exposes it. */
const templates = (fqdn: string, { labels = {}, port = 443, more = 0 }: Parts): readonly Json[] => [
  {
    scope: "Cluster",
    manifest: {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "edge", labels },
      spec: { type: "LoadBalancer", selector, ports: [{ name: "https", port }] },
    },
  },
  ...["web", ...Array.from({ length: more }, (_, index) => `web-${index + 1}`)].map((name) => ({
    scope: "Cluster",
    manifest: {
      apiVersion: "networking.istio.io/v1",
      kind: "Gateway",
      metadata: { name },
      spec: { selector, servers: [{ hosts: [fqdn], port: { number: port, name: "https", protocol: "HTTP" } }] },
    },
  })),
];

/** AccessPoint `checkout` in some clusters, the NameServices that lead to it, and what is answered. */
export class NameScene {
  readonly scene: Scene;
  readonly fqdn: string;
  readonly #fleet: TestFleet;
  readonly #server: NameServer;

  private constructor(scene: Scene, fleet: TestFleet, server: NameServer) {
    this.scene = scene;
    this.fqdn = `${scene.namespace}.example.com`;
    this.#fleet = fleet;
    this.#server = server;
  }

  /** A namespace with the AccessPoint, rolled out, with these VIPs by cluster. */
  static async open(
    fleet: TestFleet,
    server: NameServer,
    namespace: string,
    vips: Readonly<Record<string, readonly string[]>>,
  ): Promise<NameScene> {
    const names = new NameScene(await Scene.open(fleet, namespace), fleet, server);
    onTestFinished(() => names.#leave());
    await names.scene.apply(names.#bundle(Object.keys(vips)));
    await names.scene.until("RolloutCompleted");
    for (const [cluster, addresses] of Object.entries(vips)) {
      await names.expose(cluster, addresses);
      await eventually(`the AccessPoint reports ${addresses.join(", ")}`, async () =>
        expect((await names.scene.clusterStatus(cluster)).gateways?.[0]?.vips).toEqual(addresses),
      );
    }
    return names;
  }

  /** Changes the bundle to this from now on. */
  async roll(parts: Parts, rollout: Json = {}): Promise<void> {
    const { clusters = [] } = await this.scene.status();
    const bundle = this.#bundle(
      clusters.map(({ name }) => name),
      parts,
    );
    await this.scene.apply({ ...bundle, rollout: { ...bundle.rollout, ...rollout } });
  }

  #bundle(clusters: readonly string[], parts: Parts = {}) {
    return { templates: templates(parts.host ?? this.fqdn, parts), placement: { clusters }, rollout: ONE_BY_ONE };
  }

  /** Gives a cluster's Service its addresses, as MetalLB does. */
  async expose(cluster: string, addresses: readonly string[]): Promise<void> {
    const status = { loadBalancer: { ingress: addresses.map((ip) => (/^[\d.]+$|:/.test(ip) ? { ip } : { hostname: ip })) } };
    await this.#fleet.member(cluster).client.patch(SERVICES, "edge", this.scene.namespace, { status }, "merge", {
      subresource: "status",
      fieldManager: "speaker",
    });
  }

  /** Applies a NameService, by default one for the scene's FQDN that leads to the AccessPoint. */
  async name(spec: Json = {}, name = "checkout"): Promise<void> {
    const targets = [{ accessPoint: "checkout" }];
    await this.#fleet.hub.client.apply(
      NAME_SERVICES,
      {
        apiVersion: "accesspoint.dev/v1alpha1",
        kind: "NameService",
        metadata: { name, namespace: this.scene.namespace },
        spec: { fqdn: this.fqdn, ttlSeconds: 1, targets, ...spec },
      },
      { fieldManager: "team", force: true },
    );
  }

  /** Deletes a NameService. */
  async remove(name = "checkout"): Promise<void> {
    await this.#fleet.hub.client.delete(NAME_SERVICES, name, this.scene.namespace);
  }

  async status(name = "checkout"): Promise<NameServiceStatus> {
    const found = (await this.#fleet.hub.client.get(NAME_SERVICES, name, this.scene.namespace)) as unknown as NameService;
    if (!found.status || found.status.observedGeneration !== found.metadata.generation) throw new Error("not observed yet");
    return found.status;
  }

  /** Waits for a condition with this reason. */
  until(type: string, reason: string, name = "checkout"): Promise<Condition> {
    return eventually(`${type} is ${reason}`, async () => {
      const { conditions = [] } = await this.status(name);
      const found = conditions.find((condition) => condition.type === type);
      if (found?.reason !== reason)
        throw new Error(conditions.map(({ type, reason, message }) => `${type} ${reason}: ${message}`).join(" | "));
      return found;
    });
  }

  /** What the name server answers over UDP; empty when there is no such name. */
  async answer(fqdn = this.fqdn): Promise<readonly string[]> {
    const resolver = new Resolver({ timeout: 2000, tries: 3 });
    resolver.setServers([this.#server.address]);
    try {
      return (await resolver.resolve4(fqdn)).sort();
    } catch (error) {
      if (["ENOTFOUND", "ENODATA"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
      throw error;
    }
  }

  answers(addresses: readonly string[], fqdn = this.fqdn): Promise<void> {
    return eventually(`${fqdn} is ${addresses.join(", ")}`, async () => expect(await this.answer(fqdn)).toEqual(addresses));
  }

  async #leave(): Promise<void> {
    const { client } = this.#fleet.hub;
    const { items } = await client.list(NAME_SERVICES, { namespace: this.scene.namespace });
    for (const { metadata } of items) await client.delete(NAME_SERVICES, metadata.name, this.scene.namespace);
  }

  endpoint(name = "checkout"): Promise<KubeObject | undefined> {
    return find(this.#fleet.hub.client, DNS_ENDPOINTS, name, this.scene.namespace);
  }
}
