import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fieldsInOrder, hasNoDuplicates } from "../../src/embedded/http/duplicates.ts";
import { jsonEqual } from "../../src/embedded/json.ts";

const json = fc.jsonValue({ noUnicodeString: false }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);

describe("two JSON values", () => {
  test("are the same whenever nothing in them differs", () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(jsonEqual(a, b)).toBe(isDeepStrictEqual(a, b));
        expect(jsonEqual(a, structuredClone(a))).toBe(true);
      }),
    );
  });

  test.for<[string, unknown, unknown, boolean]>([
    ["the order of fields does not matter", { a: 1, b: 2 }, { b: 2, a: 1 }, true],
    ["that of items does", [1, 2], [2, 1], false],
    ["a field that is undefined is not there", { a: 1, b: undefined }, { a: 1 }, true],
    ["one that is null is", { a: null }, {}, false],
    ["a list is no map", [], {}, false],
    ["a field more", { a: 1 }, { a: 1, b: 1 }, false],
    ["another field", { a: 1, b: 1 }, { a: 1, c: 1 }, false],
  ])("%s", ([, a, b, same]) => {
    expect(jsonEqual(a, b)).toBe(same);
    expect(jsonEqual(b, a)).toBe(same);
  });
});

describe("a text without duplicate fields", () => {
  const atAGlance = (text: string): boolean => hasNoDuplicates(text, JSON.parse(text));

  test("is one in which the slow look finds none either", () => {
    fc.assert(
      fc.property(json, fc.constantFrom(0, 1, 2), (value, space) => {
        const text = JSON.stringify(value, null, space);
        if (space === 0) expect(atAGlance(text)).toBe(true);
        if (atAGlance(text)) expect(fieldsInOrder(text).some(({ duplicate }) => duplicate)).toBe(false);
      }),
    );
  });

  test.for<[string, string, boolean]>([
    ["plain", '{"a":{"b":[{"c":1},{"c":2}]}}', true],
    ["a line's end", '{"a":1}\n', true],
    ["spaces are not vouched for", '{ "a" : 1 ,\n "b" : { } }', false],
    ["a field twice", '{"a":1,"a":2}', false],
    ["a field twice, further down", '{"a":[{"b":1, "b" :1}]}', false],
    ["a string that looks like a field", '{"a":"\\":"}', true],
    ["a field twice, and a number that is written in short", '{"a":1,"a":1e9}', false],
    ["a colon in a string", '{"a":"b:c"}', true],
  ])("%s", ([, text, none]) => {
    expect(atAGlance(text)).toBe(none);
  });
});
