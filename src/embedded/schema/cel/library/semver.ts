import type { Environment } from "@marcbachmann/cel-js";

const pattern =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$/;

class Semver {
  readonly numbers: readonly bigint[];
  readonly pre: readonly string[];

  constructor(numbers: readonly bigint[], pre: readonly string[]) {
    this.numbers = numbers;
    this.pre = pre;
  }

  static parse(text: string): Semver | undefined {
    const [, major, minor, patch, pre] = pattern.exec(text) ?? [];
    if (major === undefined || minor === undefined || patch === undefined) return undefined;
    return new Semver([major, minor, patch].map(BigInt), pre?.split(".") ?? []);
  }
}

/** `v1.2` is taken as `1.2.0`: a leading v, missing parts and leading zeros do not matter. */
function normalize(text: string): string {
  const [, core = "", rest = ""] = /^v?([^-+]*)(.*)$/.exec(text) ?? [];
  const parts = core.split(".").map((part) => part.replace(/^0+(?=\d)/, ""));
  while (parts.length < 3) parts.push("0");
  return `${parts.join(".")}${rest}`;
}

function semver(text: string): Semver {
  const parsed = Semver.parse(text);
  if (!parsed) throw new SyntaxError(`Invalid Semantic Version: ${text}`);
  return parsed;
}

function compare(a: Semver, b: Semver): number {
  for (const [i, number] of a.numbers.entries()) {
    const other = b.numbers[i]!;
    if (number !== other) return number < other ? -1 : 1;
  }
  if (a.pre.length === 0 || b.pre.length === 0) return Math.sign(b.pre.length - a.pre.length);
  for (const [i, part] of a.pre.entries()) {
    const other = b.pre[i];
    if (other === undefined) return 1;
    if (part === other) continue;
    const numeric = [part, other].map((text) => /^\d+$/.test(text));
    if (numeric[0] && numeric[1]) return BigInt(part) < BigInt(other) ? -1 : 1;
    if (numeric[0] !== numeric[1]) return numeric[0] ? -1 : 1;
    return part < other ? -1 : 1;
  }
  return Math.sign(a.pre.length - b.pre.length);
}

export function registerSemver(env: Environment): void {
  const prepare = (text: string, normalized: boolean): string => (normalized ? normalize(text) : text);
  env
    .registerType("kubernetes.Semver", Semver)
    .registerFunction("semver(string): kubernetes.Semver", semver)
    .registerFunction("semver(string, bool): kubernetes.Semver", (text: string, normal: boolean) => semver(prepare(text, normal)))
    .registerFunction("isSemver(string): bool", (text: string) => Semver.parse(text) !== undefined)
    .registerFunction(
      "isSemver(string, bool): bool",
      (text: string, normal: boolean) => Semver.parse(prepare(text, normal)) !== undefined,
    )
    .registerFunction("kubernetes.Semver.isGreaterThan(kubernetes.Semver): bool", (a: Semver, b: Semver) => compare(a, b) > 0)
    .registerFunction("kubernetes.Semver.isLessThan(kubernetes.Semver): bool", (a: Semver, b: Semver) => compare(a, b) < 0)
    .registerFunction("kubernetes.Semver.compareTo(kubernetes.Semver): int", (a: Semver, b: Semver) => BigInt(compare(a, b)))
    .registerFunction("kubernetes.Semver.major(): int", ({ numbers }: Semver) => numbers[0])
    .registerFunction("kubernetes.Semver.minor(): int", ({ numbers }: Semver) => numbers[1])
    .registerFunction("kubernetes.Semver.patch(): int", ({ numbers }: Semver) => numbers[2])
    .registerOperator("kubernetes.Semver == kubernetes.Semver", (a: Semver, b: Semver) => compare(a, b) === 0);
}
