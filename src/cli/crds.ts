import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { customResourceDefinitions } from "../api/crd.ts";

const toYaml = (object: unknown): string => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false });

/** The CRDs as files: name → content. */
export const crdFiles = (): ReadonlyMap<string, string> =>
  new Map(customResourceDefinitions().map((crd) => [`${crd.metadata.name}.yaml`, toYaml(crd)]));

/** `fap crds`: all CRDs as one YAML stream. */
export const printCrds = (): string => [...crdFiles().values()].join("---\n");

/** `fap crds --write DIR`: one file each. */
export async function writeCrds(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [name, content] of crdFiles()) await writeFile(join(directory, name), content);
}
