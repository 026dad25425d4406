type Format = "decimal" | "binary" | "exponent";

const decimal: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const binary: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

const one = 1_000_000_000n;

/** An amount such as `1.5Gi` or `100m`, kept in billionths. */
export class Quantity {
  readonly nanos: bigint;
  readonly #format: Format;

  constructor(nanos: bigint, format: Format = "decimal") {
    this.nanos = nanos;
    this.#format = format;
  }

  /** Undefined when the text is no quantity. */
  static parse(text: string): Quantity | undefined {
    const [, sign = "", whole = "", fraction = "", suffix = "", power] =
      /^([+-]?)(\d*)(?:\.(\d*))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?$/.exec(text) ?? [];
    if (whole === "" && fraction === "") return undefined;
    const isBinary = Object.hasOwn(binary, suffix);
    const base = isBinary ? 2n : 10n;
    const exponent = power === undefined ? (isBinary ? binary : decimal)[suffix]! : Number(power);
    let nanos = BigInt(`${whole}${fraction}`) * one;
    if (exponent >= 0) nanos *= base ** BigInt(exponent);
    const divisor = 10n ** BigInt(fraction.length) * (exponent < 0 ? base ** BigInt(-exponent) : 1n);
    // What is finer than a billionth is rounded up, away from zero.
    const rounded = (nanos + divisor - 1n) / divisor;
    return new Quantity(sign === "-" ? -rounded : rounded, isBinary ? "binary" : power === undefined ? "decimal" : "exponent");
  }

  /** The one way to write it: without a fraction, with the largest suffix: `0.5` is `500m`, `1024Mi` is `1Gi`. */
  toString(): string {
    if (this.nanos === 0n) return "0";
    const size = this.nanos < 0n ? -this.nanos : this.nanos;
    if (this.#format === "binary" && size >= 1024n * one && this.nanos % one === 0n) {
      const { rest, steps } = reduce(this.nanos / one, 1024n, 6);
      return `${rest}${nameOf(binary, steps * 10)}`;
    }
    const { rest, steps } = reduce(this.nanos, 1000n, this.#format === "exponent" ? Number.POSITIVE_INFINITY : 9);
    const exponent = steps * 3 - 9;
    if (this.#format !== "exponent") return `${rest}${nameOf(decimal, exponent)}`;
    return exponent === 0 ? String(rest) : `${rest}e${exponent}`;
  }
}

function reduce(value: bigint, factor: bigint, most: number): { rest: bigint; steps: number } {
  let [rest, steps] = [value, 0];
  while (steps < most && rest % factor === 0n) {
    rest /= factor;
    steps++;
  }
  return { rest, steps };
}

const nameOf = (suffixes: Readonly<Record<string, number>>, exponent: number): string =>
  Object.keys(suffixes).find((suffix) => suffixes[suffix] === exponent) ?? "";
