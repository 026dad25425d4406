import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { parseAllDocuments, type Tags } from "yaml";
import type { KubeObject } from "../../api/resource.ts";
import { PreviewError } from "../errors.ts";

/** An object and where it was written. */
export interface Document {
  readonly path: string;
  readonly object: KubeObject;
}

/**
 * Every object of the files, in their order. A directory stands for its YAML files, `-` for standard input.
 *
 * @throws PreviewError for what cannot be read, is no Kubernetes object, or is there twice.
 */
export async function readDocuments(paths: readonly string[]): Promise<readonly Document[]> {
  const files = (await Promise.all(paths.map(expand))).flat();
  const documents = (await Promise.all(files.map(read))).flat();
  const seen = new Map<string, string>();
  for (const { path, object } of documents) {
    const { name, namespace = "default" } = object.metadata;
    const title = `${object.kind} ${namespace}/${name}`;
    const earlier = seen.get(`${object.apiVersion} ${title}`);
    if (earlier) throw new PreviewError(`${path}: ${title} is there already, from ${earlier}`);
    seen.set(`${object.apiVersion} ${title}`, path);
  }
  return documents;
}

async function expand(path: string): Promise<readonly string[]> {
  if (path === "-" || !(await statOf(path)).isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => /\.ya?ml$/.test(name)).sort();
  return names.map((name) => join(path, name));
}

async function statOf(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    throw new PreviewError(`${path}: it cannot be read`, { cause: error });
  }
}

/** What quoted nothing is, as kubectl reads it: `on` and `yes` are booleans, dates are texts. */
const AS_KUBECTL = {
  version: "1.1",
  merge: true,
  customTags: (tags: Tags) =>
    tags.filter((tag) => typeof tag === "string" || !["intTime", "floatTime", "timestamp"].includes(nameOf(tag))),
} as const;

const nameOf = ({ tag, format }: { readonly tag: string; readonly format?: string }): string =>
  format === "TIME" ? "intTime" : tag.slice(tag.lastIndexOf(":") + 1);

async function read(path: string): Promise<readonly Document[]> {
  const content = path === "-" ? await text(process.stdin) : await readFile(path, "utf8");
  return parseAllDocuments(content, AS_KUBECTL).flatMap((document): readonly Document[] => {
    const [error] = document.errors;
    if (error) throw new PreviewError(`${path}: ${error.message}`);
    return objectsIn(toJs(document, path), path);
  });
}

function toJs(document: { toJS(): unknown }, path: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new PreviewError(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** A list, as `kubectl get -o yaml` prints it, stands for its items. */
function objectsIn(value: unknown, path: string): readonly Document[] {
  if (value === null) return [];
  const object = value as Partial<KubeObject>;
  const items = object["items"];
  if (typeof value === "object" && object.kind?.endsWith("List") && Array.isArray(items))
    return items.flatMap((item) => objectsIn(item, path));
  if (typeof value !== "object" || !object.apiVersion || !object.kind || !object.metadata?.name)
    throw new PreviewError(`${path}: a document has no apiVersion, kind or metadata.name`);
  return [{ path, object: object as KubeObject }];
}
