import { cut } from "../text.ts";
import type { ValueChange } from "./values.ts";

/** Characters of one value. */
const MAX_VALUE = 80;

/** Lists whose items are called by one of them: "host added pay.example.com". */
const SINGULAR: Readonly<Record<string, string>> = {
  hosts: "host",
  gateways: "gateway",
  addresses: "address",
  endpoints: "endpoint",
  subsets: "subset",
  ports: "port",
  servers: "",
};

/**
 * A change as one would say it: "/v2 checkout v2 weight 10 → 50", "host added pay.example.com", "port 443 certificate a → b",
 * "/v3 added". What is large is named and not quoted.
 */
export function wordsOf({ where, before, after }: ValueChange): string {
  const name = nameOf(where);
  if (before === undefined) return said(name, "added", after);
  if (after === undefined) return said(name, "removed", before);
  const [old, now] = [textOf(before), textOf(after)];
  return old !== undefined && now !== undefined ? `${name} ${old} → ${now}` : `${name} changed`;
}

const said = (name: string, verb: string, value: unknown): string => [name, verb, textOf(value)].filter(Boolean).join(" ");

function nameOf(where: readonly string[]): string {
  const isCertificate = where.at(-1) === "credentialName" && where.at(-2) === "tls";
  const steps = isCertificate ? [...where.slice(0, -2), "certificate"] : where;
  return steps
    .map((step) => SINGULAR[step] ?? step)
    .filter(Boolean)
    .join(" ");
}

/** Plain values, and short lists of them; undefined for what would have to be read to be understood. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return cut(value, MAX_VALUE);
  if (Array.isArray(value) && value.every((item) => typeof item !== "object")) return cut(value.join(", "), MAX_VALUE);
  return typeof value === "object" ? undefined : String(value);
}
