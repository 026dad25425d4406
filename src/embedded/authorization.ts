import { authenticated, type User } from "./authentication.ts";
import type { ApiRequest, Target } from "./request.ts";
import { ApiError, forbidden } from "./status.ts";

/** Paths that need no credentials. */
const open = new Set(["/version", "/version/", "/healthz", "/livez", "/readyz"]);

/** Whoever is authenticated may do everything: there is no RBAC here. */
export const mayDoEverything = ({ groups }: Pick<User, "groups">): boolean => groups.includes(authenticated);

/** @throws ApiError 403 */
export function authorize(user: User, { method, path, target, verb }: ApiRequest): void {
  if (mayDoEverything(user) || open.has(path)) return;
  const who = `User ${JSON.stringify(user.name)} cannot`;
  if (target) throw forbidden(target, target.name, `${who} ${verb} ${describe(target)}`);
  throw new ApiError(403, "Forbidden", `forbidden: ${who} ${method.toLowerCase()} path ${JSON.stringify(path)}`, {});
}

const resourceOf = ({ plural, subresource }: Target): string => (subresource === "" ? plural : `${plural}/${subresource}`);

function describe(target: Target): string {
  const { group, namespace } = target;
  const where = namespace === "" ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
  return `resource ${JSON.stringify(resourceOf(target))} in API group ${JSON.stringify(group)} ${where}`;
}
