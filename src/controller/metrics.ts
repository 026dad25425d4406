import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { NameService } from "../api/nameservice.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { RequestInfo } from "../kube/client.ts";
import type { Run } from "../kube/queue.ts";
import type { Hub } from "./hub.ts";

/** What is looked at when metrics are asked for. */
export interface Observed {
  readonly hub: Hub;
  readonly fleet: Fleet;
  readonly nameServices: () => Iterable<NameService>;
  /** Keys that wait, by kind. */
  readonly depth: () => Readonly<Record<string, number>>;
}

const REACHES = ["Reachable", "Unreachable", "Connecting"] as const;

/** Measurements in Prometheus' form. Names are documented in docs/metrics.md. */
export class Metrics {
  readonly registry = new Registry();
  readonly #requests = new Counter({
    name: "fap_requests_total",
    help: "Requests to API servers; code 0: no answer.",
    labelNames: ["cluster", "verb", "resource", "code"],
    registers: [this.registry],
  });
  readonly #passes = new Histogram({
    name: "fap_pass_duration_seconds",
    help: "Duration of one pass over one object.",
    labelNames: ["kind", "outcome"],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [this.registry],
  });

  /** Arrow functions, because they are handed on as listeners. */
  readonly hubRequest = (info: RequestInfo): void => this.#count("hub", info);
  readonly memberRequest = (cluster: string, info: RequestInfo): void => this.#count(cluster, info);
  readonly pass =
    (kind: string) =>
    ({ outcome, ranMs }: Run): void =>
      this.#passes.observe({ kind, outcome }, ranMs / 1000);

  /** Gauges are computed when they are asked for. */
  observe({ hub, fleet, nameServices, depth }: Observed): void {
    this.#observeCertificates(hub);
    const registers = [this.registry];
    new Gauge({
      name: "fap_queue_depth",
      help: "Objects that wait for a pass.",
      labelNames: ["kind"],
      registers,
      collect() {
        for (const [kind, waiting] of Object.entries(depth())) this.set({ kind }, waiting);
      },
    });
    new Gauge({
      name: "fap_member_clusters",
      help: "Member clusters by how they can be reached.",
      labelNames: ["reach"],
      registers,
      collect() {
        const reaches = [...hub.memberClusters.values()].map(({ metadata }) => fleet.standing(metadata.name).reach);
        for (const reach of REACHES) this.set({ reach }, reaches.filter((candidate) => candidate === reach).length);
      },
    });
    new Gauge({
      name: "fap_access_points",
      help: "AccessPoints by the phase of their rollout.",
      labelNames: ["phase"],
      registers,
      collect() {
        this.reset();
        for (const { status } of hub.accessPoints.values()) this.inc({ phase: status?.rollout?.phase ?? "Idle" });
      },
    });
    new Gauge({
      name: "fap_name_services",
      help: "NameServices by the reasons of their conditions Resolved and Published.",
      labelNames: ["resolved", "published"],
      registers,
      collect() {
        this.reset();
        for (const { status } of nameServices()) {
          const reasonOf = (type: string) => status?.conditions?.find((condition) => condition.type === type)?.reason ?? "";
          this.inc({ resolved: reasonOf("Resolved"), published: reasonOf("Published") });
        }
      },
    });
  }

  /** One series an AccessPoint, however many clusters it is in. */
  #observeCertificates(hub: Hub): void {
    new Gauge({
      name: "fap_certificate_expiry_timestamp_seconds",
      help: "When the first certificate of an AccessPoint's Gateways expires in any cluster.",
      labelNames: ["namespace", "name"],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const { metadata, status } of hub.accessPoints.values()) {
          if (status?.certificateExpiry === undefined) continue;
          this.set({ namespace: metadata.namespace ?? "", name: metadata.name }, Date.parse(status.certificateExpiry) / 1000);
        }
      },
    });
  }

  #count(cluster: string, { verb, resource, status }: RequestInfo): void {
    this.#requests.inc({ cluster, verb, resource, code: status });
  }
}
