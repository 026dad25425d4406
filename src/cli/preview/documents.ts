import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { parseAllDocuments } from "yaml";
import type { KubeObject } from "../../api/resource.ts";

/** Files, or what is in them, that cannot be used; the message names the place. */
export class PreviewError extends Error {
  override readonly name = "PreviewError";
}

/** An object and where it was written. */
export interface Document {
  readonly path: string;
  readonly object: KubeObject;
}

/**
 * Every object of the files, in their order. A directory stands for its YAML files, `-` for standard input.
 *
 * @throws PreviewError for what cannot be read or is no Kubernetes object.
 */
export async function readDocuments(paths: readonly string[]): Promise<readonly Document[]> {
  const files = (await Promise.all(paths.map(expand))).flat();
  return (await Promise.all(files.map(read))).flat();
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

async function read(path: string): Promise<readonly Document[]> {
  const content = path === "-" ? await text(process.stdin) : await readFile(path, "utf8");
  return parseAllDocuments(content).flatMap((document): readonly Document[] => {
    const [error] = document.errors;
    if (error) throw new PreviewError(`${path}: ${error.message}`);
    const object = document.toJS() as Partial<KubeObject> | null;
    if (object === null) return [];
    if (typeof object !== "object" || !object.apiVersion || !object.kind || !object.metadata?.name)
      throw new PreviewError(`${path}: a document has no apiVersion, kind or metadata.name`);
    return [{ path, object: object as KubeObject }];
  });
}
