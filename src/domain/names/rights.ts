import { canonicalName } from "./values.ts";

/** A domain whose names, its own and all below it, NameServices of a namespace may claim. */
export interface FqdnRight {
  /** `*`: of every namespace. */
  readonly namespace: string;
  readonly domain: string;
}

/** The domains whose names NameServices of a namespace may claim. */
export const domainsFor = (namespace: string, rights: readonly FqdnRight[]): readonly string[] =>
  rights.filter((right) => right.namespace === "*" || right.namespace === namespace).map(({ domain }) => domain);

/** @param rights Undefined: the platform gave none, so that every name may be claimed. */
export function mayClaim(fqdn: string, namespace: string, rights: readonly FqdnRight[] | undefined): boolean {
  const name = canonicalName(fqdn);
  return !rights || domainsFor(namespace, rights).some((domain) => name === domain || name.endsWith(`.${domain}`));
}
