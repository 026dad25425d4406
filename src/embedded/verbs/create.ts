import type { Call, Reply } from "../call.ts";
import { emptySet, type FieldSet, fieldsAt } from "../fields/set.ts";
import type { Tracking } from "../fields/tracking.ts";
import { trackUpdate } from "../fields/update.ts";
import { timestamp } from "../kernel.ts";
import type { ServedKind } from "../registry.ts";
import { badRequest } from "../status.ts";
import { present } from "../views.ts";
import { decode } from "./decode.ts";
import { writeOptions } from "./options.ts";
import { insert } from "./write.ts";

export function create(call: Call): Reply {
  const { kernel, kind, target } = call;
  const { dryRun, fieldValidation, manager } = writeOptions(call, "CreateOptions");
  const object = decode(call, fieldValidation);
  checkNamespace(call, object.metadata.namespace);
  const created = insert(call, {
    object,
    dryRun,
    track: (next) =>
      trackUpdate({
        next,
        manager,
        ...schemasOf(kind),
        reset: resetFields(kind, target.subresource),
        now: timestamp(kernel.now()),
      }),
  });
  return present(call, 201, created);
}

export function checkNamespace({ target }: Call, namespace: string | undefined): void {
  if (namespace && namespace !== target.namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
}

/** What tells who owns what in objects of a kind. */
export const schemasOf = ({ schema, versions, empty }: ServedKind): Pick<Tracking, "schema" | "schemaAt" | "empty"> => ({
  schema,
  empty,
  schemaAt: versions && ((apiVersion) => versions.get(apiVersion)?.schema),
});

/** What a write to the object or to its status cannot change, and so does not come to own. */
export function resetFields({ status, statusReset }: ServedKind, subresource: string): FieldSet {
  if (subresource === "status") return statusReset;
  return status ? statusField : emptySet;
}

const statusField = fieldsAt(["status"]);
