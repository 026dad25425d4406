import { expect, test } from "vitest";
import { classOf, Descriptions } from "../../src/embedded/descriptions.ts";
import { builtinKinds } from "../../src/embedded/schema/builtin/index.ts";
import type { Schema } from "../../src/embedded/schema/schema.ts";

/** Fields that say nothing about themselves. */
function* silent(schema: Schema, path: string): Generator<string> {
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    const below = `${path}.${name}`;
    if (!child.description) yield below;
    yield* silent(child.items ?? child, below);
  }
}

test.for(builtinKinds.map(({ resource, schema }) => [`${resource.group}/${resource.kind}`, resource, schema] as const))(
  "every field of %s is described",
  ([, resource, schema]) => {
    const described = new Descriptions().complete(schema, classOf(resource));
    expect([...silent(described, resource.kind)]).toEqual([]);
  },
);

test("a class that is not there describes nothing", () => {
  const schema: Schema = { type: "object", properties: { a: { type: "string" } } };
  expect(new Descriptions().complete(schema, "V1Nonsense")).toEqual(schema);
});
