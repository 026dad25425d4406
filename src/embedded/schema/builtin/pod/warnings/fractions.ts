import { at, quote } from "../../../errors.ts";
import { Quantity } from "../../../quantity.ts";

const one = 1_000_000_000n;
const thousandth = one / 1000n;

/** Amounts of bytes that are not whole. @param resources quantities by their name */
export const fractions = (resources: object | undefined, names: readonly string[], path: string): string[] =>
  names.flatMap((name) => {
    const quantity = Quantity.parse((resources as Readonly<Record<string, string>> | undefined)?.[name] ?? "0")!;
    if (!hasThousandths(quantity)) return [];
    return [`${at(path, name)}: fractional byte value ${quote(String(quantity))} is invalid, must be an integer`];
  });

/** What is finer than a thousandth counts as one. */
const hasThousandths = ({ nanos }: Quantity): boolean => ((nanos + thousandth - 1n) / thousandth) % 1000n !== 0n;
