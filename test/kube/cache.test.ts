import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Cache, type Change, compareVersions } from "../../src/kube/cache.ts";

describe("compareVersions", () => {
  it.each([
    ["9", "10", -1],
    ["10", "9", 1],
    ["10", "10", 0],
    ["18446744073709551615", "18446744073709551616", -1],
    ["abc", "abc", 0],
    ["abc", "abd", undefined],
    ["10", "abc", undefined],
    ["010", "9", undefined],
    ["", "9", undefined],
  ])("%s with %s is %s", (a, b, expected) => {
    expect(compareVersions(a, b)).toBe(expected);
  });
});

function cached() {
  const changes: string[] = [];
  const tell = ({ type, key, object, old, confirmed }: Change<string>) =>
    changes.push(`${type} ${key} ${old === undefined ? "" : `${old}→`}${object}${confirmed ? "" : " unconfirmed"}`);
  const cache = new Cache<string>(tell);
  const list = (at: string, ...objects: [key: string, object: string, version: string][]) => {
    cache.listBegins();
    const arrivals = objects.map(([key, object, resourceVersion]) => ({ key, object, resourceVersion }));
    cache.listed(arrivals, new Set(), at);
  };
  const entry = (key: string) => {
    const found = cache.entries.get(key);
    return found && `${found.object}@${found.resourceVersion}${found.confirmed ? "" : " unconfirmed"}`;
  };
  return { cache, changes, list, entry };
}

describe("what is written is known at once and counts as observed only when it was observed", () => {
  it("a write, then the watch tells the same", () => {
    const { cache, changes, list, entry } = cached();
    list("10", ["a", "one", "5"]);
    cache.written("a", "two", "11");
    expect(entry("a")).toBe("two@11 unconfirmed");
    cache.arrived("a", "two", "11");
    expect(entry("a")).toBe("two@11");
    expect(changes).toEqual(["added a one", "modified a one→two unconfirmed", "modified a two→two"]);
  });

  it("the watch is behind the write: what it tells is older and does not count", () => {
    const { cache, list, entry } = cached();
    list("10", ["a", "one", "5"]);
    cache.written("a", "three", "12");
    cache.arrived("a", "two", "11");
    expect(entry("a")).toBe("three@12 unconfirmed");
    cache.arrived("a", undefined, "11");
    expect(entry("a")).toBe("three@12 unconfirmed");
  });

  it("the watch is ahead of the answer: the answer is old news", () => {
    const { cache, changes, list, entry } = cached();
    list("10");
    cache.arrived("a", "two", "12");
    cache.written("a", "one", "11");
    expect(entry("a")).toBe("two@12");
    expect(changes).toEqual(["added a two"]);
  });

  it("an object that was deleted meanwhile does not rise again from a late answer", () => {
    const { cache, list, entry } = cached();
    list("10");
    cache.arrived("a", "one", "11");
    cache.arrived("a", undefined, "12");
    cache.written("a", "one", "11");
    expect(entry("a")).toBeUndefined();
  });

  it("a bookmark beyond the write makes a late answer old news", () => {
    const { cache, list, entry } = cached();
    list("10");
    cache.advanced("20");
    cache.written("a", "one", "15");
    expect(entry("a")).toBeUndefined();
  });

  it("an answer that changed nothing leaves what was observed as observed", () => {
    const { cache, changes, list, entry } = cached();
    list("10", ["a", "one", "5"]);
    cache.written("a", "one", "5");
    expect(entry("a")).toBe("one@5");
    expect(changes).toEqual(["added a one"]);
  });

  it("versions that cannot be compared are left to the watch", () => {
    const { cache, list, entry } = cached();
    list("x10");
    cache.written("a", "one", "x11");
    expect(entry("a")).toBeUndefined();
  });
});

describe("a list replaces what is known", () => {
  it("computes what was added, changed and deleted meanwhile, and leaves the rest alone", () => {
    const { changes, list } = cached();
    list("10", ["same", "s", "1"], ["changed", "c1", "2"], ["gone", "g", "3"]);
    changes.length = 0;
    list("20", ["same", "s", "1"], ["changed", "c2", "12"], ["new", "n", "13"]);
    expect(changes).toEqual(["modified changed c1→c2", "added new n", "deleted gone g"]);
  });

  it("also by older versions, when the server was restored from a backup", () => {
    const { list, entry } = cached();
    list("100", ["a", "late", "90"], ["b", "lost", "95"]);
    list("50", ["a", "early", "40"]);
    expect([entry("a"), entry("b")]).toEqual(["early@40", undefined]);
  });

  it("but not what was written while it was under way, after its snapshot", () => {
    const { cache, list, entry } = cached();
    list("10", ["a", "one", "5"]);
    cache.listBegins();
    cache.written("a", "two", "22");
    cache.written("b", "new", "23");
    cache.listed([{ key: "a", object: "one", resourceVersion: "5" }], new Set(), "20");
    expect([entry("a"), entry("b")]).toEqual(["two@22 unconfirmed", "new@23 unconfirmed"]);
  });

  it("and what was written before it began and is not in it, is gone", () => {
    const { cache, list, entry } = cached();
    list("10");
    cache.written("a", "one", "12");
    list("11");
    expect(entry("a")).toBeUndefined();
  });

  it("an object that is there and cannot be read stays as it was", () => {
    const { cache, list, entry } = cached();
    list("10", ["a", "one", "5"]);
    cache.listBegins();
    cache.listed([], new Set(["a"]), "20");
    expect(entry("a")).toBe("one@5");
  });
});

/**
 * A server's history of one key, told by a watch that lags, with lists and answers to writes in between, each as late as it likes.
 * Whatever the order: nothing is confirmed that was not told, and once the watch has told everything, the cache is the truth.
 */
it("random histories: confirmed never lies, and the end is the truth", () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant("write" as const), remove: fc.boolean() }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("watch" as const) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("answer" as const), which: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("bookmark" as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("listBegins" as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("listEnds" as const) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { cache } = cached();
      cache.listBegins();
      cache.listed([], new Set(), "100");
      const history: { version: number; object: string | undefined }[] = [{ version: 100, object: undefined }];
      let told = 0; // index into the history that the watch, or a list, has come to
      let snapshot: number | undefined;
      const latest = () => history.at(-1)!;
      const tell = (index: number) => {
        const { version, object } = history[index]!;
        cache.arrived("a", object, String(version));
        told = index;
      };
      for (const current of steps) {
        switch (current.do) {
          case "write": {
            const version = latest().version + 1;
            history.push({ version, object: current.remove ? undefined : `v${version}` });
            break;
          }
          case "watch":
            // While a list is under way there is no watch.
            if (snapshot === undefined && told < history.length - 1) tell(told + 1);
            break;
          case "answer": {
            const answered = history[current.which % history.length]!;
            if (answered.object !== undefined) cache.written("a", answered.object, String(answered.version));
            break;
          }
          case "bookmark":
            if (snapshot === undefined) cache.advanced(String(history[told]!.version));
            break;
          case "listBegins":
            cache.listBegins();
            snapshot = history.length - 1;
            break;
          case "listEnds":
            if (snapshot !== undefined) {
              const { version, object } = history[snapshot]!;
              const arrivals = object === undefined ? [] : [{ key: "a", object, resourceVersion: String(version) }];
              cache.listed(arrivals, new Set(), String(version));
              told = snapshot;
              snapshot = undefined;
            }
            break;
        }
        const entry = cache.entries.get("a");
        const now = history[told]!;
        // Confirmed is exactly what was told last; unconfirmed is newer than that; told to be gone is gone unless written since.
        if (entry?.confirmed) expect(entry.resourceVersion).toBe(String(now.version));
        else if (entry !== undefined) expect(Number(entry.resourceVersion)).toBeGreaterThan(now.version);
        else expect(now.object).toBeUndefined();
      }
      for (let index = told + 1; index < history.length; index++) tell(index);
      const entry = cache.entries.get("a");
      expect(entry?.object).toBe(latest().object);
      if (entry !== undefined) expect(entry.confirmed).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
