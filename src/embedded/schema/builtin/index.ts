import { configMap } from "./config-map.ts";
import { controllerRevision } from "./controller-revision.ts";
import { customResourceDefinition } from "./custom-resource-definition.ts";
import { deployment } from "./deployment.ts";
import { endpointSlice } from "./endpoint-slice.ts";
import { endpoints } from "./endpoints.ts";
import { event, newerEvent } from "./event.ts";
import { job } from "./job.ts";
import type { BuiltinKind } from "./kind.ts";
import { lease } from "./lease.ts";
import { namespace } from "./namespace.ts";
import { node } from "./node.ts";
import { pod } from "./pod.ts";
import { clusterRole, clusterRoleBinding, role, roleBinding } from "./rbac.ts";
import { secret } from "./secret.ts";
import { service } from "./service.ts";
import { serviceAccount } from "./service-account.ts";

export type { BuiltinKind } from "./kind.ts";
export { emptyBuiltin, readBuiltin } from "./kind.ts";

/** Every built-in kind that the embedded API server serves. */
export const builtinKinds: readonly BuiltinKind[] = [
  namespace,
  configMap,
  secret,
  service,
  serviceAccount,
  event,
  node,
  pod,
  endpoints,
  deployment,
  controllerRevision,
  job,
  lease,
  endpointSlice,
  newerEvent,
  role,
  roleBinding,
  clusterRole,
  clusterRoleBinding,
  customResourceDefinition,
];
