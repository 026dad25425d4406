import type { Finding } from "../finding.ts";
import type { Bundle } from "../render.ts";

/** A DestinationRule, as far as it stands behind routes. */
interface Offer {
  readonly index: number;
  readonly name: string;
  readonly host: unknown;
}

/**
 * What no order of writes can change without a moment in which a route names what is not there: a DestinationRule that turns to
 * another host takes the subsets of the old one along, while routes still name them.
 *
 * @param before What clusters have now.
 */
export function checkTransition(before: Bundle, after: Bundle): readonly Finding[] {
  const earlier = new Map(offersOf(before).map((offer) => [offer.name, offer]));
  const routed = routedSubsets(before);
  return offersOf(after).flatMap(({ index, name, host }) => {
    const had = earlier.get(name)?.host;
    const route = typeof had === "string" && had !== host ? routed.get(had) : undefined;
    if (!route) return [];
    return [
      {
        reason: "HostChangedInPlace",
        field: `spec.templates[${index}].manifest.spec.host`,
        message: `DestinationRule ${name} turns from host ${String(had)} to ${String(host)}, and subsets that ${route} routes to would be gone before it is changed: give the new one another metadata.name, so that both are there while the routes move`,
      },
    ];
  });
}

const offersOf = ({ templates }: Bundle): readonly Offer[] =>
  templates.flatMap(({ manifest }, index) =>
    manifest.kind === "DestinationRule"
      ? [{ index, name: String(manifest.metadata.name), host: field(manifest["spec"], "host") }]
      : [],
  );

/** Hosts of which a VirtualService names a subset, with the first VirtualService that does. */
function routedSubsets({ templates }: Bundle): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { manifest } of templates) {
    if (manifest.kind !== "VirtualService") continue;
    for (const { host } of destinations(manifest["spec"])) {
      if (!found.has(host)) found.set(host, `VirtualService ${String(manifest.metadata.name)}`);
    }
  }
  return found;
}

/** Every destination with a subset, wherever it stands: routes, mirrors. */
function destinations(value: unknown): readonly { readonly host: string }[] {
  if (Array.isArray(value)) return value.flatMap(destinations);
  if (typeof value !== "object" || value === null) return [];
  const host = field(value, "host");
  const own = typeof host === "string" && field(value, "subset") !== undefined ? [{ host }] : [];
  return [...own, ...Object.values(value).flatMap(destinations)];
}

const field = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
