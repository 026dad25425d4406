import fc from "fast-check";
import { expect, it } from "vitest";
import type { AccessPointStatus, ClusterStatus } from "../../src/api/accesspoint.ts";
import { accessPointStatus } from "../../src/api/accesspoint.ts";
import { capped, MAX_STATUS_BYTES } from "../../src/domain/caps.ts";

const long = (text: string, length: number): string => text.padEnd(length, "x");
const TIME = "2026-01-01T00:00:00.000Z";

// Made once: a thousand clusters share them.
const GATEWAYS = Array.from({ length: 64 }, () => ({
  name: long("gateway-", 253),
  vips: Array.from({ length: 16 }, () => long("vip-", 253)),
  fqdns: Array.from({ length: 100 }, () => long("host-", 253)),
  state: "Degraded" as const,
  reason: "NoEndpoints",
  message: long("no pod ", 300),
  paths: Array.from({ length: 16 }, () => ({
    vip: long("vip-", 253),
    service: long("namespace/name-", 317),
    healthy: false,
    message: long("no pod ", 300),
  })),
}));

const CERTIFICATES = Array.from({ length: 20 }, () => ({
  host: long("host-", 253),
  moreHosts: Array.from({ length: 20 }, () => long("host-", 63)),
  secretName: long("secret-", 253),
  namespace: long("namespace-", 63),
  installed: true,
  version: "0123456789",
  fingerprint: long("sha256:", 71),
  serial: long("5", 64),
  issuer: long("CN=", 253),
  notBefore: TIME,
  notAfter: TIME,
  renewalTime: TIME,
  state: "Invalid" as const,
  reason: "HostsNotCovered" as const,
  message: long("it is for others ", 300),
}));

/** A cluster of which there is as much to say as there can be. */
const troubled = (index: number): ClusterStatus => ({
  name: long(`cluster-${index}-`, 63),
  zone: long("zone-", 63),
  region: long("region-", 63),
  stage: long("stage-", 63),
  revision: long("revision-", 63),
  previousRevision: long("previous-", 63),
  variant: "0123456789abcdef",
  phase: "Failed",
  message: long("it failed ", 300),
  startedAt: TIME,
  progressingSince: TIME,
  verifiedAt: TIME,
  soakingSince: TIME,
  lastObservedTime: TIME,
  objects: {
    total: 64,
    ready: 0,
    problems: Array.from({ length: 5 }, () => ({
      kind: "VirtualService",
      namespace: long("namespace-", 63),
      name: long("name-", 253),
      state: "Failed" as const,
      message: long("refused ", 300),
    })),
    omittedProblems: 59,
  },
  gateways: GATEWAYS,
  certificates: CERTIFICATES,
  routes: { state: "Invalid", messages: Array.from({ length: 5 }, () => long("IST0101 ", 300)) },
});

const statusOf = (clusters: readonly ClusterStatus[]): AccessPointStatus => ({
  rollout: {
    phase: "Failed",
    message: long("everything failed ", 50_000),
    stages: [
      {
        name: "all",
        phase: "Failed",
        clusters: clusters.map(({ name }) => name),
        maxConcurrency: 1,
        maxFailures: 0,
        progressDeadline: "10m",
      },
    ],
  },
  clusters: [...clusters],
  conditions: [
    { type: "Accepted", status: "False", reason: "OverrideFailed", message: long("bad ", 50_000), lastTransitionTime: TIME },
  ],
});

const size = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

it("500 clusters in as much trouble as there can be fit", () => {
  const status = capped(statusOf(Array.from({ length: 500 }, (_, index) => troubled(index))));
  expect(size(status)).toBeLessThanOrEqual(MAX_STATUS_BYTES);
  expect(status.clusters).toHaveLength(500);
  expect(accessPointStatus.safeParse(status).error).toBeUndefined();
});

it("one cluster in trouble tells all that a person reads, and says what it leaves out", () => {
  const [cluster] = capped(statusOf([troubled(0)])).clusters!;
  expect(cluster?.objects?.problems).toHaveLength(5);
  expect(cluster?.objects?.omittedProblems).toBe(59);
  expect(cluster?.gateways).toHaveLength(16);
  expect(cluster?.omittedGateways).toBe(48);
  expect(cluster?.gateways?.[0]).toMatchObject({ omitted: 84 });
  expect(cluster?.certificates).toHaveLength(16);
  expect(cluster?.omittedCertificates).toBe(4);
  expect(cluster?.certificates?.[0]?.moreHosts).toHaveLength(16);
});

it("what is left out is counted, whatever the size of the fleet", () => {
  const status = capped(statusOf(Array.from({ length: 500 }, (_, index) => troubled(index))));
  for (const { objects, gateways = [], omittedGateways = 0, certificates = [], omittedCertificates = 0 } of status.clusters!) {
    expect((objects?.problems?.length ?? 0) + (objects?.omittedProblems ?? 0)).toBe(64);
    expect(gateways.length + omittedGateways).toBe(64);
    expect(certificates.length + omittedCertificates).toBe(20);
  }
});

it("capping what is capped changes nothing", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 120 }), (count) => {
      const once = capped(statusOf(Array.from({ length: count }, (_, index) => troubled(index))));
      expect(capped(once)).toEqual(once);
    }),
    { numRuns: 10 },
  );
});

it("a status that is small enough stays as it is", () => {
  const cluster: ClusterStatus = {
    name: "lvs-1",
    phase: "Ready",
    objects: { total: 6, ready: 6 },
    gateways: [{ name: "web", vips: ["10.0.0.1"], fqdns: ["a.example.com"], state: "Ready" }],
    routes: { state: "Configured" },
  };
  const status: AccessPointStatus = { rollout: { phase: "Completed" }, clusters: [cluster], conditions: [] };
  expect(capped(status)).toEqual(status);
});

it("500 clusters that are well keep every address and every certificate", () => {
  const well = (index: number): ClusterStatus => ({
    name: `us-west-prod-${index}`,
    zone: `us-west-${index}`,
    region: "us-west",
    stage: "rest",
    revision: "checkout-0123456789",
    previousRevision: "checkout-9876543210",
    variant: "0123456789abcdef",
    phase: "Ready",
    startedAt: TIME,
    verifiedAt: TIME,
    objects: { total: 6, ready: 6 },
    gateways: [
      {
        name: "checkout",
        vips: [`10.${index % 250}.0.1`],
        fqdns: ["checkout.example.com"],
        state: "Ready",
        reason: "Exposed",
        paths: [{ vip: `10.${index % 250}.0.1`, service: "istio-ingress/public" }],
      },
    ],
    certificates: [
      {
        host: "checkout.example.com",
        secretName: "checkout-tls",
        installed: true,
        version: "3",
        fingerprint: `sha256:${"0".repeat(64)}`,
        notAfter: TIME,
        state: "Ready",
        reason: "Usable",
      },
    ],
    routes: { state: "Configured" },
  });
  const status = capped(statusOf(Array.from({ length: 500 }, (_, index) => well(index))));
  expect(size(status)).toBeLessThanOrEqual(MAX_STATUS_BYTES);
  for (const { gateways, certificates } of status.clusters!) {
    expect(gateways?.[0]?.vips).toHaveLength(1);
    expect(certificates).toHaveLength(1);
  }
});
