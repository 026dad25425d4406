const none = "<none>";

/** `a=1,b=2`, in the order of the keys; `<none>` for none. */
export const printLabels = (value: unknown): string =>
  Object.entries((value as Record<string, string> | undefined) ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, label]) => `${key}=${label}`)
    .join(",") || none;

interface LabelSelector {
  readonly matchLabels?: Record<string, string>;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[];
}

/** A label selector in its written form; `<none>` for an empty one. */
export function printSelector(value: unknown): string {
  const { matchLabels, matchExpressions = [] } = (value as LabelSelector | undefined) ?? {};
  const parts = matchLabels && Object.keys(matchLabels).length > 0 ? [printLabels(matchLabels)] : [];
  for (const { key, operator, values = [] } of matchExpressions) {
    const list = `(${values.join(",")})`;
    if (operator === "Exists") parts.push(key);
    else if (operator === "DoesNotExist") parts.push(`!${key}`);
    else parts.push(`${key} ${operator === "In" ? "in" : "notin"} ${list}`);
  }
  return parts.join(",") || none;
}
