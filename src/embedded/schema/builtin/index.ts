import { configMap } from "./config-map.ts";
import type { BuiltinKind } from "./kind.ts";
import { lease } from "./lease.ts";
import { namespace } from "./namespace.ts";
import { secret } from "./secret.ts";
import { service } from "./service.ts";
import { serviceAccount } from "./service-account.ts";

export type { BuiltinKind } from "./kind.ts";
export { emptyBuiltin, readBuiltin } from "./kind.ts";

/** Every built-in kind that the embedded API server serves. */
export const all: readonly BuiltinKind[] = [configMap, lease, namespace, secret, service, serviceAccount];
export const builtinKinds: readonly BuiltinKind[] = [];
