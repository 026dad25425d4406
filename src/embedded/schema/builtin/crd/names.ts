import { at, child, invalid, required } from "../../errors.ts";
import { isDns1035Label } from "../../names.ts";
import type { FieldError } from "../../schema.ts";
import type { Names } from "./types.ts";

/** Names that are given must be names. */
export function validateNames(names: Names, path: string): FieldError[] {
  const { plural, singular = "", kind, listKind = "", shortNames = [], categories = [] } = names;
  const label = (where: string, name: string, tested = name, prefix = ""): FieldError[] => {
    const problems = name === "" ? [] : isDns1035Label(tested);
    return problems.length > 0 ? [invalid(child(path, where), name, prefix + problems.join(","))] : [];
  };
  const mixed = (where: string, name: string) =>
    label(where, name, name.toLowerCase(), "may have mixed case, but should otherwise match: ");
  const listed = (where: string, all: readonly string[]) =>
    all.flatMap((name, i) => {
      const problems = isDns1035Label(name);
      return problems.length > 0 ? [invalid(at(child(path, where), i), name, problems.join(","))] : [];
    });
  const isAmbiguous = kind !== "" && kind === listKind;
  return [
    ...label("plural", plural),
    ...label("singular", singular),
    ...mixed("kind", kind),
    ...mixed("listKind", listKind),
    ...listed("shortNames", shortNames),
    ...(isAmbiguous ? [invalid(child(path, "listKind"), listKind, "kind and listKind may not be the same")] : []),
    ...listed("categories", categories),
  ];
}

export const requireNames = (names: Names, path: string): FieldError[] =>
  (["plural", "singular", "kind", "listKind"] as const).flatMap((name) => (names[name] ? [] : [required(child(path, name))]));
