import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { AccessPointStatus, ClusterStatus } from "../../src/api/accesspoint.ts";
import { accessPointStatus } from "../../src/api/accesspoint.ts";
import { capped, isCut, MAX_STATUS_BYTES } from "../../src/domain/caps.ts";
import { entryOf } from "../../src/domain/rollout/entries.ts";

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

/** What a fleet may be like: each of it as much as there can be, or as little. */
const shape = fc.record({
  count: fc.integer({ min: 0, max: 500 }),
  name: fc.integer({ min: 12, max: 63 }),
  text: fc.constantFrom(0, 20, 300),
  letter: fc.constantFrom("x", "é", "字"),
  gateways: fc.constantFrom(0, 1, 2, 16, 64),
  certificates: fc.constantFrom(0, 1, 2, 20),
  problems: fc.integer({ min: 0, max: 5 }),
  inTrouble: fc.constantFrom(0, 1, 3, 500),
  conditions: fc.integer({ min: 0, max: 11 }),
  stages: fc.integer({ min: 1, max: 3 }),
});
type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never;

function statusLike({
  count,
  name,
  text,
  letter,
  gateways,
  certificates,
  problems,
  inTrouble,
  conditions,
  stages,
}: Shape): AccessPointStatus {
  const message = letter.repeat(text);
  const called = (what: string, length = name) => long(what, length);
  const clusters = Array.from({ length: count }, (_, index): ClusterStatus => {
    const failed = index % 500 < inTrouble;
    return {
      ...troubled(index),
      name: called(`cluster-${index}-`),
      zone: called(`zone-${index % 250}-`),
      region: called("region-"),
      stage: called("stage-"),
      variantStage: called("stage-"),
      revision: called("revision-", name + 11),
      previousRevision: called("previous-", name + 11),
      unknownSince: TIME,
      phase: failed ? "Failed" : "Ready",
      message,
      objects: { total: 64, ready: 0, problems: failed ? troubled(0).objects!.problems!.slice(0, problems) : [] },
      gateways: GATEWAYS.slice(0, gateways).map((gateway) => ({ ...gateway, message })),
      certificates: CERTIFICATES.slice(0, certificates).map((certificate) => ({ ...certificate, message })),
      routes: { state: "Configured" },
    };
  });
  const names = clusters.map((cluster) => cluster.name);
  const status = statusOf(clusters);
  return {
    ...status,
    placement: {
      selected: names,
      zones: names.slice(0, 250).map((primary, index) => ({ name: called(`zone-${index}-`), primary })),
      message: message.repeat(10),
    },
    rollout: {
      ...status.rollout!,
      failure: { reason: "MaxFailuresBreached", message: message.repeat(40) },
      stages: Array.from({ length: stages }, (_, stage) => ({
        ...status.rollout!.stages![0]!,
        name: `s${stage}`,
        message: message.repeat(10),
        clusters: names.filter((_, index) => index % stages === stage),
      })),
      diff: Array.from({ length: 30 }, () => ({ stage: "s", cluster: called("c"), object: "Service/web", summary: message })),
    },
    conditions: Array.from({ length: conditions }, (_, index) => ({
      ...status.conditions![0]!,
      type: `T${index}`,
      message: message.repeat(40),
    })),
  };
}

it("whatever the fleet is like: it fits, nothing that a rollout goes by is lost, and what is capped stays as it is", {
  timeout: 120_000,
}, () => {
  fc.assert(
    fc.property(shape, (like) => {
      const status = statusLike(like);
      const once = capped(status);
      expect(size(once)).toBeLessThanOrEqual(MAX_STATUS_BYTES);
      expect(accessPointStatus.safeParse(once).error).toBeUndefined();
      const memory = (clusters: readonly ClusterStatus[] = []) =>
        clusters.map((cluster) => ({ ...entryOf(cluster), region: undefined, phase: cluster.phase }));
      const stages = ({ rollout }: AccessPointStatus) => rollout?.stages?.map(({ clusters }) => clusters);
      // Hundreds of clusters are too many for a difference that is printed.
      expect(isDeepStrictEqual(memory(once.clusters), memory(status.clusters))).toBe(true);
      expect(isDeepStrictEqual(stages(once), stages(status))).toBe(true);
      expect(isDeepStrictEqual(capped(once), once)).toBe(true);
    }),
    { numRuns: 30 },
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

const calm = (index: number, gateways: readonly string[] = ["public", "internal"]): ClusterStatus => ({
  name: `prod-eu-west-cluster-${index}`,
  zone: `eu-west-zone-${index % 60}`,
  region: "eu-west",
  stage: "rest",
  revision: "checkout-1f0c2b9a41",
  variant: "0123456789abcdef",
  startedAt: TIME,
  progressingSince: TIME,
  verifiedAt: TIME,
  phase: "Ready",
  objects: { total: 6, ready: 6 },
  gateways: gateways.map((name) => ({
    name,
    vips: [`10.0.${index >> 8}.${index & 255}`, "2001:db8::1"],
    fqdns: ["checkout.example.com", "api.checkout.example.com"],
    ports: [80, 443],
    state: "Ready",
    reason: "Exposed",
    paths: [`10.0.${index >> 8}.${index & 255}`, "2001:db8::1"].map((vip) => ({ vip, service: "istio-ingress/ingressgateway" })),
  })),
  certificates: ["a", "b"].map((name) => ({
    host: "checkout.example.com",
    secretName: `checkout-${name}`,
    namespace: "istio-ingress",
    installed: true,
    version: "3",
    fingerprint: long("sha256:", 71),
    serial: long("5", 36),
    issuer: "CN=Corp CA",
    notBefore: TIME,
    notAfter: TIME,
    state: "Ready",
    reason: "Usable",
  })),
  routes: { state: "Configured" },
});

const fleetOf = (count: number, make: (index: number) => ClusterStatus = calm) =>
  capped(statusOf(Array.from({ length: count }, (_, index) => make(index)))).clusters!;

it("350 clusters with two Gateways keep all of their addresses, ports and certificates", () => {
  for (const [index, { gateways, certificates }] of fleetOf(350).entries()) {
    const { vips, fqdns, ports } = calm(index).gateways![0]!;
    expect(gateways).toMatchObject(["public", "internal"].map((name) => ({ name, vips, fqdns, ports })));
    expect(certificates?.map(({ secretName }) => secretName)).toEqual(["checkout-a", "checkout-b"]);
  }
});

it("what is wrong is told first, where not all is told", () => {
  const names = Array.from({ length: 20 }, (_, index) => `gateway-${index}`);
  const many = (index: number): ClusterStatus => {
    const { gateways = [], certificates = [], ...cluster } = calm(index, names);
    const [certificate] = certificates;
    return {
      ...cluster,
      gateways: gateways.map((gateway) => (gateway.name === "gateway-19" ? { ...gateway, state: "Degraded" } : gateway)),
      certificates: [...names, "late"].map((secretName) => ({
        ...certificate!,
        secretName,
        ...(secretName === "late" ? { state: "Expired" } : secretName === "gateway-7" ? { notAfter: "2025-01-01T00:00:00Z" } : {}),
      })),
    };
  };
  for (const count of [1, 200]) {
    const [cluster] = fleetOf(count, many);
    expect(cluster?.gateways?.[0]).toMatchObject({ name: "gateway-19", state: "Degraded" });
    expect(cluster?.certificates?.slice(0, 2).map(({ secretName }) => secretName)).toEqual(["late", "gateway-7"]);
    expect(isCut(cluster!)).toBe(true);
  }
  expect(isCut(fleetOf(1)[0]!)).toBe(false);
});

it("one cluster that has much to tell does not silence the others, and those in trouble are heard before those that are well", () => {
  const loud = fleetOf(200, (index) => (index === 7 ? troubled(index) : calm(index)));
  expect(loud.filter(isCut).map(({ name }) => name)).toEqual([loud[7]!.name]);
  const failing = fleetOf(500, (index) =>
    index === 499 ? { ...calm(index), phase: "Failed", message: long("why ", 300) } : calm(index),
  );
  expect(failing[499]?.message).toHaveLength(300);
  expect(failing[499]?.gateways).toEqual(calm(499).gateways);
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
