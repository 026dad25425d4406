import { describe, expect, it } from "vitest";
import type { NameServiceStatus } from "../../src/api/nameservice.ts";
import { type GivenName, namesGiven, namesOf } from "../../src/domain/names/given.ts";
import { nameService, type Situation } from "./builders.ts";

const accepted = (status: "True" | "False") =>
  ({ conditions: [{ type: "Accepted", status, reason: "Valid", message: "", lastTransitionTime: "" }] }) as NameServiceStatus;

describe("names that a NameService gives", () => {
  it.each<[string, Situation, readonly GivenName[]]>([
    ["its FQDN, as names are compared", { spec: { fqdn: "Checkout.Example.COM" } }, [{ fqdn: "checkout.example.com" }]],
    [
      "to one Gateway",
      { spec: { targets: [{ accessPoint: "checkout", gateway: "web" }] } },
      [{ fqdn: "checkout.example.com", gateway: "web" }],
    ],
    ["to another AccessPoint", { spec: { targets: [{ accessPoint: "other" }, { host: "192.0.2.1" }] } }, []],
    ["to an AccessPoint of another namespace", { metadata: { namespace: "money" } }, []],
    ["once it has the name", { status: accepted("True") }, [{ fqdn: "checkout.example.com" }]],
    ["not while somebody else has it", { status: accepted("False") }, []],
    ["not while it goes", { metadata: { deletionTimestamp: "2026-01-03T00:00:00Z" } }, []],
    ["nothing, where it says nothing", { spec: { targets: null } }, []],
  ])("%s", (_, situation, expected) => {
    expect(namesGiven(nameService(situation), "shop/checkout")).toEqual(expected);
  });

  const web = { name: "web", hosts: ["*.example.com"] };
  const any = { name: "any", hosts: ["*"] };
  const other = { name: "other", hosts: ["a.example.net"] };
  const name = { fqdn: "a.example.com" };

  it.each<[string, typeof any, readonly (typeof any)[], GivenName, boolean]>([
    ["a Gateway for any host has it", any, [any, other], name, true],
    ["a Gateway that serves it by a wildcard has it", web, [web, any], name, true],
    ["a Gateway for any host has it not, where another one names it", any, [web, any], name, false],
    ["but where it is meant", any, [web, any], { ...name, gateway: "any" }, true],
    ["a Gateway that is not meant has it not", web, [web, any], { ...name, gateway: "any" }, false],
    ["a Gateway for other hosts has it not, even where it is meant", other, [other], { ...name, gateway: "other" }, false],
  ])("%s", (_, gateway, all, given, has) => {
    expect(namesOf(gateway, all, [given])).toEqual(has ? ["a.example.com"] : []);
  });
});
