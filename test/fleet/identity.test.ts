import { describe, expect, it } from "vitest";
import { Identities } from "../../src/fleet/identity.ts";

const registered = (day: number, identity?: string) => ({ at: `2026-01-0${day}T00:00:00Z`, identity });

describe("which MemberCluster has a cluster", () => {
  it("the one that was registered first, whichever is seen first", () => {
    const identities = new Identities();
    expect(identities.set("again", registered(2, "u1"))).toEqual(["again"]);
    expect(identities.twinOf("again")).toBeUndefined();
    expect(identities.set("first", registered(1, "u1"))).toEqual(["first", "again"]);
    expect(["first", "again"].map((name) => identities.twinOf(name))).toEqual([undefined, "first"]);
    expect(identities.set("first", registered(1, "u1"))).toEqual([]);
  });

  it("the first by name, when both were registered in the same second", () => {
    const identities = new Identities();
    identities.set("b", registered(1, "u1"));
    identities.set("a", registered(1, "u1"));
    expect(["a", "b"].map((name) => identities.twinOf(name))).toEqual([undefined, "a"]);
  });

  it("the other one, once the first is gone or leads elsewhere", () => {
    const identities = new Identities();
    identities.set("first", registered(1, "u1"));
    identities.set("again", registered(2, "u1"));
    expect(identities.set("first", registered(1, "u2"))).toEqual(["first", "again"]);
    expect(identities.twinOf("again")).toBeUndefined();
    identities.set("first", registered(1, "u1"));
    expect(identities.delete("first")).toEqual(["again"]);
    expect(identities.twinOf("again")).toBeUndefined();
  });

  it("each of those of which it is not known", () => {
    const identities = new Identities();
    identities.set("a", registered(1));
    identities.set("b", registered(2));
    expect(["a", "b"].map((name) => identities.twinOf(name))).toEqual([undefined, undefined]);
  });
});
