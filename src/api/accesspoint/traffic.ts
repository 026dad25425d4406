import { z } from "zod";
import { cel, duration, labelName, listAtomic, listSet, objectName } from "../meta.ts";
import { certificates } from "./certificates.ts";

const vip = z
  .strictObject({
    services: z
      .array(
        z.strictObject({
          namespace: labelName().optional().describe("Namespace of the Service. Default: the AccessPoint's."),
          name: objectName().describe("Name of the Service."),
        }),
      )
      .min(1)
      .max(16)
      .meta(listAtomic)
      .optional()
      .describe(
        "Services whose addresses count as the VIPs of the bundle's Gateways. Default: Services of the bundle that select the gateway workload; without such the only Service in the cluster that does. Several are each a path to it.",
      ),
    pool: z
      .string()
      .min(1)
      .max(128)
      .optional()
      .describe(
        "Address pool that the bundle's Services of type LoadBalancer ask for. How depends on MemberCluster.spec.loadBalancer.provider: MetalLB reads the annotation metallb.io/address-pool, a Cilium pool selects the label accesspoint.dev/vip-pool. May name the target, as in edge-${cluster.zone}. What a template or an override says itself stays.",
      ),
    loadBalancerClass: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe(
        "spec.loadBalancerClass of the bundle's Services of type LoadBalancer, where the template does not say one. Kubernetes does not let it be changed once the Service is there.",
      ),
    isolationGroup: labelName()
      .optional()
      .describe(
        "A VIP of this AccessPoint may be shared with AccessPoints of the same group alone, in whatever cluster: a VIP that is also that of another group, or of one that names none, is reported on both (condition Degraded, reason VIPShared).",
      ),
  })
  .describe("The L4 addresses of the bundle's Gateways.");

const probe = z
  .strictObject({
    protocol: z
      .enum(["TCP", "TLS", "HTTP", "HTTPS"])
      .default("TCP")
      .describe("TCP: it accepts a connection. TLS: a handshake. HTTP, HTTPS: a GET is answered with an expected status."),
    port: z.int().min(1).max(65535).describe("Port of the VIP."),
    host: z
      .string()
      .min(1)
      .max(253)
      .meta(
        cel({
          rule: "self.matches('^[a-zA-Z0-9]([-_.a-zA-Z0-9]*[a-zA-Z0-9])?$')",
          message: "a host name has letters of ASCII, digits, hyphens and dots: write others as DNS does, xn--…",
        }),
      )
      .optional()
      .describe("Host name for SNI and the Host header. Default: the first host of the Gateway that is no wildcard."),
    path: z
      .string()
      .min(1)
      .max(1024)
      .regex(/^\//)
      .meta(
        cel({
          rule: "self.matches('^[!-~]*$')",
          message: "a path has neither spaces nor letters beyond ASCII: write them as URLs do, e.g. %20 for a space",
        }),
      )
      .default("/")
      .describe("Path of HTTP requests."),
    interval: duration().default("30s").describe("Time between two probes of an address, at least 2s."),
    timeout: duration().default("5s").describe("Longest wait for an answer, at most 30s."),
    expectedStatuses: z
      .array(z.int().min(100).max(599))
      .min(1)
      .max(32)
      .meta(listSet)
      .optional()
      .describe("Statuses of HTTP that are well. Default: 200 to 399."),
  })
  .describe(
    "The controller asks every VIP whether it answers, from the hub's network; three failures in a row make an address unhealthy. Default: nothing is asked. Addresses of this machine are asked only where the platform allows it (--probe-networks), link-local and multicast ones and those where clouds serve credentials never.",
  );

export const traffic = z
  .strictObject({
    vip: vip.optional(),
    probe: probe.optional(),
    certificates: certificates.optional(),
  })
  .describe("How traffic reaches the application. It is part of the revision.");

export type Traffic = z.output<typeof traffic>;
