import { at, child, forbidden, invalid, notSupported, required } from "../../errors.ts";
import { isDns1035Label, isDns1123Subdomain } from "../../names.ts";
import type { FieldError } from "../../schema.ts";
import { named } from "../rules.ts";
import type { Conversion } from "./types.ts";

const strategies = ["None", "Webhook"];
const path = "spec.conversion";
const config = child(path, "webhookClientConfig");
const reviews = child(path, "conversionReviewVersions");

export function validateConversion({ strategy, webhook }: Conversion): FieldError[] {
  const errors: FieldError[] = [];
  if (strategy === "") errors.push(required(child(path, "strategy")));
  else if (!strategies.includes(strategy)) errors.push(notSupported(child(path, "strategy"), strategy, strategies));
  const versions = webhook?.conversionReviewVersions ?? [];
  if (strategy !== "Webhook") {
    const detail = "should not be set when strategy is not set to Webhook";
    if (webhook?.clientConfig) errors.push(forbidden(config, detail));
    if (versions.length > 0) errors.push(forbidden(reviews, detail));
    return errors;
  }
  return [...errors, ...validateClient(webhook?.clientConfig), ...validateReviews(versions)];
}

type Client = NonNullable<Conversion["webhook"]>["clientConfig"];

function validateClient(client: Client): FieldError[] {
  if (!client) return [required(config, "required when strategy is set to Webhook")];
  const { url, service } = client;
  if ((url === undefined) === (service === undefined)) return [required(config, "exactly one of url or service is required")];
  return service ? validateService(service) : validateUrl(url!);
}

type Service = NonNullable<NonNullable<Client>["service"]>;

function validateService({ namespace, name, path: urlPath, port }: Service): FieldError[] {
  const where = child(config, "service");
  const isPort = port >= 1 && port <= 65_535;
  return [
    // The API server takes the one for the other, and says so.
    ...(namespace === "" ? [required(child(where, "name"))] : []),
    ...(name === "" ? [required(child(where, "namespace"))] : []),
    ...(isPort ? [] : [invalid(child(where, "port"), port, "port is not valid: must be between 1 and 65535, inclusive")]),
    ...(urlPath === undefined ? [] : validatePath(urlPath, child(where, "path"))),
  ];
}

function validatePath(urlPath: string, where: string): FieldError[] {
  if (urlPath === "" || urlPath === "/") return [];
  if (urlPath === "//") return [invalid(where, urlPath, "segment[0] may not be empty")];
  const steps = urlPath.slice(1).replace(/\/$/, "").split("/");
  return [
    ...(urlPath.startsWith("/") ? [] : [invalid(where, urlPath, "must start with a '/'")]),
    ...steps.flatMap((step, i) => {
      const problems = step === "" ? [" may not be empty"] : isDns1123Subdomain(step).map((problem) => `: ${problem}`);
      return problems.map((problem) => invalid(where, urlPath, `segment[${i}]${problem}`));
    }),
  ];
}

function validateUrl(text: string): FieldError[] {
  const where = child(config, "url");
  const form = "; desired format: https://host[/path]";
  const url = URL.parse(text);
  const scheme = /^([A-Za-z][-+.A-Za-z0-9]*):/.exec(text)?.[1] ?? "";
  return [
    ...(scheme === "https" ? [] : [invalid(where, scheme, `'https' is the only allowed URL scheme${form}`)]),
    ...(url?.host ? [] : [invalid(where, "", `host must be specified${form}`)]),
    ...(url?.username ? [invalid(where, url.username, "user information is not permitted in the URL")] : []),
    ...(url?.hash ? [invalid(where, url.hash.slice(1), "fragments are not permitted in the URL")] : []),
    ...(url?.search ? [invalid(where, url.search.slice(1), "query parameters are not permitted in the URL")] : []),
  ];
}

const known = ["v1", "v1beta1"];

function validateReviews(versions: readonly string[]): FieldError[] {
  if (versions.length === 0) return [required(reviews)];
  const errors = versions.flatMap((version, i) =>
    versions.indexOf(version) < i
      ? [invalid(at(reviews, i), version, "duplicate version")]
      : named(isDns1035Label, at(reviews, i), version),
  );
  if (versions.some((version) => known.includes(version))) return errors;
  return [...errors, invalid(reviews, versions, `must include at least one of ${known.join(", ")}`)];
}
