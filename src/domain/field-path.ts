/** The way to a field inside an object: names of members, and positions in lists. */
export type FieldPath = readonly (string | number)[];

const PLAIN = /^[A-Za-z_][-A-Za-z0-9_]*$/;

/** "spec.http[0].route[1].weight"; a name that is not plain is quoted: "metadata.annotations['example.com/a']". */
export const pathText = (path: FieldPath): string =>
  path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      if (!PLAIN.test(step)) return `['${step}']`;
      return index === 0 ? step : `.${step}`;
    })
    .join("");

/** What stands there; undefined where nothing does. */
export const valueAt = (value: unknown, path: FieldPath): unknown =>
  path.reduce<unknown>(
    (found, step) =>
      typeof found === "object" && found !== null && Object.hasOwn(found, step)
        ? (found as Record<string | number, unknown>)[step]
        : undefined,
    value,
  );

/** The path that a JSON Pointer stands for; positions are texts, as pointers have them. */
export const pointerPath = (pointer: string): FieldPath =>
  pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
