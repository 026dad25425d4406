import { z } from "zod";
import { cel, conditions, labelName, listAtomic, listMap, listSet, objectName, timestamp } from "./meta.ts";
import type { ObjectMeta } from "./resource.ts";

/** Labels of letters, digits and hyphens, at least two of them, without a dot at the end; the first one may be a `*`. */
const domainName = () =>
  z
    .string()
    .max(253)
    .regex(/^(\*\.)?([a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$/);

const target = z
  .strictObject({
    accessPoint: objectName()
      .optional()
      .describe("Name of an AccessPoint in the same namespace, whose Gateways' addresses are meant."),
    gateway: objectName()
      .optional()
      .describe("Name of one Gateway of the AccessPoint. Default: those that serve the FQDN, or all when none does."),
    host: z
      .string()
      .max(253)
      .regex(/^[a-zA-Z0-9:.-]+$/)
      .optional()
      .describe("An IPv4 or IPv6 address, or a host name, that is no AccessPoint's."),
    zone: labelName().optional().describe("Availability zone of the host: it is left out while the zone is drained."),
    ratio: z
      .int()
      .min(0)
      .max(1000)
      .default(1)
      .describe(
        "Share of the answers, with policy Ratio: shared among the target's clusters. 0: none while another target has one.",
      ),
  })
  .meta(
    cel(
      { rule: "has(self.accessPoint) != has(self.host)", message: "a target is either an accessPoint or a host" },
      { rule: "!has(self.gateway) || has(self.accessPoint)", message: "gateway goes with accessPoint" },
      { rule: "!has(self.zone) || has(self.host)", message: "zone goes with host; an AccessPoint's clusters have their own" },
    ),
  )
  .describe("Where the name leads.");

const location = z
  .strictObject({
    name: labelName().describe("Name of the location; it becomes the record sets' set identifier."),
    zones: z.array(labelName()).min(1).max(200).meta(listSet).optional().describe("Availability zones that lie there."),
    regions: z
      .array(labelName())
      .min(1)
      .max(100)
      .meta(listSet)
      .optional()
      .describe("Regions, as MemberClusters have them, that lie there."),
    awsRegion: z
      .string()
      .max(32)
      .regex(/^[a-z]{2}(-[a-z]+)+-[0-9]$/)
      .optional()
      .describe("AWS region nearest to it: Locality answers by latency to that region."),
    continentCode: z
      .enum(["AF", "AN", "AS", "EU", "NA", "OC", "SA"])
      .optional()
      .describe("Continent whose clients are sent there: Locality answers by geolocation."),
    countryCode: z
      .string()
      .regex(/^([A-Z]{2}|\*)$/)
      .optional()
      .describe("Country (ISO 3166-1 alpha-2) whose clients are sent there; * for all that no other location names."),
    subdivisionCode: z
      .string()
      .regex(/^[A-Z0-9]{1,3}$/)
      .optional()
      .describe("Part of the country, e.g. a state of the US."),
    healthCheckId: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe("Route 53 health check, made elsewhere, that the location's record sets carry."),
  })
  .meta(
    cel(
      { rule: "has(self.zones) != has(self.regions)", message: "a location is either zones or regions" },
      {
        rule: "(has(self.awsRegion) ? 1 : 0) + (has(self.continentCode) ? 1 : 0) + (has(self.countryCode) ? 1 : 0) <= 1",
        message: "a location has one of awsRegion, continentCode and countryCode",
      },
      { rule: "!has(self.subdivisionCode) || has(self.countryCode)", message: "subdivisionCode goes with countryCode" },
    ),
  )
  .describe("A place as Route 53 knows it.");

export const nameServiceSpec = z
  .strictObject({
    fqdn: domainName().describe("The name that is answered, e.g. checkout.example.com; *.example.com for all names below."),
    ttlSeconds: z.int().min(1).max(86_400).default(60).describe("How long resolvers may keep an answer, in seconds."),
    policy: z
      .enum(["RoundRobin", "Locality", "Ratio"])
      .default("RoundRobin")
      .describe(
        "RoundRobin: all addresses in one answer. Locality: the client's nearest location. Ratio: one target's addresses, as often as its ratio says. The latter two need a provider with policies (spec.provider.aws).",
      ),
    healthCheck: z
      .strictObject({
        port: z.int().min(1).max(65_535).describe("A Gateway counts only when one of its servers listens on this port."),
      })
      .optional()
      .describe("What an address must offer to be answered."),
    targets: z
      .array(target)
      .min(1)
      .max(64)
      .meta(listAtomic)
      .describe("Where the name leads; those that are not ready are left out while one remains."),
    provider: z
      .strictObject({
        type: z.enum(["ExternalDNS"]).default("ExternalDNS").describe("Who publishes the records."),
        aws: z
          .strictObject({
            locations: z
              .array(location)
              .max(100)
              .meta(listMap("name"))
              .optional()
              .describe(
                "Where zones and regions lie; the first that names a zone counts. A region that has the name of an AWS region needs none.",
              ),
          })
          .optional()
          .describe("external-dns publishes to Route 53, which knows policies. Absent: every policy becomes RoundRobin."),
      })
      .prefault({})
      .describe("How the records are published."),
  })
  .describe("The name and where it leads.");

const recordStatus = z.strictObject({
  type: z.enum(["A", "AAAA", "CNAME"]).describe("Type of the record."),
  values: z.array(z.string()).describe("What it answers."),
  setIdentifier: z.string().optional().describe("Tells record sets of one name and type apart, where the provider has policies."),
  ttl: z.int().describe("How long resolvers may keep it, in seconds."),
  weight: z.int().optional().describe("How often it is answered, in proportion to the others."),
  properties: z
    .array(
      z.strictObject({ name: z.string().describe("Name as external-dns knows it."), value: z.string().describe("Its value.") }),
    )
    .optional()
    .describe("What the provider is told besides."),
});

const targetStatus = z.strictObject({
  name: z.string().describe("The AccessPoint and, where there is a choice, its Gateway; or the host."),
  cluster: z.string().optional().describe("Cluster that has the addresses."),
  zone: z.string().optional().describe("Its availability zone."),
  values: z.array(z.string()).describe("Its addresses."),
  state: z.enum(["Answered", "LeftOut", "Held"]).describe("Held: it would be left out, but nothing else remains."),
  reason: z.string().optional().describe("Why it is not answered, in one word of the Resolved condition."),
  message: z.string().optional().describe("Why it is not answered."),
});

export const nameServiceStatus = z
  .strictObject({
    observedGeneration: z.int().optional().describe("metadata.generation that this status was made from."),
    conditions: conditions(),
    records: z
      .array(recordStatus)
      .optional()
      .describe("The records that were asked for, or would be where nothing can be published."),
    summary: z.string().optional().describe("All values in one line, for the printer column."),
    targets: z.array(targetStatus).optional().describe("Every cluster and host that the targets led to, capped."),
    omittedTargets: z.int().optional().describe("How many of them were left out of the list."),
    dnsEndpoint: z.string().optional().describe("Name of the DNSEndpoint that holds the records, in the same namespace."),
    requestedAt: timestamp().optional().describe("When the records were last given to external-dns."),
    answer: z
      .strictObject({
        server: z.string().describe("The resolver that was asked."),
        state: z
          .enum(["AsRequested", "Alias", "Differs", "Silent"])
          .describe(
            "Whether it answers the records. Alias: it answers addresses in place of a CNAME, which does not contradict it. Silent: it did not answer.",
          ),
        values: z.array(z.string()).optional().describe("What it answers instead, capped."),
        message: z.string().optional().describe("Why there is no answer."),
      })
      .optional()
      .describe("What a resolver answers; set where the controller was given one (--resolver)."),
  })
  .describe("What is true; written by the controller alone.");

export type NameServiceSpec = z.output<typeof nameServiceSpec>;
export type NameServiceStatus = z.infer<typeof nameServiceStatus>;
export type NameTarget = NameServiceSpec["targets"][number];
export type Location = NonNullable<NonNullable<NameServiceSpec["provider"]["aws"]>["locations"]>[number];
export type RecordStatus = z.infer<typeof recordStatus>;
export type TargetStatus = z.infer<typeof targetStatus>;
export type AnswerStatus = NonNullable<NameServiceStatus["answer"]>;

export interface NameService {
  readonly apiVersion: string;
  readonly kind: "NameService";
  readonly metadata: ObjectMeta;
  readonly spec: NameServiceSpec;
  readonly status?: NameServiceStatus;
}

export const nameService = z
  .looseObject({ spec: nameServiceSpec, status: nameServiceStatus.optional() })
  .describe("A DNS name whose records follow the addresses that AccessPoints really have.");
