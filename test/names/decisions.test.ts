import { describe, expect, it } from "vitest";
import type { NameServiceStatus } from "../../src/api/nameservice.ts";
import { nameServiceStatus } from "../../src/api/nameservice.ts";
import { claimedName } from "../../src/domain/names/claims.ts";
import { dnsEndpoint } from "../../src/domain/names/endpoint.ts";
import type { Outcome } from "../../src/domain/names/outcome.ts";
import { report } from "../../src/domain/names/report.ts";
import { accessPoint, cluster, decided, nameService, publication, type Situation, texts } from "./builders.ts";

const NOW = new Date("2026-01-03T00:00:00Z");
const STANDS: Outcome = { state: "Stands", read: true, written: false };

const reported = (situation: Situation = {}, outcome: Outcome = STANDS, answer?: NameServiceStatus["answer"]): NameServiceStatus =>
  report(nameService(situation), decided(situation), outcome, answer, NOW);

const conditions = (status: NameServiceStatus): Readonly<Record<string, string>> =>
  Object.fromEntries((status.conditions ?? []).map(({ type, status, reason }) => [type, `${status} ${reason}`]));

const message = (status: NameServiceStatus, type: string): string | undefined =>
  status.conditions?.find((condition) => condition.type === type)?.message;

const down: Situation = {
  accessPoints: [
    accessPoint("checkout", [
      cluster("lvs-1", ["10.1.0.1"], { phase: "Unreachable" }),
      cluster("slc-1", ["10.2.0.1"], { phase: "Failed", message: "routes are invalid" }),
    ]),
  ],
};

describe("when nothing is ready", () => {
  it("the last known records stay, with the TTL of now", () => {
    const status = reported();
    const held = publication({ ...down, status, spec: { ttlSeconds: 5 } });
    expect(held).toMatchObject({ action: "Publish", held: true });
    expect(held.records).toEqual([{ type: "A", values: ["10.1.0.1", "10.2.0.1"], ttl: 5 }]);
    expect(held.targets.map(({ cluster, state }) => [cluster, state])).toEqual([
      ["lvs-1", "Held"],
      ["slc-1", "Held"],
    ]);
    const after = reported({ ...down, status });
    expect(conditions(after)).toMatchObject({ Resolved: "False Held", Published: "True Read" });
    expect(message(after, "Resolved")).toBe(
      "nothing is ready, the last known records stay; spec.targets[0]: lvs-1 is Unreachable; spec.targets[0]: slc-1 is Failed: routes are invalid",
    );
  });

  it("for as long as it takes", () => {
    let status = reported();
    for (let pass = 0; pass < 3; pass++) status = reported({ ...down, status });
    expect(texts(publication({ ...down, status }))).toEqual(["A 10.1.0.1,10.2.0.1"]);
  });

  it("also when the AccessPoint itself is gone", () => {
    const held = publication({ accessPoints: [], status: reported() });
    expect(texts(held)).toEqual(["A 10.1.0.1,10.2.0.1"]);
    expect(held.held).toBe(true);
  });

  it("nothing is invented where nothing was known", () => {
    expect(publication(down).records).toEqual([]);
    expect(conditions(reported(down, { state: "Nothing" }))).toEqual({
      Accepted: "True Valid",
      Resolved: "False NoAddress",
      Published: "False NothingToPublish",
    });
  });
});

describe("zones and regions that no cluster is in", () => {
  const locations = [
    { name: "west", zones: ["lvs", "slx"], awsRegion: "us-west-2" },
    { name: "east", regions: ["us-east"], awsRegion: "us-east-1" },
  ];
  const spec = {
    policy: "Locality",
    targets: [{ accessPoint: "checkout" }, { host: "192.0.2.1", zone: "lvx" }],
    provider: { aws: { locations } },
  };
  const text =
    'spec.targets[1].zones: no MemberCluster is in zone "lvx"; did you mean "lvs"?; ' +
    'spec.provider.aws.locations[west].zones: no MemberCluster is in zone "slx"; did you mean "slc"?; ' +
    'spec.provider.aws.locations[east].regions: no MemberCluster is in region "us-east"; did you mean "us-west"?';

  it("are told, and hold nothing", () => {
    const status = reported({ spec });
    expect(conditions(status)["Accepted"]).toBe("True ValidWithWarnings");
    expect(message(status, "Accepted")).toBe(text);
    expect(status.records).not.toEqual([]);
  });

  it("are told beside a rival", () => {
    const status = reported({ spec, rivals: [{ key: "pay/checkout", createdAt: "2026-01-03T00:00:00Z" }] });
    expect(conditions(status)["Accepted"]).toBe("True Contested");
    expect(message(status, "Accepted")).toContain(`this one is older and keeps it; ${text}`);
  });
});

describe("two that name one FQDN", () => {
  const rival = (createdAt: string, key = "pay/checkout"): Situation => ({ rivals: [{ key, createdAt }] });

  it.each<[string, Situation, string, RegExp]>([
    [
      "the older one keeps it",
      rival("2026-01-03T00:00:00Z"),
      "True Contested",
      /pay\/checkout names the same FQDN; this one is older/,
    ],
    ["the younger one publishes nothing", rival("2026-01-01T00:00:00Z"), "False FqdnTaken", /pay\/checkout is older/],
    ["of one age, the first by name keeps it", rival("2026-01-02T00:00:00Z"), "False FqdnTaken", /pay\/checkout/],
    ["and the second does not", rival("2026-01-02T00:00:00Z", "zoo/a"), "True Contested", /zoo\/a/],
  ])("%s", (_, situation, expected, text) => {
    const status = reported(situation);
    expect(conditions(status)["Accepted"]).toBe(expected);
    expect(message(status, "Accepted")).toMatch(text);
  });

  it("the younger one's status shows no records, and nothing of it stays to be held later", () => {
    const status = reported({ ...rival("2026-01-01T00:00:00Z"), status: reported() }, { state: "Nothing" });
    expect(status).toEqual({ observedGeneration: 1, conditions: expect.any(Array) });
    expect(conditions(status)).toMatchObject({ Resolved: "Unknown NotAccepted", Published: "False NotAccepted" });
    expect(publication({ ...down, status }).records).toEqual([]);
  });

  const allowed = (...domains: readonly string[]) => ({
    rights: domains.map((right) => ({ namespace: right.split("=")[0]!, domain: right.split("=")[1]! })),
  });
  it.each<[string, Situation, string]>([
    ["anybody, where the platform says nothing", {}, "True Valid"],
    ["whom the platform lets have the name itself", allowed("shop=checkout.example.com"), "True Valid"],
    ["or all names of a domain", allowed("pay=pay.example.com", "shop=example.com"), "True Valid"],
    ["or lets everybody have them", allowed("*=example.com"), "True Valid"],
    ["nobody else", allowed("pay=example.com"), "False FqdnNotAllowed"],
    ["nobody, where it lets nobody", allowed(), "False FqdnNotAllowed"],
    ["no name that only ends like the domain", allowed("shop=out.example.com"), "False FqdnNotAllowed"],
    ["no wildcard above the domain", { spec: { fqdn: "*.example.com" }, ...allowed("shop=a.example.com") }, "False FqdnNotAllowed"],
    ["a wildcard of the domain", { spec: { fqdn: "*.Example.com" }, ...allowed("shop=example.com") }, "True Valid"],
    ["nobody by a mistake elsewhere", { spec: { ttlSeconds: 0 }, ...allowed("pay=example.com") }, "False FqdnNotAllowed"],
  ])("has it: %s", (_, situation, expected) => {
    expect(conditions(reported(situation))["Accepted"]).toBe(expected);
  });

  it("who may not have it takes it from nobody, shows no records, and is told what it may have", () => {
    const older = { ...rival("2026-01-01T00:00:00Z"), ...allowed("shop=example.com") };
    expect(conditions(reported(older))["Accepted"]).toBe("True Valid");
    const forbidden = reported(
      { ...allowed("pay=example.com", "shop=a.org", "*=b.org"), status: reported() },
      { state: "Nothing" },
    );
    expect(forbidden).toEqual({ observedGeneration: 1, conditions: expect.any(Array) });
    expect(message(forbidden, "Accepted")).toMatch(/lets this namespace have names of a\.org, b\.org \(--fqdn-namespaces\)/);
  });

  it("names are compared without regard to case; who is being deleted claims none", () => {
    expect(claimedName(nameService({ spec: { fqdn: "Checkout.Example.COM" } }))).toBe("checkout.example.com");
    expect(claimedName(nameService({ metadata: { deletionTimestamp: "2026-01-03T00:00:00Z" } }))).toBeUndefined();
  });
});

describe("what is refused", () => {
  const aws = (policy: string, ...locations: readonly object[]) => ({ policy, provider: { aws: { locations } } });
  it.each<[string, object, RegExp]>([
    ["a TTL of 0", { ttlSeconds: 0 }, /^spec\.ttlSeconds: /],
    ["no target", { targets: [] }, /^spec\.targets: /],
    ["an unknown field", { owner: "me" }, /^spec: .*owner/],
    ["a name of one label", { fqdn: "checkout" }, /^spec\.fqdn: /],
    [
      "a target twice",
      { targets: [{ host: "a.example.net" }, { host: "a.example.net" }] },
      /^spec\.targets\[1\]: a\.example\.net stands in the list twice/,
    ],
    ["a target that is nothing", { targets: [{ ratio: 1 }] }, /^spec\.targets\[0\]: a target is either/],
    [
      "an address that is none",
      { targets: [{ host: "10.0.0.300" }] },
      /^spec\.targets\[0\]\.host: 10\.0\.0\.300 is neither an IPv4 or IPv6 address nor/,
    ],
    ["a name that leads to itself", { targets: [{ host: "CHECKOUT.example.com" }] }, /would lead to itself/],
    ["locations with RoundRobin", aws("RoundRobin", { name: "a", zones: ["lvs"], healthCheckId: "h" }), /choose Locality or Ratio/],
    ["a location that lies nowhere", aws("Locality", { name: "a", zones: ["lvs"] }), /locations\[a\]: Locality needs awsRegion/],
    [
      "two locations in one AWS region",
      aws("Locality", { name: "a", zones: ["lvs"], awsRegion: "us-west-2" }, { name: "b", zones: ["slc"], awsRegion: "us-west-2" }),
      /locations\[b\]: us-west-2 stands in two locations/,
    ],
    [
      "latency next to geolocation",
      aws("Locality", { name: "a", zones: ["lvs"], awsRegion: "us-west-2" }, { name: "b", zones: ["slc"], countryCode: "*" }),
      /locations\[a\]\.awsRegion: Route 53 does not mix/,
    ],
    [
      "geolocation without the rest of the world",
      aws("Locality", { name: "a", zones: ["lvs"], countryCode: "US" }),
      /one location needs countryCode "\*"/,
    ],
  ])("%s", (_, spec, text) => {
    const decision = decided({ spec: spec as Situation["spec"] & object });
    expect(decision.action).toBe("Refuse");
    const before = reported();
    const status = reported({ spec: spec as Situation["spec"] & object, status: before });
    expect(conditions(status)).toEqual({
      Accepted: "False InvalidSpec",
      Resolved: "Unknown NotAccepted",
      Published: "False NotAccepted",
    });
    expect(message(status, "Accepted")).toMatch(text);
    // What was published before stays, and stays reported.
    expect(status.records).toEqual(before.records);
  });

  it.each(["checkout.example.com", "*.shop.example.com", "XN--bcher-kva.example"])("%s is a name", (fqdn) => {
    expect(decided({ spec: { fqdn } }).action).toBe("Publish");
  });
});

describe("what is reported", () => {
  it("records, where they came from, and that they were handed over", () => {
    const status = reported({}, { state: "Stands", read: false, written: true });
    expect(status).toMatchObject({
      observedGeneration: 1,
      records: [{ type: "A", values: ["10.1.0.1", "10.2.0.1"], ttl: 60 }],
      summary: "10.1.0.1,10.2.0.1",
      dnsEndpoint: "checkout",
      requestedAt: NOW.toISOString(),
    });
    expect(conditions(status)).toEqual({ Accepted: "True Valid", Resolved: "True AllAnswered", Published: "False Requested" });
    expect(nameServiceStatus.parse(status)).toEqual(status);
  });

  it("an unchanged situation is an unchanged status, however late", () => {
    const first = reported({}, { state: "Stands", read: true, written: true });
    const second = report(nameService({ status: first }), decided({ status: first }), STANDS, undefined, new Date("2027-01-01"));
    expect(second).toEqual(first);
  });

  const PLAIN: Situation = { spec: { policy: "Locality" } };
  it.each<[string, Situation, Outcome, NameServiceStatus["answer"], string]>([
    ["not read yet", {}, { state: "Stands", read: false, written: false }, undefined, "False Requested"],
    ["read", {}, STANDS, undefined, "True Read"],
    ["read, but without the policy", PLAIN, STANDS, undefined, "True PolicyNotSupported"],
    ["answered", {}, STANDS, { server: "s", state: "AsRequested" }, "True Answered"],
    ["answered, but without the policy", PLAIN, STANDS, { server: "s", state: "AsRequested" }, "True PolicyNotSupported"],
    ["answered by an alias", {}, STANDS, { server: "s", state: "Alias" }, "True Answered"],
    ["answered otherwise", {}, STANDS, { server: "s", state: "Differs", values: ["10.9.9.9"] }, "False AnswerDiffers"],
    ["not answered", {}, STANDS, { server: "s", state: "Silent", message: "timeout" }, "Unknown ResolverSilent"],
    ["no CRD", {}, { state: "ExternalDnsMissing", message: "m" }, undefined, "False ExternalDnsMissing"],
    ["somebody else's", {}, { state: "EndpointNotOurs", message: "m" }, undefined, "False EndpointNotOurs"],
  ])("%s", (_, situation, outcome, answer, expected) => {
    expect(conditions(reported(situation, outcome, answer))["Published"]).toBe(expected);
  });

  it("the worst reason of several counts, and all are told", () => {
    const accessPoints = [
      accessPoint("checkout", [
        cluster("lvs-1", ["10.1.0.1"]),
        cluster("slc-1", []),
        cluster("rno-1", ["10.3.0.1"], { phase: "Unreachable" }),
      ]),
    ];
    const status = reported({ accessPoints });
    expect(conditions(status)["Resolved"]).toBe("False ClusterNotReady");
    expect(message(status, "Resolved")).toBe(
      "1 of 3 answered; spec.targets[0]: Gateway web is Pending; spec.targets[0]: rno-1 is Unreachable",
    );
  });

  it("500 clusters in trouble fit", () => {
    const clusters = Array.from({ length: 700 }, (_, index) =>
      cluster(`c-${index}`, ["10.1.0.1"], { phase: "Failed", message: "x".repeat(300) }),
    );
    const status = reported({ accessPoints: [accessPoint("checkout", clusters)] });
    expect(status.targets).toHaveLength(500);
    expect(status.omittedTargets).toBe(200);
    expect(JSON.stringify(status).length).toBeLessThan(512 * 1024);
  });

  it("the printer column shows three values and how many more there are", () => {
    const vips = Array.from({ length: 5 }, (_, index) => `10.1.0.${index + 1}`);
    const situation = { accessPoints: [accessPoint("checkout", [cluster("lvs-1", vips)])] };
    expect(reported(situation).summary).toBe("10.1.0.1,10.1.0.2,10.1.0.3 +2");
  });
});

it("the DNSEndpoint has external-dns's own fields, and belongs to the NameService", () => {
  const { records } = publication({
    spec: {
      policy: "Ratio",
      ttlSeconds: 30,
      targets: [{ accessPoint: "checkout", ratio: 99 }],
      provider: { aws: { locations: [{ name: "lvs", zones: ["lvs"], healthCheckId: "h" }] } },
    },
  });
  expect(dnsEndpoint(nameService(), "Checkout.example.com", records)).toEqual({
    apiVersion: "externaldns.k8s.io/v1alpha1",
    kind: "DNSEndpoint",
    metadata: {
      name: "checkout",
      namespace: "shop",
      labels: { "app.kubernetes.io/managed-by": "federated-accesspoint", "accesspoint.dev/uid": "uid-1" },
      ownerReferences: [
        { apiVersion: "accesspoint.dev/v1alpha1", kind: "NameService", name: "checkout", uid: "uid-1", controller: true },
      ],
    },
    spec: {
      endpoints: [
        {
          dnsName: "checkout.example.com",
          recordType: "A",
          recordTTL: 30,
          targets: ["10.1.0.1"],
          setIdentifier: "checkout/lvs",
          providerSpecific: [
            { name: "aws/weight", value: "1" },
            { name: "aws/health-check-id", value: "h" },
          ],
        },
        {
          dnsName: "checkout.example.com",
          recordType: "A",
          recordTTL: 30,
          targets: ["10.2.0.1"],
          setIdentifier: "checkout/slc",
          providerSpecific: [{ name: "aws/weight", value: "1" }],
        },
      ],
    },
  });
});
