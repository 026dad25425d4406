import jsonPatch from "fast-json-patch";
import type { Override } from "../api/accesspoint.ts";
import type { Manifest } from "./manifest.ts";
import { type Member, mismatch } from "./selection.ts";

/** A template's manifest on its way to one cluster. */
export interface Draft {
  /** Name of the template it came from. */
  readonly template: string;
  readonly manifest: Manifest;
}

/** An override that cannot be applied: names the override, the cluster, the object and the path. */
export class OverrideError extends Error {
  override readonly name = "OverrideError";
}

/**
 * Whether the override is meant for this cluster.
 *
 * @param stage The stage that the cluster is in; none: what is bound to a stage does not count.
 */
export const concerns = (override: Override, member: Member, stage?: string): boolean =>
  (override.stages === undefined || (stage !== undefined && override.stages.includes(stage))) &&
  mismatch(override, member) === undefined;

/** Names of the stages in which overrides that are bound to them concern the cluster. */
export const boundStages = (overrides: readonly Override[], member: Member): readonly string[] => [
  ...new Set(overrides.flatMap((override) => (mismatch(override, member) === undefined ? (override.stages ?? []) : []))),
];

/** Whether the override changes this object of the bundle. */
export const targets = ({ target }: Override, { template, manifest }: Draft): boolean =>
  target.template !== undefined
    ? target.template === template
    : target.kind === manifest.kind && (target.name === undefined || target.name === manifest.metadata.name);

/**
 * Applies the overrides that concern the cluster, in list order, so that the last one wins.
 *
 * @throws OverrideError when a path does not exist or a `test` fails.
 */
export function applyOverrides(
  drafts: readonly Draft[],
  overrides: readonly Override[],
  member: Member,
  stage?: string,
): readonly Draft[] {
  const concerned = overrides.filter((override) => concerns(override, member, stage));
  return drafts.map((draft) => {
    const matching = concerned.filter((override) => targets(override, draft));
    const manifest = matching.reduce((current, override) => patched(current, override, member, stage), draft.manifest);
    return { ...draft, manifest };
  });
}

function patched(manifest: Manifest, override: Override, member: Member, stage: string | undefined): Manifest {
  if (override.mergePatch) return mergePatch(manifest, override.mergePatch) as Manifest;
  let current = manifest;
  for (const [index, operation] of (override.jsonPatch ?? []).entries()) {
    try {
      const { newDocument } = jsonPatch.applyPatch(current, [operation as jsonPatch.Operation], true, false, true);
      current = newDocument as Manifest;
    } catch (error) {
      throw new OverrideError(
        `override ${override.name}, jsonPatch[${index}] (${operation.op} ${operation.path}) on ${manifest.kind}/${manifest.metadata.name} for cluster ${member.name}${stage === undefined ? "" : ` in stage ${stage}`}: ${explain(error, operation)}`,
        { cause: error },
      );
    }
  }
  return current;
}

function explain(error: unknown, operation: NonNullable<Override["jsonPatch"]>[number]): string {
  const code = error instanceof jsonPatch.JsonPatchError ? error.name : "";
  switch (code) {
    case "TEST_OPERATION_FAILED":
      return `the value there is not ${JSON.stringify(operation.value)}`;
    case "OPERATION_FROM_UNRESOLVABLE":
      return `there is nothing at ${operation.from}`;
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
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}
