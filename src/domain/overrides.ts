import jsonPatch from "fast-json-patch";
import type { Override } from "../api/accesspoint.ts";
import { isShallow, MAX_LEVELS } from "../api/meta.ts";
import { type FieldPath, pointerPath, valueAt } from "./field-path.ts";
import { type Manifest, objectTitle } from "./manifest.ts";
import { RenderError } from "./render-error.ts";
import { isMeant, type Member } from "./selection.ts";

/** A template's manifest on its way to one cluster. */
export interface Draft {
  /** Name of the template it came from. */
  readonly template: string;
  readonly manifest: Manifest;
}

/**
 * Whether the override is meant for this cluster.
 *
 * @param stage The stage that the cluster is in; none: what is bound to a stage does not count.
 */
export const concerns = (override: Override, member: Member, stage?: string): boolean =>
  (override.stages === undefined || (stage !== undefined && override.stages.includes(stage))) && isMeant(override, member);

/** Names of the stages in which overrides that are bound to them concern the cluster. */
export const boundStages = (overrides: readonly Override[], member: Member): readonly string[] => [
  ...new Set(overrides.flatMap((override) => (isMeant(override, member) ? (override.stages ?? []) : []))),
];

/** Whether the override changes this object of the bundle. */
export const targets = ({ target }: Override, { template, manifest }: Draft): boolean =>
  target.template !== undefined
    ? target.template === template
    : target.kind === manifest.kind && (target.name === undefined || target.name === manifest.metadata.name);

/** What `copy` may add to one object, characters of JSON: copies of copies double. */
const MAX_COPIED = 512 * 1024;

/**
 * The object with every override that concerns the cluster, in list order, so that the last one wins.
 *
 * @throws RenderError when a path does not exist, a `test` fails, or no object is left.
 */
export function applyOverrides(draft: Draft, overrides: readonly Override[], member: Member, stage?: string): Draft {
  return [...steps(draft, overrides, member, stage)].at(-1)?.draft ?? draft;
}

/** The last of the overrides that change what stands at a place; undefined: the template has it as it is. */
export function originOf(
  draft: Draft,
  overrides: readonly Override[],
  member: Member,
  stage: string | undefined,
  path: FieldPath,
): Override | undefined {
  let before = draft;
  let origin: Override | undefined;
  for (const { override, draft: after } of steps(draft, overrides, member, stage)) {
    if (differs(before.manifest, after.manifest, path)) origin = override;
    before = after;
  }
  return origin;
}

/** What is missing was taken away, or was not in what was put there. */
function differs(before: Manifest, after: Manifest, path: FieldPath): boolean {
  const [was, is] = [valueAt(before, path), valueAt(after, path)];
  if (is !== undefined || was !== undefined) return JSON.stringify(was) !== JSON.stringify(is);
  const above = path.slice(0, -1);
  return valueAt(before, above) === undefined && valueAt(after, above) !== undefined;
}

/** The draft as each override leaves it. */
function* steps(draft: Draft, overrides: readonly Override[], member: Member, stage: string | undefined) {
  let { manifest } = draft;
  let left = MAX_COPIED;
  const mayCopy = (value: unknown): boolean => {
    left -= JSON.stringify(value).length;
    return left >= 0;
  };
  for (const override of overrides) {
    if (!concerns(override, member, stage) || !targets(override, draft)) continue;
    const title = objectTitle(manifest);
    const fails = (place: string, why: string, cause?: unknown): RenderError => {
      const subject = `override ${override.name}${place} on ${title}`;
      return new RenderError([{ reason: "OverrideFailed", field: "spec.overrides", subject, why }], member.name, stage, { cause });
    };
    const patched = override.mergePatch
      ? mergePatch(manifest, override.mergePatch)
      : jsonPatched(manifest, override.jsonPatch ?? [], mayCopy, fails);
    const lost = whatIsLost(patched);
    if (lost) throw fails("", lost);
    manifest = patched as Manifest;
    yield { override, draft: { ...draft, manifest } };
  }
}

/** Nothing that follows can work with what is no object with a name, or has no end. */
function whatIsLost(patched: unknown): string | undefined {
  const metadata = valueAt(patched, ["metadata"]);
  if (Array.isArray(patched) || typeof valueAt(metadata, ["name"]) !== "string") return "it leaves no object with metadata.name";
  return isShallow(patched) ? undefined : `it nests the object deeper than ${MAX_LEVELS} levels`;
}

type Operation = NonNullable<Override["jsonPatch"]>[number];

function jsonPatched(
  manifest: Manifest,
  operations: readonly Operation[],
  mayCopy: (value: unknown) => boolean,
  fails: (place: string, why: string, cause?: unknown) => RenderError,
): unknown {
  let document: unknown = structuredClone(manifest);
  for (const [index, operation] of operations.entries()) {
    const place = `, jsonPatch[${index}] (${operation.op} ${operation.path || "the whole object"})`;
    const refuse = (why: string, cause?: unknown) => fails(place, why, cause);
    try {
      const obstacle = isFrom(operation) ? cannotBeTaken(document, operation, mayCopy) : undefined;
      if (obstacle) throw refuse(obstacle);
      document = jsonPatch.applyOperation(
        document,
        // What is inserted is changed by what follows, and must not be a part of the revision.
        structuredClone(operation) as jsonPatch.Operation,
        validate,
        true,
        true,
      ).newDocument;
    } catch (error) {
      throw error instanceof RenderError ? error : refuse(explain(error, operation), error);
    }
    if (typeof document !== "object" || document === null) throw refuse("it leaves no object");
  }
  return document;
}

const isFrom = ({ op }: Operation): boolean => op === "move" || op === "copy";

/** The library would copy the whole object to look at the source of a move or copy: `cannotBeTaken` did. */
const validate: jsonPatch.Validator<unknown> = (operation, index, document, existingPathFragment) => {
  if (!isFrom(operation as Operation)) jsonPatch.validator(operation, index, document, existingPathFragment);
};

/** Why there is nothing that could be moved or copied. */
function cannotBeTaken(document: unknown, { op, path, from = "" }: Operation, mayCopy: (value: unknown) => boolean) {
  const value = valueAt(document, pointerPath(from));
  if (value === undefined) return `there is nothing at ${from}`;
  if (op === "move") return path.startsWith(`${from}/`) ? "nothing can be moved into itself" : undefined;
  return mayCopy(value) ? undefined : `overrides copy more than ${MAX_COPIED / 1024} KiB`;
}

function explain(error: unknown, operation: Operation): string {
  const code = error instanceof jsonPatch.JsonPatchError ? error.name : "";
  switch (code) {
    case "TEST_OPERATION_FAILED":
      return `the value there is not ${JSON.stringify(operation.value)}`;
    case "OPERATION_PATH_UNRESOLVABLE":
    case "OPERATION_PATH_CANNOT_ADD":
      return "this path does not exist in the object";
    case "OPERATION_PATH_ILLEGAL_ARRAY_INDEX":
      return "an index of a list is a number, or - for its end";
    case "OPERATION_VALUE_OUT_OF_BOUNDS":
      return "the list is shorter than that";
    default:
      return error instanceof Error ? error.message.split("\n")[0]! : String(error);
  }
}

/** RFC 7386: objects are merged, null removes, everything else replaces. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const base = typeof target === "object" && target !== null && !Array.isArray(target) ? target : {};
  const result = new Map<string, unknown>(Object.entries(base));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, mergePatch(result.get(key), value));
  }
  return Object.fromEntries(result);
}
