import { describe, expect, test } from "vitest";
import { compilePath } from "../../src/embedded/jsonpath.ts";

/** What they find on a real API server is compared in the contract; here is what the paths of built-in kinds rely on. */
const object = {
  metadata: { labels: { "a.b/c": "label" } },
  spec: {
    ports: [
      { name: "http", port: 80 },
      { name: "https", port: 443, extra: true },
      { name: "admin", port: 8080 },
    ],
    hosts: ["a", "b", "c"],
    none: null,
    mixed: [{ port: 1.5 }, { port: "http" }],
  },
};

describe("a path finds", () => {
  test.each<[path: string, found: unknown]>([
    [".spec.hosts[*]", ["a", "b", "c"]],
    [".spec.hosts[]", ["a"]],
    [".spec.hosts[-1]", ["c"]],
    [".spec.hosts[-2:]", ["b", "c"]],
    [".spec.hosts[0:2]", ["a", "b"]],
    [".spec.hosts[::2]", ["a", "c"]],
    [".spec.hosts[2,0]", ["c", "a"]],
    [".spec.hosts[1:1]", []],
    [".spec['hosts','none']", [["a", "b", "c"], null]],
    [".spec.ports[*]['name']", ["http", "https", "admin"]],
    ["..name", ["http", "https", "admin"]],
    [".metadata.labels.a\\.b/c", ["label"]],
    [".metadata.labels['a\\.b/c']", ["label"]],
    ['.spec.ports[?(@.name=="https")].port', [443]],
    [".spec.ports[?(@.name != 'https')].port", [80, 8080]],
    [".spec.ports[?(@.port>=443)].name", ["https", "admin"]],
    [".spec.ports[?(80<@.port)].name", ["https", "admin"]],
    [".spec.ports[?(@.extra)].name", ["https"]],
    [".spec.ports[?(@.extra==true)].name", ["https"]],
  ])("%s", (path, found) => {
    expect(compilePath(path)(object)).toEqual(found);
  });
});

describe("nothing is found", () => {
  test.each([
    ["past the end", ".spec.hosts[3]"],
    ["beyond the end", ".spec.hosts[1:4]"],
    ["before the beginning", ".spec.hosts[-4]"],
    ["backwards", ".spec.hosts[2:1]"],
    ["in steps of none", ".spec.hosts[0:2:0]"],
    ["by index in a map", ".spec[0]"],
    ["by condition in a map", ".spec[?(@.name)]"],
    ["by name in a list", ".spec.hosts.length"],
    ["of what every object inherits", ".spec.constructor"],
    ["where an integer is compared with a text", ".spec.ports[?(@.port=='http')].name"],
    ["where an integer is compared with a fraction", ".spec.mixed[?(@.port>1)].port"],
    ["by a word that means nothing", ".spec.hosts[?(@ == x)]"],
    ["below null", ".spec.none.x"],
  ])("%s", (_, path) => {
    expect(compilePath(path)(object)).toEqual([]);
  });
});

test.each([".a[?(", ".a[0", ".a]", ".a[x]", ".a[-]", ".a[1.5]", '.a["b"]', ".a{b}", ".a[?(@.b==1.2.3)]", ".a....b"])(
  "%s cannot be read",
  (path) => {
    expect(() => compilePath(path)).toThrow("cannot read");
  },
);
