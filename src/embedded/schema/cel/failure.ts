/** Says of a rule that failed while it was evaluated what the API server would say. */
export function describeFailure(error: unknown, rule: string): string {
  const { code, summary } = error as { readonly code?: string; readonly summary?: string };
  const text = summary ?? (error instanceof Error ? error.message : String(error));
  switch (code) {
    case "no_such_overload":
    case "no_matching_overload":
    case "field_type_mismatch":
      return `'no such overload': call arguments did not match a supported operator, function or macro signature for rule: ${rule}`;
    case "no_such_key":
      return `no such key: ${text.replace(/^No such key: /, "")} evaluating rule: ${rule}`;
    case "index_out_of_bounds":
      return `index out of bounds: ${/index (-?\d+)/.exec(text)?.[1]} evaluating rule: ${rule}`;
    case "modulo_by_zero":
      return `modulus by zero evaluating rule: ${rule}`;
    case "invalid_duration":
      return `type conversion error from 'string' to 'google.protobuf.Duration' evaluating rule: ${rule}`;
    case "numeric_overflow":
      return `integer overflow evaluating rule: ${rule}`;
    default:
      return `${text} evaluating rule: ${rule}`;
  }
}
