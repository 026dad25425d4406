import type { Environment } from "@marcbachmann/cel-js";

const suffixes: Readonly<Record<string, readonly [base: bigint, exponent: number]>> = {
  n: [10n, -9],
  u: [10n, -6],
  m: [10n, -3],
  "": [10n, 0],
  k: [10n, 3],
  M: [10n, 6],
  G: [10n, 9],
  T: [10n, 12],
  P: [10n, 15],
  E: [10n, 18],
  Ki: [2n, 10],
  Mi: [2n, 20],
  Gi: [2n, 30],
  Ti: [2n, 40],
  Pi: [2n, 50],
  Ei: [2n, 60],
};

/** An amount such as `1.5Gi` or `100m`, kept in billionths. */
class Quantity {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }

  /** Undefined when the text is no quantity. */
  static parse(text: string): Quantity | undefined {
    const [, sign = "", whole = "", fraction = "", suffix = "", power] =
      /^([+-]?)(\d*)(?:\.(\d*))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?$/.exec(text) ?? [];
    if (whole === "" && fraction === "") return undefined;
    const [base, exponent] = power === undefined ? suffixes[suffix]! : ([10n, Number(power)] as const);
    let nanos = BigInt(`${whole}${fraction}`) * 1_000_000_000n;
    const shift = fraction.length;
    if (exponent >= 0) nanos *= base ** BigInt(exponent);
    const divisor = 10n ** BigInt(shift) * (exponent < 0 ? base ** BigInt(-exponent) : 1n);
    // What is finer than a billionth is rounded up, away from zero.
    const rounded = (nanos + divisor - 1n) / divisor;
    return new Quantity(sign === "-" ? -rounded : rounded);
  }
}

const one = 1_000_000_000n;

function quantity(text: string): Quantity {
  const parsed = Quantity.parse(text);
  if (!parsed) {
    throw new SyntaxError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  }
  return parsed;
}

export function registerQuantity(env: Environment): void {
  const sign = (n: bigint): bigint => (n > 0n ? 1n : n < 0n ? -1n : 0n);
  env
    .registerType("kubernetes.Quantity", Quantity)
    .registerFunction("quantity(string): kubernetes.Quantity", quantity)
    .registerFunction("isQuantity(string): bool", (text: string) => Quantity.parse(text) !== undefined)
    .registerFunction("sign(kubernetes.Quantity): int", ({ nanos }: Quantity) => sign(nanos))
    .registerFunction(
      "kubernetes.Quantity.isGreaterThan(kubernetes.Quantity): bool",
      (a: Quantity, b: Quantity) => a.nanos > b.nanos,
    )
    .registerFunction("kubernetes.Quantity.isLessThan(kubernetes.Quantity): bool", (a: Quantity, b: Quantity) => a.nanos < b.nanos)
    .registerFunction("kubernetes.Quantity.compareTo(kubernetes.Quantity): int", (a: Quantity, b: Quantity) =>
      sign(a.nanos - b.nanos),
    )
    .registerFunction("kubernetes.Quantity.asApproximateFloat(): double", ({ nanos }: Quantity) => Number(nanos) / 1e9)
    .registerFunction("kubernetes.Quantity.isInteger(): bool", ({ nanos }: Quantity) => nanos % one === 0n)
    .registerFunction("kubernetes.Quantity.asInteger(): int", ({ nanos }: Quantity) => {
      if (nanos % one !== 0n) throw new RangeError("cannot convert value to integer");
      return nanos / one;
    })
    .registerFunction(
      "kubernetes.Quantity.add(kubernetes.Quantity): kubernetes.Quantity",
      (a: Quantity, b: Quantity) => new Quantity(a.nanos + b.nanos),
    )
    .registerFunction(
      "kubernetes.Quantity.add(int): kubernetes.Quantity",
      (a: Quantity, b: bigint) => new Quantity(a.nanos + b * one),
    )
    .registerFunction(
      "kubernetes.Quantity.sub(kubernetes.Quantity): kubernetes.Quantity",
      (a: Quantity, b: Quantity) => new Quantity(a.nanos - b.nanos),
    )
    .registerFunction(
      "kubernetes.Quantity.sub(int): kubernetes.Quantity",
      (a: Quantity, b: bigint) => new Quantity(a.nanos - b * one),
    )
    .registerOperator("kubernetes.Quantity == kubernetes.Quantity", (a: Quantity, b: Quantity) => a.nanos === b.nanos);
}
