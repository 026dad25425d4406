import type { KubeObject } from "../../api/resource.ts";
import type { Need, Surroundings } from "../surroundings.ts";
import { list, record } from "../untrusted.ts";
import type { ServiceFacts } from "./service.ts";

/** What is kept of an EndpointSlice. */
export interface EndpointFacts {
  /** Pods are behind it, whether or not they take traffic. */
  readonly any: boolean;
  /** One of them takes traffic. */
  readonly ready: boolean;
  /** Ports that they listen on; TCP alone. */
  readonly ports: readonly number[];
}

const MAX_PORTS = 256;

/** An endpoint that does not say whether it is ready counts as ready, as in Kubernetes. */
export function endpointFacts({ endpoints, ports }: KubeObject): EndpointFacts {
  const conditions = list(endpoints)
    .filter((each) => typeof each === "object" && each !== null)
    .map((endpoint) => record(record(endpoint)["conditions"]));
  return {
    any: conditions.length > 0,
    ready: conditions.some(({ ready }) => ready !== false),
    ports: list(ports)
      .map(record)
      .filter(({ protocol }) => protocol === undefined || protocol === null || protocol === "TCP")
      .flatMap(({ port }) => (typeof port === "number" && Number.isInteger(port) ? [port] : []))
      .slice(0, MAX_PORTS),
  };
}

/** What is known of the pods behind a Service; "Unknown" also where nobody writes EndpointSlices. */
export type Pods =
  | { readonly state: "Loading" }
  | { readonly state: "Unknown"; readonly message?: string }
  /** Nobody tells any more. */
  | { readonly state: "Failing"; readonly message: string }
  | ({ readonly state: "Known" } & EndpointFacts);

export const podsNeed = ({ namespace, name }: Pick<ServiceFacts, "namespace" | "name">): Need<"EndpointSlice"> => ({
  kind: "EndpointSlice",
  namespace,
  name,
});

export function podsBehind(service: Pick<ServiceFacts, "namespace" | "name">, surroundings: Surroundings): Pods {
  const sight = surroundings.see(podsNeed(service));
  if (sight.state === "Loading") return sight;
  if (sight.state !== "Known") return { state: sight.state === "Failing" ? "Failing" : "Unknown", message: sight.message };
  const slices = sight.objects;
  if (slices.length === 0) return { state: "Unknown" };
  return {
    state: "Known",
    any: slices.some(({ any }) => any),
    ready: slices.some(({ ready }) => ready),
    ports: slices.flatMap(({ ports }) => ports),
  };
}
