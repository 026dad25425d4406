import { existsSync, readFileSync } from "node:fs";
import type { Schema } from "./schema/schema.ts";

/** The Kubernetes client library has a class for each built-in type, with what each field is for above it. */
const folder = new URL("./gen/models/", import.meta.resolve("@kubernetes/client-node"));

/** A field of a class: what it is for, and its own class where it has one. */
interface Field {
  readonly description: string | undefined;
  readonly className: string | undefined;
  readonly required: boolean;
}

const prefixes: Readonly<Record<string, string>> = { "/v1 Event": "CoreV1", "events.k8s.io/v1 Event": "EventsV1" };

/** The class of a kind, e.g. `V1Service`. */
export function classOf({ group, version, kind }: { readonly group: string; readonly version: string; readonly kind: string }) {
  const prefix = prefixes[`${group}/${version} ${kind}`] ?? version[0]!.toUpperCase() + version.slice(1);
  return `${prefix}${kind}`;
}

interface Documented {
  readonly description: string;
  readonly fields: ReadonlyMap<string, Field>;
}

/** A field whose name is none in TypeScript has another one in its class: `$ref` is `ref`, `default` is `_default`. */
const fieldOf = ({ fields }: Documented, name: string): Field | undefined =>
  fields.get(name.replace("$", "").replaceAll("-", "_")) ?? fields.get(`_${name}`);

/** The descriptions of classes; each is read once. */
export class Descriptions {
  readonly #read = new Map<string, Documented | undefined>();

  /**
   * A schema with the descriptions of a class and of those that its fields have, as far as there are any; what describes
   * itself keeps that. Which fields there must be, the class says too: a schema says which are always there.
   */
  complete(schema: Schema, className: string | undefined): Schema {
    const documented = this.#of(className);
    if (!documented) return schema;
    const properties = Object.entries(schema.properties ?? {}).map(
      ([name, child]) => [name, this.#field(child, fieldOf(documented, name))] as const,
    );
    const { required: _, ...rest } = schema;
    const required = properties.map(([name]) => name).filter((name) => fieldOf(documented, name)?.required);
    return {
      ...rest,
      ...(required.length > 0 && { required }),
      description: schema.description ?? documented.description,
      ...(schema.properties && { properties: Object.fromEntries(properties) }),
    };
  }

  #field(schema: Schema, field: Field | undefined): Schema {
    const { items, additionalProperties } = schema;
    const completed: Schema = {
      ...(schema.properties ? this.complete(schema, field?.className) : schema),
      ...(items && { items: this.complete(items, field?.className) }),
      ...(typeof additionalProperties === "object" && {
        additionalProperties: this.complete(additionalProperties, field?.className),
      }),
    };
    // Of a list or a map, what is in it is described there.
    const ofClass = items || additionalProperties ? undefined : this.#of(field?.className)?.description;
    const description = schema.description ?? field?.description ?? ofClass;
    return description === undefined ? completed : { ...completed, description };
  }

  #of(className: string | undefined): Documented | undefined {
    if (className === undefined) return undefined;
    if (!this.#read.has(className)) this.#read.set(className, read(className));
    return this.#read.get(className);
  }
}

const commentedField = /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?'([^']+)'(\??): ([^;]+);/g;

function read(className: string): Documented | undefined {
  const file = new URL(`${className}.d.ts`, folder);
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, "utf8");
  const declared = text.indexOf("export declare class");
  const fields = [...text.slice(declared).matchAll(commentedField)].map(([, comment, name, optional, type]): [string, Field] => [
    name!,
    { description: comment && prose(comment), required: optional === "", className: /\b[A-Z]\w*V\d\w+|\bV\d\w+/.exec(type!)?.[0] },
  ]);
  return { description: prose(text.slice(0, declared).split("/**").at(-1)!), fields: new Map(fields) };
}

/** A comment without its stars; the generator escapes quotes. */
const prose = (comment: string): string =>
  comment
    .replaceAll(/^\s*\*\/?/gm, "")
    .replaceAll(/\\(['"])/g, "$1")
    .trim();
