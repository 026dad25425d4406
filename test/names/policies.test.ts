import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ClusterStatus } from "../../src/api/accesspoint.ts";
import { weigh } from "../../src/domain/names/ratio.ts";
import { accessPoint, cluster, member, publication, reasons, type Situation, texts } from "./builders.ts";

const fleet = accessPoint("checkout", [
  cluster("lvs-1", ["10.1.0.1"]),
  cluster("slc-1", ["10.2.0.1"]),
  cluster("rno-1", ["10.3.0.1", "2001:db8::3"]),
]);
const locality = (locations: readonly object[], parts: Situation = {}): Situation => ({
  accessPoints: [fleet],
  spec: { policy: "Locality", provider: { aws: { locations } } },
  ...parts,
});
const west = { name: "west", zones: ["lvs", "slc"], awsRegion: "us-west-2" };
const mountain = { name: "mountain", regions: ["us-mountain"], awsRegion: "us-east-2" };
const inAws = [
  member("lvs-1", { region: "us-west-2" }),
  member("slc-1", { region: "us-west-2" }),
  member("rno-1", { region: "eu-west-1" }),
];

describe("Locality", () => {
  it.each<[string, Situation, readonly string[], readonly string[]]>([
    [
      "by latency: a record set a location",
      locality([west, mountain]),
      [
        "A west 10.1.0.1,10.2.0.1 aws/region=us-west-2",
        "A mountain 10.3.0.1 aws/region=us-east-2",
        "AAAA mountain 2001:db8::3 aws/region=us-east-2",
      ],
      [],
    ],
    [
      "regions with names of AWS regions need no location",
      { ...locality([]), members: inAws },
      [
        "A us-west-2 10.1.0.1,10.2.0.1 aws/region=us-west-2",
        "A eu-west-1 10.3.0.1 aws/region=eu-west-1",
        "AAAA eu-west-1 2001:db8::3 aws/region=eu-west-1",
      ],
      [],
    ],
    [
      "and join the location that is said to lie in that AWS region",
      { ...locality([{ name: "home", zones: ["lvs"], awsRegion: "us-west-2" }]), members: inAws },
      [
        "A home 10.1.0.1,10.2.0.1 aws/region=us-west-2",
        "A eu-west-1 10.3.0.1 aws/region=eu-west-1",
        "AAAA eu-west-1 2001:db8::3 aws/region=eu-west-1",
      ],
      [],
    ],
    [
      "a zone that lies nowhere is left out, and that is said",
      locality([west]),
      ["A west 10.1.0.1,10.2.0.1 aws/region=us-west-2"],
      ["LocationUnknown"],
    ],
    [
      "by geolocation",
      locality([
        { name: "ca", zones: ["lvs"], countryCode: "US", subdivisionCode: "CA" },
        { name: "eu", zones: ["slc"], continentCode: "EU" },
        { name: "world", zones: ["rno"], countryCode: "*" },
      ]),
      [
        "A ca 10.1.0.1 aws/geolocation-country-code=US aws/geolocation-subdivision-code=CA",
        "A eu 10.2.0.1 aws/geolocation-continent-code=EU",
        "A world 10.3.0.1 aws/geolocation-country-code=*",
        "AAAA world 2001:db8::3 aws/geolocation-country-code=*",
      ],
      [],
    ],
    [
      "a region with the name of an AWS region is no place in the world",
      { ...locality([{ name: "world", zones: ["lvs"], countryCode: "*" }]), members: inAws },
      ["A world 10.1.0.1 aws/geolocation-country-code=*"],
      ["LocationUnknown"],
    ],
    [
      "clients of the rest of the world are answered by the others when their location is out",
      locality(
        [
          { name: "us", zones: ["lvs", "rno"], countryCode: "US" },
          { name: "world", zones: ["slc"], countryCode: "*", healthCheckId: "h" },
        ],
        { members: [member("lvs-1"), member("slc-1", { taints: [{ key: "power", effect: "NoExecute" }] }), member("rno-1")] },
      ),
      [
        "A us 10.1.0.1,10.3.0.1 aws/geolocation-country-code=US",
        "AAAA us 2001:db8::3 aws/geolocation-country-code=US",
        "A world 10.1.0.1,10.3.0.1 aws/geolocation-country-code=*",
        "AAAA world 2001:db8::3 aws/geolocation-country-code=*",
      ],
      ["ClusterDrained"],
    ],
    [
      "a location's health check goes with its record sets",
      locality([{ ...west, healthCheckId: "0a1b" }, mountain]),
      [
        "A west 10.1.0.1,10.2.0.1 aws/region=us-west-2 aws/health-check-id=0a1b",
        "A mountain 10.3.0.1 aws/region=us-east-2",
        "AAAA mountain 2001:db8::3 aws/region=us-east-2",
      ],
      [],
    ],
    [
      "one host name a location, where no location has addresses",
      {
        ...locality([west, mountain]),
        accessPoints: [
          accessPoint("checkout", [cluster("lvs-1", ["b.example.net", "a.example.net"]), cluster("rno-1", ["C.example.net."])]),
        ],
      },
      ["CNAME west b.example.net aws/region=us-west-2", "CNAME mountain c.example.net aws/region=us-east-2"],
      ["HostnameNotAllowed"],
    ],
  ])("%s", (_, situation, records, findings) => {
    const published = publication(situation);
    expect(texts(published)).toEqual(records);
    expect(reasons(published)).toEqual(findings);
    expect(published.unsupported).toBeUndefined();
  });

  it("what lies nowhere is told of that cluster", () => {
    expect(publication(locality([west])).targets.at(-1)).toMatchObject({
      cluster: "rno-1",
      state: "LeftOut",
      reason: "LocationUnknown",
    });
  });

  it.each([
    ["without spec.provider.aws", { policy: "Locality" }, /needs spec.provider.aws/],
    [
      "with no location known",
      { policy: "Locality", provider: { aws: {} } },
      /names zone lvs in region us-west, zone slc .*, zone rno in region us-mountain/,
    ],
  ])("becomes a round robin %s, and says so", (_, spec, why) => {
    const published = publication({ accessPoints: [fleet], spec });
    expect(texts(published)).toEqual(["A 10.1.0.1,10.2.0.1,10.3.0.1", "AAAA 2001:db8::3"]);
    expect(published.unsupported).toMatch(why);
    expect(published.findings).toEqual([]);
  });
});

describe("Ratio", () => {
  const ratio = (targets: readonly object[], aws: object | undefined = {}): Situation => ({
    accessPoints: [fleet, accessPoint("canary", [cluster("lvs-1", ["10.1.0.99"])])],
    spec: { policy: "Ratio", targets, provider: { ...(aws ? { aws } : {}) } },
  });

  it.each<[string, Situation, readonly string[]]>([
    [
      "a target's ratio is shared among its zones",
      ratio([
        { accessPoint: "checkout", ratio: 99 },
        { accessPoint: "canary", ratio: 1 },
      ]),
      [
        "A checkout/lvs 33 10.1.0.1",
        "A checkout/slc 33 10.2.0.1",
        "A checkout/rno 33 10.3.0.1",
        "AAAA checkout/rno 33 2001:db8::3",
        "A canary/lvs 1 10.1.0.99",
      ],
    ],
    [
      "a zone that is lost leaves its share to the target's others",
      {
        ...ratio([
          { accessPoint: "checkout", ratio: 50 },
          { accessPoint: "canary", ratio: 50 },
        ]),
        members: [member("lvs-1"), member("slc-1"), member("rno-1", { detaching: true })],
      },
      ["A checkout/lvs 1 10.1.0.1", "A checkout/slc 1 10.2.0.1", "A canary/lvs 2 10.1.0.99"],
    ],
    [
      "hosts, with a health check of their zone's location",
      ratio(
        [
          { host: "10.8.0.1", zone: "lvs", ratio: 3 },
          { host: "10.8.0.2", ratio: 0 },
        ],
        { locations: [{ name: "lvs", zones: ["lvs"], healthCheckId: "h1" }] },
      ),
      ["A 10.8.0.1/lvs 1 10.8.0.1 aws/health-check-id=h1", "A 10.8.0.2 0 10.8.0.2"],
    ],
  ])("%s", (_, situation, records) => {
    const published = publication(situation);
    expect(texts(published)).toEqual(records);
    expect(published.unsupported).toBeUndefined();
  });

  it("what has a ratio of 0 is not called answered beside others, and is when nothing else is left", () => {
    const targets = [
      { host: "10.8.0.1", ratio: 3 },
      { host: "10.8.0.2", ratio: 0 },
    ];
    const told = (wanted: readonly object[]) =>
      publication(ratio(wanted)).targets.map(({ state, reason, message }) => [state, reason, message]);
    expect(told(targets)).toEqual([
      ["Answered", undefined, undefined],
      ["LeftOut", undefined, "its ratio is 0"],
    ]);
    expect(told([...targets, { host: "lb.example.net", ratio: 0 }, { host: "lb.example.org", ratio: 1 }])).toEqual([
      ["Answered", undefined, undefined],
      ["LeftOut", undefined, "its ratio is 0"],
      ["LeftOut", undefined, "its ratio is 0"],
      ["LeftOut", "HostnameNotAllowed", expect.stringMatching(/lb\.example\.org would need a CNAME/)],
    ]);
    expect(told(targets.slice(1))).toEqual([["Answered", undefined, undefined]]);
  });

  it("a cluster with a ratio of 0 keeps its record, too, while it is changed", () => {
    const spec = {
      policy: "Ratio",
      provider: { aws: {} },
      targets: [
        { accessPoint: "checkout", ratio: 0 },
        { host: "10.8.0.1", ratio: 1 },
      ],
    };
    const during = (phase: ClusterStatus["phase"], status?: Situation["status"]) =>
      publication({
        spec,
        accessPoints: [accessPoint("checkout", [cluster("lvs-1", ["10.1.0.1"], { phase })])],
        ...(status ? { status } : {}),
      });
    const before = during("Ready");
    expect(texts(before)).toHaveLength(2);
    const { records, targets } = before;
    expect(texts(during("Verifying", { records: [...records], targets: [...targets] }))).toEqual(texts(before));
    expect(texts(during("Verifying"))).toHaveLength(1);
  });

  it("becomes a round robin without spec.provider.aws, in which a ratio of 0 has no part while another target has one", () => {
    const targets = [
      { host: "10.8.0.1", ratio: 3 },
      { host: "10.8.0.2", ratio: 0 },
    ];
    const published = publication({ spec: { policy: "Ratio", targets } });
    expect(texts(published)).toEqual(["A 10.8.0.1"]);
    expect(published.unsupported).toMatch(/Ratio needs spec.provider.aws/);
    expect(published.targets.map(({ state, message }) => [state, message])).toEqual([
      ["Answered", undefined],
      ["LeftOut", "its ratio is 0"],
    ]);
    const none = targets.map((target) => ({ ...target, ratio: 0 }));
    expect(texts(publication({ spec: { policy: "Ratio", targets: none } }))).toEqual(["A 10.8.0.1,10.8.0.2"]);
  });

  it("a set identifier never exceeds what Route 53 takes, and stays apart from its neighbours", () => {
    const host = (last: string) => `${`${"a".repeat(60)}.`.repeat(3)}${last}.example.net`;
    const targets = [{ host: host("one") }, { host: host("two") }];
    const identifiers = publication({ spec: { policy: "Ratio", targets, provider: { aws: {} } } }).records.map(
      ({ setIdentifier }) => setIdentifier!,
    );
    expect(identifiers.map(({ length }) => length)).toEqual([128, 128]);
    expect(new Set(identifiers).size).toBe(2);
  });
});

describe("weights", () => {
  const share = fc.record({ ratio: fc.integer({ min: 0, max: 1000 }), among: fc.integer({ min: 1, max: 12 }) });

  it("are whole numbers that Route 53 takes, zero for zero alone", () => {
    fc.assert(
      fc.property(fc.array(share, { minLength: 1, maxLength: 20 }), (shares) => {
        const weights = weigh(shares);
        for (const [index, weight] of weights.entries()) {
          expect(Number.isInteger(weight) && weight >= 0 && weight <= 255).toBe(true);
          expect(weight === 0).toBe(shares[index]!.ratio === 0);
        }
      }),
    );
  });

  it("are exact where Route 53 can express that", () => {
    const small = fc.record({ ratio: fc.integer({ min: 1, max: 20 }), among: fc.constantFrom(1, 2, 3, 4) });
    fc.assert(
      fc.property(small, small, (a, b) => {
        const [x, y] = weigh([a, b]) as [number, number];
        expect(x * b.ratio * a.among).toBe(y * a.ratio * b.among);
      }),
    );
  });

  it("one in a thousand is still answered", () => {
    expect(
      weigh([
        { ratio: 999, among: 1 },
        { ratio: 1, among: 1 },
      ]),
    ).toEqual([255, 1]);
  });
});

describe("RoundRobin", () => {
  it.each<[string, readonly string[], readonly string[], readonly string[]]>([
    ["all addresses once, in order", ["10.1.0.2", "10.1.0.1", "10.1.0.2"], ["A 10.1.0.1,10.1.0.2"], []],
    ["a host name alone", ["LB.example.net."], ["CNAME lb.example.net"], []],
    ["a second host name is not possible", ["b.example.net", "a.example.net"], ["CNAME b.example.net"], ["HostnameNotAllowed"]],
    ["nor one next to an address", ["b.example.net", "2001:db8::1"], ["AAAA 2001:db8::1"], ["HostnameNotAllowed"]],
  ])("%s", (_, vips, records, findings) => {
    const published = publication({ accessPoints: [accessPoint("checkout", [cluster("lvs-1", vips)])] });
    expect(texts(published)).toEqual(records);
    expect(reasons(published)).toEqual(findings);
  });
});
