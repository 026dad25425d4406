import type { Environment } from "@marcbachmann/cel-js";
import { Quantity } from "../../quantity.ts";

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
