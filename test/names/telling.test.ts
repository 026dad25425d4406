import { describe, expect, it } from "vitest";
import type { NameServiceStatus, RecordStatus } from "../../src/api/nameservice.ts";
import { judgeAnswer } from "../../src/domain/names/answer.ts";
import { describeChanges } from "../../src/domain/names/notes.ts";
import { canonical, recordType, serves } from "../../src/domain/names/values.ts";

const a = (values: readonly string[], setIdentifier?: string, weight?: number): RecordStatus => ({
  type: "A",
  values: [...values],
  ttl: 30,
  ...(setIdentifier ? { setIdentifier } : {}),
  ...(weight === undefined ? {} : { weight }),
});

describe("Events", () => {
  const condition = (type: string, reason: string) => ({
    type,
    status: "False" as const,
    reason,
    message: `about ${reason}`,
    lastTransitionTime: "",
  });
  it.each<[string, NameServiceStatus | undefined, NameServiceStatus, readonly string[]]>([
    ["first records", undefined, { records: [a(["10.0.0.1"])] }, ["Normal RecordsChanged: A: none → 10.0.0.1"]],
    [
      "changed ones, from what to what",
      { records: [a(["10.0.0.1", "10.0.0.2"])] },
      { records: [a(["10.0.0.1"])] },
      ["Normal RecordsChanged: A: 10.0.0.1, 10.0.0.2 → 10.0.0.1"],
    ],
    [
      "only those sets that changed",
      { records: [a(["10.0.0.1"], "lvs", 1), a(["10.0.0.2"], "slc", 1)] },
      { records: [a(["10.0.0.1"], "lvs", 1), a(["10.0.0.2"], "slc", 2)] },
      ["Normal RecordsChanged: A slc: 10.0.0.2 (weight 1) → 10.0.0.2 (weight 2)"],
    ],
    ["nothing for what stays", { records: [a(["10.0.0.1"])] }, { records: [a(["10.0.0.1"])] }, []],
    ["a hold", {}, { conditions: [condition("Resolved", "Held")] }, ["Warning RecordsHeld: about Held"]],
    [
      "and not again while it lasts",
      { conditions: [condition("Resolved", "Held")] },
      { conditions: [condition("Resolved", "Held")] },
      [],
    ],
    [
      "a location without a cluster",
      {},
      { conditions: [condition("Accepted", "ValidWithWarnings")] },
      ["Warning ValidWithWarnings: about ValidWithWarnings"],
    ],
    [
      "a name that is taken",
      { records: [a(["10.0.0.1"])] },
      { conditions: [condition("Accepted", "FqdnTaken")] },
      ["Normal RecordsChanged: A: 10.0.0.1 → none", "Warning FqdnTaken: about FqdnTaken"],
    ],
  ])("tell of %s", (_, before, after, expected) => {
    expect(describeChanges(before, after).map(({ type, reason, message }) => `${type} ${reason}: ${message}`)).toEqual(expected);
  });
});

describe("a resolver's answer", () => {
  const answer = (values: Partial<Record<RecordStatus["type"], readonly string[]>>) => ({
    values: new Map(Object.entries(values) as [RecordStatus["type"], readonly string[]][]),
  });
  const sets = [a(["10.0.0.1"], "lvs"), a(["10.0.0.2", "10.0.0.3"], "slc")];
  it.each<[string, readonly RecordStatus[], Parameters<typeof judgeAnswer>[2], object]>([
    ["all values, in any order", [a(["10.0.0.1", "10.0.0.2"])], answer({ A: ["10.0.0.2", "10.0.0.1"] }), { state: "AsRequested" }],
    ["one too few", [a(["10.0.0.1", "10.0.0.2"])], answer({ A: ["10.0.0.2"] }), { state: "Differs", values: ["10.0.0.2"] }],
    ["nothing", [a(["10.0.0.1"])], answer({ A: [] }), { state: "Differs", values: [] }],
    ["one of the sets of a policy", sets, answer({ A: ["10.0.0.3", "10.0.0.2"] }), { state: "AsRequested" }],
    ["parts of two sets", sets, answer({ A: ["10.0.0.1", "10.0.0.2"] }), { state: "Differs", values: ["10.0.0.1", "10.0.0.2"] }],
    [
      "one type right, the other wrong",
      [a(["10.0.0.1"]), { type: "AAAA", values: ["2001:db8::1"], ttl: 1 }],
      answer({ A: ["10.0.0.1"], AAAA: ["2001:db8::2"] }),
      { state: "Differs", values: ["10.0.0.1", "2001:db8::2"] },
    ],
    [
      "a CNAME in capitals, with a dot",
      [{ type: "CNAME", values: ["lb.example.net"], ttl: 1 }],
      answer({ CNAME: ["LB.example.net."] }),
      { state: "AsRequested" },
    ],
    [
      "addresses in place of a CNAME",
      [{ type: "CNAME", values: ["lb.example.net"], ttl: 1 }],
      answer({ CNAME: [], A: ["192.0.2.1"], AAAA: [] }),
      { state: "Alias" },
    ],
    [
      "another CNAME, whatever its addresses",
      [{ type: "CNAME", values: ["lb.example.net"], ttl: 1 }],
      answer({ CNAME: ["other.example.net"], A: ["192.0.2.1"] }),
      { state: "Differs", values: ["other.example.net"] },
    ],
    [
      "neither a CNAME nor addresses",
      [{ type: "CNAME", values: ["lb.example.net"], ttl: 1 }],
      answer({ CNAME: [], A: [], AAAA: [] }),
      { state: "Differs", values: [] },
    ],
    ["silence", sets, { failure: "queryA ETIMEOUT" }, { state: "Silent", message: "queryA ETIMEOUT" }],
  ])("%s", (_, records, given, expected) => {
    expect(judgeAnswer(records, "10.0.0.10:53", given)).toEqual({ server: "10.0.0.10:53", ...expected });
  });
});

describe("values", () => {
  it.each([
    ["10.0.0.1", "A", "10.0.0.1"],
    ["2001:DB8:0:0:0:0:0:1", "AAAA", "2001:db8::1"],
    ["LB.Example.NET.", "CNAME", "lb.example.net"],
    ["a_b.example.net", "CNAME", "a_b.example.net"],
  ])("%s is an %s: %s", (value, type, expected) => {
    expect([recordType(canonical(value)!), canonical(value)]).toEqual([type, expected]);
  });

  it.each(["", "10.0.0.300", "10.0.0", "fe80::1%eth0", "<html>", "a..b", "-a.example", "x".repeat(254), "a b.example"])(
    "%j is none",
    (value) => {
      expect(canonical(value)).toBeUndefined();
    },
  );

  it.each<[string, string, boolean]>([
    ["checkout.example.com", "Checkout.Example.com", true],
    ["*.example.com", "checkout.example.com", true],
    ["*.example.com", "a.checkout.example.com", true],
    ["*.example.com", "example.com", false],
    ["checkout.example.com", "example.com", false],
    ["*.example.com", "*.example.com", true],
  ])("host %s serves %s: %s", (host, fqdn, expected) => {
    expect(serves(host, fqdn)).toBe(expected);
  });
});
