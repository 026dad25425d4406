import type { KubeObject } from "../../kube/resource.ts";
import { trackUpdate } from "../fields/update.ts";
import { type Kernel, timestamp } from "../kernel.ts";
import { toStored } from "../objects.ts";
import { type Change, parse, type Stored } from "../store.ts";

const services = "/services";

interface Ingress {
  readonly ip: string;
  readonly ipMode: "VIP";
}

/** Gives every Service of type LoadBalancer an address from a pool, as a cloud provider does. */
export class LoadBalancers {
  readonly #kernel: Kernel;
  readonly #pool: Pool;
  /** Addresses in use, by the uid of the Service. */
  readonly #assigned = new Map<string, string>();

  /** @param pool IPv4 prefix, e.g. `10.1.0.0/16` */
  constructor(kernel: Kernel, pool: string) {
    this.#kernel = kernel;
    this.#pool = parsePool(pool);
    kernel.store.subscribe((change) => this.#observe(change));
  }

  #observe({ collection, type, object }: Change): void {
    if (collection !== services) return;
    if (type === "DELETED") this.#assigned.delete(object.uid);
    else setImmediate(() => this.#settle(object));
  }

  #settle({ key }: Stored): void {
    const stored = this.#kernel.store.get(services, key);
    if (!stored) return;
    const service = parse(stored);
    const { type, loadBalancerIP } = service["spec"] as { type?: string; loadBalancerIP?: string };
    const current = (service["status"] as { loadBalancer?: { ingress?: Ingress[] } } | undefined)?.loadBalancer?.ingress;
    if (type !== "LoadBalancer") {
      this.#assigned.delete(stored.uid);
      if (current) this.#write(service, undefined);
    } else if (!current) this.#write(service, this.#assign(stored.uid, loadBalancerIP));
    else this.#assigned.set(stored.uid, current[0]!.ip);
  }

  #assign(uid: string, wanted: string | undefined): string {
    const taken = new Set(this.#assigned.values());
    const address = wanted && !taken.has(wanted) ? wanted : firstFree(this.#pool, taken);
    this.#assigned.set(uid, address);
    return address;
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
      reset: [["spec"]],
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

/** Network and broadcast addresses are left out. */
function firstFree({ first, size }: Pool, taken: ReadonlySet<string>): string {
  for (let offset = 1; offset < size - 1; offset++) {
    const number = first + offset;
    const address = [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
    if (!taken.has(address)) return address;
  }
  throw new Error("the pool of load balancer addresses is used up");
}
