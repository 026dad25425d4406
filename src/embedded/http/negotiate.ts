import { ApiError } from "../status.ts";

/** In which form objects are sent. */
export type View = "object" | "partial" | "table";

export interface Negotiated {
  readonly view: View;
  readonly yaml: boolean;
}

const available =
  "application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";

/**
 * Picks the first acceptable form of an Accept header.
 * @throws ApiError 406 when there is none; protobuf is not spoken
 */
export function negotiate(accept: string | undefined): Negotiated {
  if (!accept) return { view: "object", yaml: false };
  for (const offer of accept.split(",")) {
    const [type = "", ...parameters] = offer.split(";").map((part) => part.trim());
    const yaml = type === "application/yaml";
    if (!yaml && type !== "application/json" && type !== "*/*" && type !== "application/*") continue;
    const as = parameters.find((parameter) => parameter.startsWith("as="))?.slice(3);
    if (as === undefined) return { view: "object", yaml };
    if (as === "Table") return { view: "table", yaml };
    if (as === "PartialObjectMetadata" || as === "PartialObjectMetadataList") return { view: "partial", yaml };
  }
  throw new ApiError(406, "NotAcceptable", `406: Not Acceptable\n\nAvailable representations: ${available}`, {});
}
