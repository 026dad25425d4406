import { compare } from "../selection.ts";
import type { Need, Surroundings } from "../surroundings.ts";
import type { GatewayView } from "./gateway.ts";
import type { ServiceFacts } from "./service.ts";

/** Through which Services a Gateway's workload is reached in one cluster. */
export type Exposure =
  | {
      readonly state: "Known";
      /** Services in any namespace that select a part of the workload or all of it, by namespace and name. */
      readonly services: readonly ServiceFacts[];
      /** Those of them that count as its way in from outside; none also where nobody said which of several. */
      readonly agreed: readonly ServiceFacts[];
      /** Namespaces that the workload is in: a Service selects in its own namespace alone. */
      readonly namespaces: readonly string[];
    }
  | { readonly state: "Loading" }
  | { readonly state: "Unknown"; readonly message: string }
  /** What would tell cannot be read any more. */
  | { readonly state: "Failing"; readonly message: string };

/** `<namespace>/<name>`. */
export const serviceTitle = ({ namespace, name }: Pick<ServiceFacts, "namespace" | "name">): string => `${namespace}/${name}`;

export const exposureNeed = ({ selector }: GatewayView): Need<"Service"> => ({ kind: "Service", covers: selector });

/**
 * Which Services count: those that are named as agreed on; else those of the bundle itself; else the only one that has, or is to
 * have, an address outside the cluster. Several others are none: which one counts is not guessed.
 *
 * @param own Services of the bundle in this cluster, as `<namespace>/<name>`.
 * @param named Services that are agreed on, in the same form.
 */
export function exposureOf(
  gateway: GatewayView,
  own: ReadonlySet<string>,
  named: ReadonlySet<string>,
  surroundings: Surroundings,
): Exposure {
  const sight = surroundings.see(exposureNeed(gateway));
  if (sight.state === "Loading") return sight;
  if (sight.state === "Failing") return { state: "Failing", message: sight.message };
  if (sight.state !== "Known") return { state: "Unknown", message: sight.message };
  const services = sight.objects.toSorted((a, b) => compare(serviceTitle(a), serviceTitle(b)));
  const external = services.filter((service) => service.external);
  const among = (titles: ReadonlySet<string>) => external.filter((service) => titles.has(serviceTitle(service)));
  const ownOnes = among(own);
  const agreed = named.size > 0 ? among(named) : ownOnes.length > 0 ? ownOnes : external.length === 1 ? external : [];
  return { state: "Known", services, agreed, namespaces: [...new Set(services.map(({ namespace }) => namespace))] };
}
