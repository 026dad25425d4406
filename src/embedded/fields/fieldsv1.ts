import type { PathElement } from "./element.ts";
import { parseElement } from "./element.ts";
import type { FieldSet } from "./set.ts";
import { emptySet, isEmpty } from "./set.ts";

type Tree = { readonly [element: string]: Tree };

/** The `fieldsV1` of a managedFields entry, its keys sorted as text. */
export function encodeFields(set: FieldSet): Record<string, unknown> {
  return encodeBelow(set, {});
}

function encodeBelow({ members, children }: FieldSet, encoded: Record<string, unknown>): Record<string, unknown> {
  const elements = [...members];
  for (const element of children.keys()) if (!members.has(element)) elements.push(element);
  for (const element of elements.sort()) {
    const child = children.get(element);
    encoded[element] = child ? encodeBelow(child, members.has(element) ? { ".": {} } : {}) : {};
  }
  return encoded;
}

/** @throws SyntaxError when a key is not a path element */
export function decodeFields(fields: Readonly<Record<string, unknown>>): FieldSet {
  return decodeTree(fields as Tree);
}

function decodeTree(tree: Tree): FieldSet {
  const entries = Object.entries(tree);
  if (entries.length === 0) return emptySet;
  const members = new Set<PathElement>();
  const children = new Map<PathElement, FieldSet>();
  for (const [key, below] of entries) {
    const element = key === "." ? undefined : parseElement(key);
    if (element === undefined) continue;
    const child = decodeTree(below);
    const isLeaf = isEmpty(child);
    if (isLeaf || "." in below) members.add(element);
    if (!isLeaf) children.set(element, child);
  }
  return { members, children };
}
