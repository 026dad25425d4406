import { ABORT_ANNOTATION, RETRY_ANNOTATION, SKIP_ANNOTATION } from "../api/kinds.ts";
import type { ManagedFieldsEntry, ObjectMeta } from "../api/resource.ts";
import type { Requests } from "../domain/rollout/model.ts";

/** Annotations by which something is asked of a rollout. */
export const REQUEST_ANNOTATIONS: readonly string[] = [ABORT_ANNOTATION, RETRY_ANNOTATION, SKIP_ANNOTATION];

/** Where in managedFields stands who asked. */
const ASKED = {
  abort: ["f:metadata", "f:annotations", `f:${ABORT_ANNOTATION}`],
  retry: ["f:metadata", "f:annotations", `f:${RETRY_ANNOTATION}`],
  skip: ["f:metadata", "f:annotations", `f:${SKIP_ANNOTATION}`],
  paused: ["f:spec", "f:rollout", "f:paused"],
  rollbackTo: ["f:spec", "f:rollout", "f:rollbackTo"],
} as const satisfies Readonly<Record<keyof NonNullable<Requests["by"]>, readonly string[]>>;

/** What people ask by annotation, and who asks, as far as the API server knows: the field manager, and when. */
export function requestsOf({ annotations = {}, managedFields = [] }: ObjectMeta): Requests {
  const { [ABORT_ANNOTATION]: abort, [RETRY_ANNOTATION]: retry, [SKIP_ANNOTATION]: skip } = annotations;
  const by = Object.entries(ASKED).flatMap(([request, path]) => {
    const found = managedFields.find(({ fieldsV1 }) => manages(fieldsV1, path));
    return found?.manager ? [[request, `${found.manager}${found.time ? ` at ${found.time}` : ""}`]] : [];
  });
  return {
    ...(abort ? { abort } : {}),
    ...(retry ? { retry } : {}),
    ...(skip ? { skip } : {}),
    by: Object.fromEntries(by),
  };
}

/** The managers of what is asked, with these fields alone of what they manage. */
export const askers = (managers: readonly ManagedFieldsEntry[]): readonly ManagedFieldsEntry[] =>
  managers.flatMap(({ manager, time, fieldsV1 }) => {
    const paths = Object.values(ASKED).filter((path) => manages(fieldsV1, path));
    return manager && paths.length > 0 ? [{ manager, ...(time ? { time } : {}), fieldsV1: fieldsOf(paths) }] : [];
  });

function manages(fields: unknown, path: readonly string[]): boolean {
  let at = fields;
  for (const step of path) at = (at as Readonly<Record<string, unknown>> | undefined)?.[step];
  return at !== undefined;
}

function fieldsOf(paths: readonly (readonly [string, string, string])[]): Record<string, unknown> {
  const groups = Map.groupBy(paths, ([first, second]) => `${first} ${second}`);
  return Object.fromEntries(
    [...groups.values()].map((group) => {
      const [[first, second]] = group as [(typeof paths)[number]];
      return [first, { [second]: Object.fromEntries(group.map(([, , field]) => [field, {}])) }];
    }),
  );
}
