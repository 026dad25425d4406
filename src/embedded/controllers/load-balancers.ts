import type { KubeObject } from "../../kube/resource.ts";
import { trackUpdate } from "../fields/update.ts";
import { type Kernel, timestamp } from "../kernel.ts";
import { toStored } from "../objects.ts";
import { type Change, parse } from "../store.ts";

const services = "/services";

interface Ingress {
  readonly ip?: string;
}

interface Service {
  readonly spec: { readonly type?: string; readonly loadBalancerIP?: string };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly Ingress[] } };
}

/** Gives every Service of type LoadBalancer an address from a pool, as a cloud provider does. */
export class LoadBalancers {
  readonly #kernel: Kernel;
  readonly #pool: Pool;
  /** Addresses in use, by the uid of the Service. */
  readonly #assigned = new Map<string, string>();
  /** Keys of Services that stay pending until an address is free. */
  readonly #waiting = new Set<string>();

  /** @param pool IPv4 prefix, e.g. `10.1.0.0/16` */
  constructor(kernel: Kernel, pool: string) {
    this.#kernel = kernel;
    this.#pool = parsePool(pool);
    kernel.store.subscribe((change) => this.#observe(change));
  }

  /** Learns the store anew, after a restore. */
  reload(): void {
    this.#assigned.clear();
    this.#waiting.clear();
    for (const stored of this.#kernel.store.list(services)) {
      const address = ingressOf(parse(stored))[0]?.ip;
      if (address !== undefined) this.#assigned.set(stored.uid, address);
      this.#settleSoon(stored.key);
    }
  }

  #observe({ collection, type, object }: Change): void {
    if (collection !== services) return;
    if (type === "DELETED") {
      this.#waiting.delete(object.key);
      this.#free(object.uid);
    } else this.#settleSoon(object.key);
  }

  #settleSoon(key: string): void {
    this.#kernel.background.soon(() => this.#settle(key));
  }

  #settle(key: string): void {
    const stored = this.#kernel.store.get(services, key);
    if (!stored) return;
    const service = parse(stored);
    const { type, loadBalancerIP } = (service as unknown as Service).spec;
    const [current] = ingressOf(service);
    this.#waiting.delete(key);
    if (type !== "LoadBalancer") {
      this.#free(stored.uid);
      if (current) this.#write(service, undefined);
    } else if (current) {
      if (current.ip !== undefined) this.#assigned.set(stored.uid, current.ip);
    } else {
      const address = this.#assigned.get(stored.uid) ?? this.#choose(loadBalancerIP);
      if (address === undefined) this.#waiting.add(key);
      else {
        this.#assigned.set(stored.uid, address);
        this.#write(service, address);
      }
    }
  }

  #free(uid: string): void {
    if (this.#assigned.delete(uid)) for (const key of this.#waiting) this.#settleSoon(key);
  }

  #choose(wanted: string | undefined): string | undefined {
    const taken = new Set(this.#assigned.values());
    return wanted && !taken.has(wanted) ? wanted : firstFree(this.#pool, taken);
  }

  #write(live: KubeObject, address: string | undefined): void {
    const { store, registry, now } = this.#kernel;
    const kind = registry.ofCollection(services)!;
    const loadBalancer = address === undefined ? {} : { ingress: [{ ip: address, ipMode: "VIP" }] };
    const next = trackUpdate({
      live,
      next: { ...live, status: { ...(live["status"] as object), loadBalancer } },
      manager: "embedded-load-balancer",
      subresource: "status",
      schema: kind.schema,
      empty: kind.empty,
      reset: kind.statusReset,
      now: timestamp(now()),
    });
    store.put(services, (resourceVersion) => toStored(kind, next, resourceVersion));
  }
}

interface Pool {
  readonly first: number;
  readonly size: number;
}

function parsePool(prefix: string): Pool {
  const found = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(prefix);
  if (!found) throw new Error(`not an IPv4 prefix: ${prefix}`);
  const [a, b, c, d, bits] = found.slice(1).map(Number) as [number, number, number, number, number];
  const size = 2 ** (32 - bits);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  return { first: address - (address % size), size };
}

const ingressOf = (service: KubeObject): readonly Ingress[] => (service as unknown as Service).status?.loadBalancer?.ingress ?? [];

/** Network and broadcast addresses are left out; undefined when all others are taken. */
function firstFree({ first, size }: Pool, taken: ReadonlySet<string>): string | undefined {
  for (let offset = 1; offset < size - 1; offset++) {
    const number = first + offset;
    const address = [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
    if (!taken.has(address)) return address;
  }
  return undefined;
}
