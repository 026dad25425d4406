import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Member } from "../../src/domain/selection.ts";
import { FLEET, member, placed } from "./builders.ts";

const zone = fc.constantFrom("lvs", "rno", "slc");
const fleet = fc
  .uniqueArray(
    fc.record({
      id: fc.integer({ min: 1, max: 60 }),
      zone,
      env: fc.constantFrom("prod", "test"),
      unschedulable: fc.boolean(),
      tainted: fc.constantFrom(undefined, "NoSchedule", "NoExecute"),
    }),
    { selector: ({ id }) => id, minLength: 1, maxLength: 24 },
  )
  .map((all) =>
    all.map(
      ({ id, zone, env, unschedulable, tainted }): Member =>
        member(`c-${id}`, {
          zone,
          role: "Remote",
          labels: { env },
          unschedulable,
          ...(tainted ? { taints: [{ key: "k", effect: tainted as "NoSchedule" }] } : {}),
        }),
    ),
  );
const seed = fc.string({ minLength: 1, maxLength: 8 });
const count = fc.integer({ min: 1, max: 12 });

const qualifying = (members: readonly Member[]) => members.filter(({ unschedulable, taints }) => !unschedulable && !taints);

describe("whatever the fleet", () => {
  it("the order of members and of selectors does not matter", () => {
    fc.assert(
      fc.property(fleet, seed, count, fc.infiniteStream(fc.nat()), (members, seed, numberOfClusters, random) => {
        const order = new Map(members.map(({ name }) => [name, random.next().value]));
        const shuffled = members.toSorted((a, b) => order.get(a.name)! - order.get(b.name)!);
        const expressions = [
          { key: "env", operator: "In", values: ["prod", "test"] },
          { key: "x", operator: "DoesNotExist" },
        ];
        const one = { numberOfClusters, zones: ["lvs", "slc"], clusterSelector: { matchExpressions: expressions } };
        const other = { clusterSelector: { matchExpressions: expressions.toReversed() }, zones: ["slc", "lvs"], numberOfClusters };
        expect(placed(other, { fleet: shuffled, seed }).status).toEqual(placed(one, { fleet: members, seed }).status);
      }),
    );
  });

  it("a cluster that joins moves no other", () => {
    fc.assert(
      fc.property(fleet, zone, seed, count, (members, zone, seed, numberOfClusters) => {
        const before = placed({ numberOfClusters }, { fleet: members, seed }).status;
        const joined = [...members, member("joiner-1", { zone })];
        const after = placed({ numberOfClusters }, { fleet: joined, seed, before }).status.selected;
        expect(after.filter((name) => name !== "joiner-1")).toEqual(before.selected);
      }),
    );
  });

  it("the number is met whenever so many qualify, and never exceeded", () => {
    fc.assert(
      fc.property(
        fleet,
        seed,
        count,
        fc.subarray(FLEET.map((_, index) => `c-${index + 1}`)),
        (members, seed, numberOfClusters, selected) => {
          const { status } = placed({ numberOfClusters }, { fleet: members, seed, before: { selected } });
          expect(status.selected).toHaveLength(Math.min(numberOfClusters, qualifying(members).length));
        },
      ),
    );
  });

  it("a fresh choice is spread: no zone has two more than a zone that has some left", () => {
    fc.assert(
      fc.property(fleet, seed, count, (members, seed, numberOfClusters) => {
        const selected = new Set(placed({ numberOfClusters }, { fleet: members, seed }).status.selected);
        const zones = Map.groupBy(qualifying(members), (cluster) => cluster.zone);
        const used = [...zones.values()].map((clusters) => ({
          chosen: clusters.filter(({ name }) => selected.has(name)).length,
          left: clusters.some(({ name }) => !selected.has(name)),
        }));
        const most = Math.max(0, ...used.map(({ chosen }) => chosen));
        for (const { chosen, left } of used) if (left) expect(most - chosen).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("what was chosen stays chosen as long as it qualifies and the number does not shrink", () => {
    fc.assert(
      fc.property(fleet, seed, count, fc.integer({ min: 0, max: 5 }), (members, seed, numberOfClusters, more) => {
        const before = placed({ numberOfClusters }, { fleet: members, seed }).status;
        const after = placed({ numberOfClusters: numberOfClusters + more }, { fleet: members, seed: "another", before }).status;
        expect(after.selected).toEqual(expect.arrayContaining(before.selected));
      }),
    );
  });

  it("every member is either placed or counted with a reason", () => {
    fc.assert(
      fc.property(fleet, seed, fc.option(count, { nil: undefined }), (members, seed, numberOfClusters) => {
        const { status } = placed({ zones: ["lvs"], ...(numberOfClusters && { numberOfClusters }) }, { fleet: members, seed });
        const counted = (status.notSelected ?? []).reduce((sum, { count }) => sum + count, 0);
        expect(status.selected.length + counted).toBe(members.length);
      }),
    );
  });
});
