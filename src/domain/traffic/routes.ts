import type { ClusterStatus } from "../../api/accesspoint.ts";
import type { Holdings, Standing } from "../delivery.ts";
import { type Drift, driftedBy } from "../drift.ts";
import { type Desired, objectTitle } from "../manifest.ts";
import type { Need } from "../surroundings.ts";
import { cut } from "../text.ts";
import { referencesOf } from "./references.ts";
import { type Ground, Resolver } from "./resolution.ts";

export type RoutesStatus = NonNullable<ClusterStatus["routes"]>;

/** What is said of the routes of one cluster. */
export interface RoutesSeen {
  /** Undefined: the bundle has none in this cluster. */
  readonly routes: RoutesStatus | undefined;
  /** The first reference that leads nowhere, in a sentence: traffic for it would fail. */
  readonly unresolved?: string;
  readonly needs: readonly Need[];
  /** Something that this depends on was not read yet: what was said before is said again. */
  readonly loading: boolean;
}

export interface RoutesInput {
  readonly judged: readonly { readonly object: Desired; readonly standing: Standing; readonly drift?: Drift | undefined }[];
  readonly holdings: Holdings;
  readonly ground: Ground;
  /** What was said of them in the last pass. */
  readonly before: RoutesStatus | undefined;
}

const MAX_MESSAGES = 5;

/**
 * Whether the routes of one cluster are configured: present as they were written, unmodified, every reference resolved in that
 * cluster, nothing said against them by Istio's analysis.
 */
export function routesOf({ judged, holdings, ground, before }: RoutesInput): RoutesSeen {
  const routes = judged.filter(
    ({ object: { manifest } }) => manifest.kind === "VirtualService" || manifest.kind === "DestinationRule",
  );
  const resolver = new Resolver(ground);
  const resolutions = judged.flatMap(({ object }) => referencesOf(object.manifest)).map((each) => resolver.resolve(each));
  const messagesOf = (state: "Unresolved" | "Elsewhere" | "Unreadable") =>
    resolutions.flatMap((resolution) => (resolution.state === state ? [cut(resolution.message)] : []));
  const errors = routes.flatMap(({ object }) =>
    (holdings.get(object.key)?.object.errors ?? []).map((error) => cut(`${objectTitle(object.manifest)}: ${error}`)),
  );
  const changed = routes.flatMap(({ object, standing, drift }) =>
    standing.state === "Drifted" ? [cut(`${objectTitle(object.manifest)} was changed by ${driftedBy(drift)}`)] : [],
  );
  const [unresolved, unreadable] = [messagesOf("Unresolved"), messagesOf("Unreadable")];
  const seen = (state: RoutesStatus["state"], all: readonly string[]): RoutesSeen => {
    const messages = [...new Set(all)].slice(0, MAX_MESSAGES);
    return {
      routes: routes.length > 0 ? { state, ...(messages.length > 0 ? { messages } : {}) } : undefined,
      ...(unresolved[0] ? { unresolved: unresolved[0] } : {}),
      needs: resolver.needs,
      loading: false,
    };
  };
  if (errors.length > 0) return seen("Invalid", errors);
  if (changed.length > 0 || unresolved.length > 0) return seen("Pending", [...unresolved, ...changed]);
  if (routes.some(({ standing }) => standing.state !== "Ready")) return seen("Pending", []);
  if (resolutions.some(({ state }) => state === "Loading"))
    return { ...seen("Unknown", []), routes: before ?? { state: "Unknown" }, loading: true };
  return unreadable.length > 0 ? seen("Unknown", unreadable) : seen("Configured", messagesOf("Elsewhere"));
}
