import { unescape as unescapePercents } from "node:querystring";
import { anonymous, authenticated, type User, unauthenticated } from "./authentication.ts";
import { ApiError, badRequest } from "./status.ts";

const extraPrefix = "impersonate-extra-";
const serviceAccount = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** Whom a request asks to be taken for: headers that come more than once count each. */
interface Wish {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/**
 * Who a request is from, once it is taken for whom it asks to be taken for. There is no RBAC: whoever is authenticated may ask.
 * @param rawHeaders names and values in turn, as Node has them
 * @throws ApiError 400 or 403
 */
export function impersonated(user: User, rawHeaders: readonly string[]): User {
  const wish = wishOf(rawHeaders);
  if (!wish) return user;
  const { name, uid, groups, extra } = wish;
  if (name === "") throw badRequest(`requested ${print(wish)} without impersonating a user name`);
  if (!user.groups.includes(authenticated)) throw notAllowed(user, name);
  return {
    name,
    groups: completed(name, groups),
    ...(uid !== "" && { uid }),
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}

function wishOf(rawHeaders: readonly string[]): Wish | undefined {
  const headers: (readonly [name: string, value: string])[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    if (name.startsWith("impersonate-")) headers.push([name, rawHeaders[at + 1]!]);
  }
  if (headers.length === 0) return undefined;
  const valuesOf = (wanted: string): string[] => headers.filter(([name]) => name === wanted).map(([, value]) => value);
  const extra: Record<string, string[]> = {};
  for (const [name, value] of headers) {
    if (!name.startsWith(extraPrefix)) continue;
    const key = unescapePercents(name.slice(extraPrefix.length));
    extra[key] = [...(extra[key] ?? []), value];
  }
  return {
    name: valuesOf("impersonate-user")[0] ?? "",
    uid: valuesOf("impersonate-uid")[0] ?? "",
    groups: valuesOf("impersonate-group"),
    extra,
  };
}

/** The groups that are asked for, or else those of a service account; and whether they are authenticated. */
function completed(name: string, asked: readonly string[]): string[] {
  const namespace = serviceAccount.exec(name)?.[1];
  const own = namespace === undefined ? [] : ["system:serviceaccounts", `system:serviceaccounts:${namespace}`];
  const groups = asked.length > 0 ? asked : own;
  if (name === anonymous.name) return groups.includes(unauthenticated) ? [...groups] : [...groups, unauthenticated];
  return groups.includes(authenticated) || groups.includes(unauthenticated) ? [...groups] : [...groups, authenticated];
}

const notAllowed = (user: User, name: string): ApiError =>
  new ApiError(
    403,
    "Forbidden",
    `users ${JSON.stringify(name)} is forbidden: User ${JSON.stringify(user.name)} cannot impersonate resource "users" in API group "" at the cluster scope`,
    { name, kind: "users" },
  );

/** As Go prints its struct. */
function print({ uid, groups, extra }: Wish): string {
  const texts = (values: readonly string[]): string => `[]string{${values.map((value) => JSON.stringify(value)).join(", ")}}`;
  const extras = Object.entries(extra).map(([key, values]) => `${JSON.stringify(key)}:${texts(values)}`);
  const extraText = extras.length === 0 ? "map[string][]string(nil)" : `map[string][]string{${extras.join(", ")}}`;
  const groupText = groups.length === 0 ? "[]string(nil)" : texts(groups);
  return `&user.DefaultInfo{Name:"", UID:${JSON.stringify(uid)}, Groups:${groupText}, Extra:${extraText}}`;
}
