import { isDeepStrictEqual } from "node:util";
import type { PerVersion, Version } from "./types.ts";

const own = ["schema", "subresources", "additionalPrinterColumns", "selectableFields"] as const;

/**
 * What all versions say alike is said once, at the top, and it is there that refusals find it.
 * @returns what is said at the top, and the versions without it
 */
export function hoist(versions: readonly Version[]): { readonly top: PerVersion; readonly versions: readonly Version[] } {
  const [first, ...others] = versions;
  if (!first) return { top: {}, versions };
  const alike = own.filter((name) => others.every((version) => isDeepStrictEqual(version[name], first[name])));
  const keep = (version: Version): Version =>
    Object.fromEntries(Object.entries(version).filter(([name]) => !alike.some((one) => one === name))) as unknown as Version;
  const top = Object.fromEntries(alike.flatMap((name) => (first[name] === undefined ? [] : [[name, first[name]]])));
  return { top, versions: versions.map(keep) };
}
