import type { Call, Reply } from "../call.ts";
import { trackUpdate } from "../fields/update.ts";
import { timestamp } from "../kernel.ts";
import { read } from "../objects.ts";
import { notFound } from "../status.ts";
import { present } from "../views.ts";
import { checkNamespace, resetFields, schemasOf } from "./create.ts";
import { decode } from "./decode.ts";
import { writeOptions } from "./options.ts";
import { checkName, checkUid, insert, replace, storedTarget } from "./write.ts";

export function update(call: Call): Reply {
  const { kernel, kind, target } = call;
  const { dryRun, fieldValidation, manager } = writeOptions(call, "UpdateOptions");
  const object = decode(call, fieldValidation);
  checkNamespace(call, object.metadata.namespace);
  checkName(call, object);
  const tracking = {
    manager,
    subresource: target.subresource || undefined,
    ...schemasOf(kind),
    reset: resetFields(kind, target.subresource),
    now: timestamp(kernel.now()),
  };
  const live = storedTarget(call);
  if (!live) {
    if (!kind.createOnUpdate || target.subresource) throw notFound(kind.resource, target.name);
    const created = insert(call, { object, dryRun, track: (next) => trackUpdate({ ...tracking, next }) });
    return present(call, 201, created);
  }
  checkUid(call, object, live);
  const old = read(kind, live);
  const updated = replace(call, live, old, { object, dryRun, track: (next) => trackUpdate({ ...tracking, live: old, next }) });
  return present(call, 200, updated);
}
