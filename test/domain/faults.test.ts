import { expect, it } from "vitest";
import { type Complaint, type Fault, saidOnce } from "../../src/domain/render-error.ts";

const fault = (why: string): Fault => ({ reason: "OverrideFailed", field: "spec.overrides", subject: "override o", why });
const of = (cluster: string, why: string, stage?: string): Complaint => ({
  faults: [fault(why)],
  cluster,
  ...(stage === undefined ? {} : { stage }),
});
const names = Array.from({ length: 300 }, (_, index) => `c${index}`);

it.each<[string, readonly Complaint[], readonly string[]]>([
  ["of one cluster", [of("a", "no")], ["override o for cluster a: no"]],
  [
    "of hundreds, the first by name and all of them counted",
    names.map((name) => of(name, "no")),
    ["override o for clusters c0, c1, c2, c3, c4 and 295 more: no"],
  ],
  [
    "each for the clusters that it is true of",
    [of("a", "no"), of("b", "never"), of("c", "no")],
    ["override o for clusters a, c: no", "override o for cluster b: never"],
  ],
  [
    "of a stage where it is true there alone",
    [of("a", "no", "canary"), of("b", "no", "canary")],
    ["override o for clusters a, b in stage canary: no"],
  ],
  ["of the end, where it is true on the way as well", [of("a", "no"), of("a", "no", "canary")], ["override o for cluster a: no"]],
])("what is wrong is said once: %s", (_, complaints, expected) => {
  expect(saidOnce(complaints).map(({ message }) => message)).toEqual(expected);
});
