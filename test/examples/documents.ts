import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import type { KubeObject } from "../../src/api/resource.ts";

/** Root of the project, with a slash at its end. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface File {
  /** Relative to the root, e.g. "examples/https-edge.yaml". */
  readonly path: string;
  readonly text: string;
  readonly documents: readonly KubeObject[];
}

/** @throws Error for anything that YAML 1.2 does not allow, a key that stands twice included. */
export function readYaml(path: string): File {
  const text = readFileSync(join(root, path), "utf8");
  return { path, text, documents: parseYaml(text, path) };
}

export function parseYaml(text: string, path: string): readonly KubeObject[] {
  return [...parseAllDocuments(text)].map((document) => {
    const [error] = [...document.errors, ...document.warnings];
    if (error) throw new Error(`${path}: ${error.message}`);
    return document.toJS() as KubeObject;
  });
}

/** The YAML files of one folder, by name. */
export const yamlFiles = (folder: string): readonly File[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .map((name) => readYaml(`${folder}/${name}`));

export const titleOf = ({ kind, metadata: { namespace, name } }: KubeObject): string =>
  [kind, ...(namespace ? [namespace] : []), name].join("/");
