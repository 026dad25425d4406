import type { Member } from "../selection.ts";
import { substitute } from "../variables.ts";

/** What a query may name besides the cluster. */
export interface QueryFacts {
  readonly stage: string;
  readonly revision: string;
  /** Of the AccessPoint. */
  readonly name: string;
  readonly namespace: string;
}

const OWN: Readonly<Record<string, keyof QueryFacts>> = {
  stage: "stage",
  revision: "revision",
  "accesspoint.name": "name",
  "accesspoint.namespace": "namespace",
};
const VARIABLE = /\$?\$\{([^}]*)\}/g;
const OF_CLUSTER = /^cluster\.(name|zone|region|labels\['[^']+'\])$/;

/** Whether the query is to be asked for each cluster. */
export const namesCluster = (query: string): boolean => variables(query).some((name) => OF_CLUSTER.test(name));

/** Names in a query that nothing stands for. */
export const unknownNames = (query: string): readonly string[] =>
  variables(query).filter((name) => !Object.hasOwn(OWN, name) && !OF_CLUSTER.test(name));

const variables = (query: string): readonly string[] =>
  [...query.matchAll(VARIABLE)].filter(([match]) => !match.startsWith("$$")).map(([, name = ""]) => name);

/**
 * The query with everything in its place that it names.
 *
 * @throws UnknownVariableError for a region or label that the cluster does not have.
 */
export function queryFor(query: string, facts: QueryFacts, member?: Member): string {
  const own = query.replace(VARIABLE, (match, name: string) =>
    match.startsWith("$$") || !Object.hasOwn(OWN, name) ? match : facts[OWN[name]!],
  );
  return member ? (substitute(own, member) as string) : own.replaceAll("$${", "${");
}
