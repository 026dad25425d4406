type Fields = Readonly<Record<string, unknown>>;

/**
 * What people call an item of a list: a route by its name or by what it matches, a destination by host and subset, a port by its
 * number, anything else by its name; a plain value by itself.
 */
export function labelOf(item: unknown): string {
  if (typeof item !== "object" || item === null || Array.isArray(item)) return JSON.stringify(item);
  const fields = item as Fields;
  if (typeof fields["name"] === "string") return fields["name"];
  if (isFields(fields["destination"])) return destination(fields["destination"]);
  if (isFields(fields["port"])) return `port ${fields["port"]["number"] ?? fields["port"]["name"]}`;
  for (const key of ["number", "port"]) if (typeof fields[key] === "number") return `port ${fields[key]}`;
  for (const key of ["address", "from", "host", "key"]) if (typeof fields[key] === "string") return fields[key];
  if (Array.isArray(fields["match"])) return fields["match"].map(condition).join(" or ");
  if (isRoute(fields)) return "any path";
  return isCondition(fields) ? condition(fields) : Object.keys(fields).join(" ");
}

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

const isRoute = (fields: Fields): boolean => ["route", "redirect", "directResponse", "delegate"].some((key) => key in fields);

const CONDITIONS = ["uri", "headers", "method", "authority", "sourceLabels", "sniHosts", "gateways", "queryParams", "scheme"];
const isCondition = (fields: Fields): boolean => CONDITIONS.some((key) => key in fields);

/** "checkout v2". */
const destination = ({ host, subset, port }: Fields): string =>
  [host, subset, isFields(port) ? `port ${port["number"]}` : undefined].filter((part) => part !== undefined).join(" ");

/** "/v2 x-canary=yes": what a request must be like. */
function condition(match: unknown): string {
  if (!isFields(match)) return String(match);
  const { uri, headers, ...rest } = match;
  const parts = [
    ...(uri === undefined ? [] : [text(uri)]),
    ...(isFields(headers) ? Object.entries(headers).map(([name, value]) => `${name}=${text(value)}`) : []),
    ...Object.entries(rest).map(([name, value]) => `${name}=${text(value)}`),
  ];
  return parts.join(" ") || "any path";
}

/** A prefix as it is, an exact value with =, a regular expression with ~. */
function text(value: unknown): string {
  if (!isFields(value)) return typeof value === "string" ? value : JSON.stringify(value);
  if (typeof value["prefix"] === "string") return value["prefix"];
  if (typeof value["exact"] === "string") return `=${value["exact"]}`;
  if (typeof value["regex"] === "string") return `~${value["regex"]}`;
  return JSON.stringify(value);
}
