import type { KubeObject } from "../../api/resource.ts";

/** What is kept of an EndpointSlice: whether anything behind it takes traffic. */
export interface EndpointFacts {
  readonly ready: boolean;
}

/** An endpoint that does not say whether it is ready counts as ready, as in Kubernetes. */
export function endpointFacts({ endpoints }: KubeObject): EndpointFacts {
  const list: readonly { readonly conditions?: { readonly ready?: unknown } | null }[] = Array.isArray(endpoints)
    ? endpoints.filter((each) => typeof each === "object" && each !== null)
    : [];
  return { ready: list.some(({ conditions }) => conditions?.ready !== false) };
}
