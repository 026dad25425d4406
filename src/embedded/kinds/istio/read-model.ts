import { type AnyNode, type CallExpression, type ObjectExpression, parse } from "acorn";
import type { Schema } from "../../schema/schema.ts";

/**
 * The schema that a validator was compiled from. Each part of a schema has become a function of its own, which says what it
 * checks in the errors that it makes, and calls the functions of the parts below with the values that they are about.
 * What is not compiled cannot be read: descriptions, CEL rules, how lists merge, where null is allowed.
 * @param source of a module that Ajv has made of a JSON schema, with its main function exported as `validate`
 * @throws Error when it is not that
 */
export function readModel(source: string): Schema {
  const { body } = parse(source, { ecmaVersion: "latest", sourceType: "module" });
  const reader = new Reader();
  let root: string | undefined;
  for (const statement of body) {
    const node = statement.type === "ExportNamedDeclaration" ? statement.declaration! : statement;
    if (node.type === "FunctionDeclaration") reader.functions.set(node.id.name, node);
    if (node.type !== "VariableDeclaration") continue;
    for (const { id, init } of node.declarations) {
      if (id.type !== "Identifier" || !init) continue;
      if (id.name === "validate" && init.type === "Identifier") root = init.name;
      else reader.constants.set(id.name, init);
    }
  }
  if (root === undefined) throw new Error("no validator is exported");
  return reader.schemaOf(root);
}

/** What a function says, in the order in which it says it: an error that it makes, or a part that it hands on. */
type Step =
  | { readonly keyword: string; readonly params: Readonly<Record<string, unknown>> }
  | { readonly part: string; readonly of: "itself" | "item" | "other field" | { readonly field: string } };

const combined = ["anyOf", "oneOf", "not"];

class Reader {
  readonly functions = new Map<string, AnyNode>();
  readonly constants = new Map<string, AnyNode>();
  readonly #schemas = new Map<string, Schema>();

  schemaOf(name: string): Schema {
    let schema = this.#schemas.get(name);
    if (!schema) {
      const declaration = this.functions.get(name);
      // What another module describes, metadata that is, is left open.
      schema = declaration ? this.#assemble([...this.#steps(declaration)]) : {};
      this.#schemas.set(name, schema);
    }
    return schema;
  }

  #assemble(steps: readonly Step[]): Schema {
    const schema: Record<string, unknown> = {};
    const properties: Record<string, Schema> = {};
    const required: string[] = [];
    let alternatives: Schema[] = [];
    for (const step of steps) {
      if ("keyword" in step) {
        const { keyword, params } = step;
        if (keyword === "required") required.push(String(params["missingProperty"]));
        else if (combined.includes(keyword)) {
          schema[keyword] = keyword === "not" ? alternatives[0] : alternatives;
          alternatives = [];
        } else schema[keyword] = params[keyword] ?? params["limit"] ?? params["allowedValues"];
      } else if (step.of === "itself") alternatives.push(this.schemaOf(step.part));
      else if (step.of === "item") schema["items"] = this.schemaOf(step.part);
      else if (step.of === "other field") schema["additionalProperties"] = this.schemaOf(step.part);
      else properties[step.of.field] = this.schemaOf(step.part);
    }
    return {
      ...schema,
      ...(required.length > 0 && { required }),
      ...(Object.keys(properties).length > 0 && { properties }),
      ...(alternatives.length > 0 && { allOf: alternatives }),
    };
  }

  *#steps(node: AnyNode): Generator<Step> {
    if (node.type === "ObjectExpression") {
      const { keyword, params } = fieldsOf(node);
      if (keyword && params) {
        yield { keyword: this.#value(keyword) as string, params: this.#value(params) as Record<string, unknown> };
        return;
      }
    }
    if (node.type === "CallExpression") {
      const part = partOf(node);
      if (part) {
        yield part;
        return;
      }
    }
    for (const below of childrenOf(node)) yield* this.#steps(below);
  }

  /** What a literal stands for. */
  #value(node: AnyNode): unknown {
    switch (node.type) {
      case "Literal":
        return node.value;
      case "ArrayExpression":
        return node.elements.map((element) => element && this.#value(element));
      case "ObjectExpression":
        return Object.fromEntries(Object.entries(fieldsOf(node)).map(([name, value]) => [name, this.#value(value)]));
      case "UnaryExpression":
        return node.operator === "-" ? -(this.#value(node.argument) as number) : undefined;
      case "Identifier": {
        const constant = this.constants.get(node.name);
        return constant && this.#value(constant);
      }
      default:
        return undefined;
    }
  }
}

function fieldsOf({ properties }: ObjectExpression): Readonly<Record<string, AnyNode>> {
  return Object.fromEntries(
    properties.flatMap((property) =>
      property.type === "Property" && property.key.type === "Identifier" ? [[property.key.name, property.value]] : [],
    ),
  );
}

/** `validate7(data.host, …)` hands the field `host` on; `data[i0]` is an item, `data[key0]` any field. */
function partOf({ callee, arguments: [value] }: CallExpression): Step | undefined {
  if (callee.type !== "Identifier" || !/^validate\d+$/.test(callee.name) || !value) return undefined;
  const part = callee.name;
  if (value.type === "Identifier") return { part, of: "itself" };
  if (value.type !== "MemberExpression") return undefined;
  const { property, computed } = value;
  if (property.type === "Literal") return { part, of: { field: String(property.value) } };
  if (property.type !== "Identifier") return undefined;
  if (!computed) return { part, of: { field: property.name } };
  return { part, of: property.name.startsWith("key") ? "other field" : "item" };
}

/** In the order of the source. */
function childrenOf(node: AnyNode): AnyNode[] {
  return Object.values(node)
    .flat()
    .filter((below): below is AnyNode => typeof below === "object" && below !== null && typeof below.type === "string");
}
