import { describe, expect, it } from "vitest";
import { compile } from "../../src/embedded/schema/cel/compile.ts";
import { ruleEnvironment } from "../../src/embedded/schema/cel/rules.ts";
import { CelTypes } from "../../src/embedded/schema/cel/types.ts";
import { costs, sized } from "./rule-costs-cases.ts";

describe("a rule costs at most", () => {
  const types = new CelTypes(sized, false);
  const self = types.typeOf(sized)!;

  it.each(costs.map(([rule, cost]) => [cost, rule] as const))("%d: %s", (cost, rule) => {
    expect(compile(ruleEnvironment(types, self, { rule }), rule, "bool").cost(self.bounds)).toBe(cost);
  });
});
