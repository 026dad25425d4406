import type { Verb } from "../request.ts";
import { ApiError } from "../status.ts";

/** In which form objects are sent; a list of metadata is asked for otherwise than one object's. */
export type View = "object" | "partial" | "partialList" | "table";

/** Tables and metadata are told at two versions, which differ in nothing else. */
export type MetaVersion = "meta.k8s.io/v1" | "meta.k8s.io/v1beta1";

export interface Negotiated {
  readonly view: View;
  readonly metaVersion: MetaVersion;
  readonly yaml: boolean;
}

/** What is asked, as far as its answer comes in other forms. */
export interface Endpoint {
  readonly custom: boolean;
  readonly verb: Verb;
  /** Whether there are tables of it; default true. */
  readonly tables?: boolean;
}

const types = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];
const streams = ["application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch"];

/**
 * Picks the form that an Accept header likes best.
 * @throws ApiError 406 when there is none; protobuf is not spoken
 */
export function negotiate(accept: string | undefined, endpoint: Endpoint): Negotiated {
  if (!accept || accept === types[0]) return { view: "object", metaVersion, yaml: false };
  const offers = offersOf(accept);
  if (!endpoint.custom) checkOffered(offers, endpoint);
  for (const offer of offers) {
    const found = formOf(offer);
    if (found && !(found.view === "table" && endpoint.tables === false)) return found;
  }
  throw new ApiError(406, "NotAcceptable", `only the following media types are accepted: ${types.join(", ")}`);
}

/** Whether an Accept header likes YAML best: refusals are sent in it, too. */
export function prefersYaml(accept: string | undefined): boolean {
  if (!accept?.includes("yaml")) return false;
  const best = offersOf(accept).find(({ type }) => types.includes(type) || type === "*/*" || type === "application/*");
  return best?.type === "application/yaml";
}

interface Offer {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

/** The best first, and of equals the one that says more. */
function offersOf(accept: string): Offer[] {
  const offers = accept.split(",").map((offer): Offer => {
    const [type = "", ...rest] = offer.split(";").map((part) => part.trim());
    const parameters = new Map(rest.map((text) => text.split("=", 2).map((part) => part.trim()) as [string, string]));
    return { type, parameters, quality: Number(parameters.get("q") ?? 1) };
  });
  const wildcards = ({ type }: Offer): number => type.split("*").length - 1;
  return offers.sort((a, b) => b.quality - a.quality || wildcards(a) - wildcards(b));
}

/** Whoever routes requests for built-in kinds looks at whole types first, and knows no `application/*`. */
function checkOffered(offers: readonly Offer[], { verb }: Endpoint): void {
  if (offers.some(({ type }) => type === "*/*" || types.includes(type))) return;
  const available = verb === "list" || verb === "watch" ? [...types, ...streams] : types;
  throw new ApiError(406, "NotAcceptable", `406: Not Acceptable\n\nAvailable representations: ${available.join(", ")}`, {});
}

const metaVersion: MetaVersion = "meta.k8s.io/v1";
const metaVersions: readonly MetaVersion[] = [metaVersion, "meta.k8s.io/v1beta1"];

const transformations = ["as", "g", "v"];

function formOf({ type, parameters }: Offer): Negotiated | undefined {
  const yaml = type === "application/yaml";
  if (!yaml && type !== "application/json" && type !== "*/*" && type !== "application/*") return undefined;
  if (!transformations.some((name) => parameters.has(name))) return { view: "object", metaVersion, yaml };
  const view = views[parameters.get("as") ?? ""];
  const version = metaVersions.find((known) => known === `${parameters.get("g")}/${parameters.get("v")}`);
  return view && version && { view, metaVersion: version, yaml };
}

const views: Readonly<Record<string, View>> = {
  Table: "table",
  PartialObjectMetadata: "partial",
  PartialObjectMetadataList: "partialList",
};
