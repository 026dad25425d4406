import type { Reply } from "./call.ts";
import type { ApiRequest } from "./request.ts";

/** What is looked at, as far as there is anything like it here. */
const checks = {
  healthz: ["ping", "log", "etcd"],
  livez: ["ping", "log", "etcd"],
  readyz: ["ping", "log", "informer-sync"],
};

const text = (body: string): Reply => ({ code: 200, body, contentType: "text/plain; charset=utf-8" });

/** The answer of a health endpoint, or of one check below it; undefined when there is no such check. All is always well. */
export function health(endpoint: keyof typeof checks, { path, query }: Pick<ApiRequest, "path" | "query">): Reply | undefined {
  const below = path.slice(`/${endpoint}/`.length);
  if (path !== `/${endpoint}`) return checks[endpoint].includes(below) ? text("ok") : undefined;
  if (!query.has("verbose")) return text("ok");
  const excluded = query.getAll("exclude");
  const lines = checks[endpoint].map((name) => `[+]${name}${excluded.includes(name) ? " excluded:" : ""} ok\n`);
  const unknown = excluded.filter((name) => !checks[endpoint].includes(name)).map((name) => JSON.stringify(name));
  const warning = `warn: some health checks cannot be excluded: no matches for ${unknown.join(",")}\n`;
  return text(`${lines.join("")}${unknown.length > 0 ? warning : ""}${endpoint} check passed\n`);
}
