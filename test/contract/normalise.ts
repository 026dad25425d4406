/**
 * Outcomes with what no two servers agree on replaced by what it is: times, uids and allocated addresses, each the same name
 * wherever it occurs; resourceVersions by their rank, so that "unchanged" and "newer" still show.
 */
export function normalise(outcomes: unknown, namespace: string): unknown {
  const versions = new Set<number>();
  visit(outcomes, (key, value, parent) => {
    if (key === "resourceVersion" && isObjectVersion(parent) && /^\d+$/.test(String(value))) versions.add(Number(value));
  });
  const ranks = new Map([...versions].sort((a, b) => a - b).map((version, index) => [String(version), `rv-${index + 1}`]));
  const names = new Map<string, string>();
  const named = (prefix: string, value: string): string => {
    if (!names.has(value))
      names.set(value, `${prefix}-${[...names.values()].filter((name) => name.startsWith(prefix)).length + 1}`);
    return names.get(value)!;
  };
  return replace(outcomes, (key, value, parent) => {
    if (key === "resourceVersion") return isObjectVersion(parent) ? (ranks.get(String(value)) ?? value) : "<now>";
    if (key === "continue" && value !== "") return "<continue>";
    if ((key === "clusterIP" || parent === "clusterIPs") && value !== "None" && value !== "")
      return named("cluster-ip", String(value));
    if ((key === "nodePort" || key === "healthCheckNodePort") && typeof value === "number")
      return named("node-port", String(value));
    if (key === "description") return "<description>";
    if (key === "storageVersionHash") return "<hash>";
    if (typeof value !== "string") return value;
    if (parent === "cells") return cell(value).replaceAll(namespace, "{ns}");
    const printed = key === "stdout" || key === "stderr" ? normaliseText(value) : value;
    const text =
      key === "message" && hasCauses(parent) ? printed.replace(/ is invalid: \[.*\]$/s, " is invalid: [<causes>]") : printed;
    return text
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (uid) => named("uid", uid))
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "<time>")
      .replaceAll(/\b(gen-)[a-z0-9]{5}\b/g, "$1<random>")
      .replaceAll(namespace, "{ns}")
      .replaceAll(/127\.0\.0\.1:\d+/g, "<server>")
      .replaceAll(/scheme \\?"[^"]*\\?"/g, "scheme <scheme>")
      .replaceAll(/(patch: )?Invalid value: "\{\\"apiVersion.*?\}": /g, "$1Invalid value: <object>: ")
      .replaceAll(/(YAML to JSON: yaml: )(?!unmarshal).*/gs, "$1<where>")
      .replaceAll(/(must be of type \w+\): yaml: ).*(?= \()/gs, "$1<where>")
      .replaceAll(/(Too large resource version: \d+, current: )\d+/g, "$1<now>")
      .replaceAll(/(does not match the ResourceVersion in record \()\d+/g, "$1<now>")
      .replaceAll(/(too old resource version: \d+ \()\d+/g, "$1<oldest>")
      .replace(/^(?:\d+[smhdy]){1,2}$/, "<age>");
  });
}

/** Of a table: without ages and what was allocated. */
const cell = (text: string): string =>
  text
    .replaceAll(/^10\.(0\.0|96\.\d+)\.\d+$/g, "<cluster-ip>")
    .replaceAll(/:3\d{4}\//g, ":<node-port>/")
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "<time>")
    .replace(/^(?:\d+[smhdy]){1,2}$/, "<age>");

type Visitor = (key: string, value: unknown, parent: unknown) => void;

/** An object's own version, not that of a list, a bookmark or a reference. */
const isObjectVersion = (parent: unknown): boolean =>
  typeof parent === "object" && parent !== null && "name" in parent && "creationTimestamp" in parent;

function visit(value: unknown, visitor: Visitor): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    visitor(key, child, value);
    visit(child, visitor);
  }
}

function replace(
  value: unknown,
  by: (key: string, value: unknown, parent: unknown) => unknown,
  key = "",
  parent: unknown = undefined,
): unknown {
  // Managers come in the order of their times, which are no longer there;
  // causes come in no order, nor do the resources of a group, and so does the message that strings them together.
  if (Array.isArray(value))
    return inOrder(
      key,
      value.map((item) => replace(item, by, "", key)),
    );
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .map(([name, child]) => [name, replace(child, by, name, value)] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  }
  return by(key, value, parent);
}

/** Output of kubectl without what depends on the moment: ages, and the widths of columns that hold them. */
const normaliseText = (text: string): string =>
  text
    .replaceAll(/(?<=\s|^)(?:\d+[smh]){1,2}(?=\s|$)/gm, "<age>")
    .replaceAll(/^(CreationTimestamp: +).*/gm, "$1<time>")
    // Now and then kube-apiserver's own repair is quicker than the allocation that it looks at.
    .replace(/Events:\s+Type .*\n\s*---.*\n.*ipallocator-repair-controller.*\n?$/m, "Events:  <none>\n")
    .replaceAll(/\b10\.(0\.0|96\.\d+)\.\d+\b/g, "<cluster-ip>")
    .replaceAll(/(resourceVersion"?|Resource Version): +("?)\d+/g, "$1: $2<version>")
    // What explains fields is in words of one's own.
    .replaceAll(/^FIELDS:.*/gms, (fields) => fields.replaceAll(/^( {4}(?! *(\S+\t<|enum: )).*|)\n/gm, ""))
    .replaceAll(/[ \t]+(?=\n|$)/g, "")
    .replaceAll(/(\S) {2,}/g, "$1  ");

const hasCauses = (parent: unknown): boolean => typeof parent === "object" && parent !== null && "details" in parent;

const inOrder = (key: string, values: readonly unknown[]): readonly unknown[] =>
  key === "managedFields" || key === "causes" || key === "resources"
    ? values.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
    : values;
