import type { Call, Reply } from "../call.ts";
import { trackUpdate } from "../fields/update.ts";
import { timestamp } from "../kernel.ts";
import { read, serialise } from "../objects.ts";
import { badRequest, invalid, notFound } from "../status.ts";
import { present } from "../views.ts";
import { checkNamespace, resetFields } from "./create.ts";
import { decode } from "./decode.ts";
import { writeOptions } from "./options.ts";
import { insert, replace, storedTarget } from "./write.ts";

export function update(call: Call): Reply {
  const { kernel, kind, target } = call;
  const { dryRun, fieldValidation, manager } = writeOptions(call, "UpdateOptions");
  const object = decode(call, fieldValidation);
  checkNamespace(call, object.metadata.namespace);
  if (!object.metadata.name) {
    throw invalid(kind.resource, "", [
      { type: "FieldValueRequired", field: "metadata.name", message: "Required value: name must be provided" },
    ]);
  }
  if (object.metadata.name !== target.name) {
    throw badRequest(`the name of the object (${object.metadata.name}) does not match the name on the URL (${target.name})`);
  }
  const tracking = {
    manager,
    subresource: target.subresource || undefined,
    schema: kind.schema,
    reset: resetFields(kind.status, target.subresource),
    now: timestamp(kernel.now()),
  };
  const live = storedTarget(call);
  if (!live) {
    if (!kind.createOnUpdate || target.subresource) throw notFound(kind.resource, target.name);
    const created = insert(call, { object, dryRun, track: (next) => trackUpdate({ ...tracking, next }) });
    return present(call, 201, created, serialise(created));
  }
  const old = read(kind, live);
  const updated = replace(call, live, { object, dryRun, track: (next) => trackUpdate({ ...tracking, live: old, next }) });
  return present(call, 200, updated, serialise(updated));
}
