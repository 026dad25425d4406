import type { Sync } from "../api/accesspoint.ts";
import { OWNER_ANNOTATION } from "../api/kinds.ts";
import type { Resource } from "../api/resource.ts";
import { type Desired, desire, digestMark, type Manifest, type ObjectKey, rankOf } from "./manifest.ts";
import type { Observed } from "./observed.ts";

/** One of our objects as a cluster has it. */
export interface Found {
  readonly object: Observed;
  readonly resource: Resource;
  /** resourceVersion. */
  readonly version: string;
  /** Seen through the watch since it was last written; an answer to a write alone does not count. */
  readonly confirmed: boolean;
}

/** What a cluster has, seen from one AccessPoint. */
export interface Holdings {
  /** An object that carries our mark, whichever AccessPoint it belongs to. */
  readonly get: (key: ObjectKey) => Found | undefined;
  /** Everything that belongs to this AccessPoint. */
  readonly own: () => Iterable<readonly [ObjectKey, Found]>;
  /** What the API server made of a manifest of ours when it stored it (defaults, webhooks). */
  readonly accepted: (key: ObjectKey) => Accepted | undefined;
}

/** Two digests that stand for the same content: what we sent, and what the API server keeps of it. */
export interface Accepted {
  readonly wanted: string;
  readonly stored: string;
}

/** How an object stands against what it should be. */
export type Standing =
  /** Drifted: it was written from the very manifest, and is different; who reads it whole learns who changed what, see drift.ts. */
  | { readonly state: "Ready" | "Unconfirmed" | "Absent" | "Changed" | "Drifted" | "Deleting" }
  /** It carries the mark of another AccessPoint. */
  | { readonly state: "Foreign"; readonly owner: string };

export function standing(desired: Desired, uid: string, holdings: Holdings): Standing {
  const holding = holdings.get(desired.key);
  if (!holding) return { state: "Absent" };
  const { object, confirmed } = holding;
  if (object.ownerUid !== uid) return { state: "Foreign", owner: object.owner };
  if (object.deleting) return { state: "Deleting" };
  if (object.ownedDigest === desired.digest) return { state: confirmed ? "Ready" : "Unconfirmed" };
  if (object.writtenDigest !== digestMark(desired.digest)) return { state: "Changed" };
  const stored = holdings.accepted(desired.key);
  if (stored?.wanted === desired.digest && stored.stored === object.ownedDigest)
    return { state: confirmed ? "Ready" : "Unconfirmed" };
  // After a restart this may also be the API server's own doing, which the next write tells.
  return { state: "Drifted" };
}

export type Action =
  | { readonly type: "create"; readonly desired: Desired }
  /** `repair`: it is written because others changed it. */
  | { readonly type: "apply"; readonly desired: Desired; readonly repair?: true }
  | { readonly type: "delete" | "release"; readonly key: ObjectKey; readonly found: Found };

/** What may be sent to the cluster now; nothing when all is done, or when something has to be seen first. */
export interface Wave {
  readonly actions: readonly Action[];
  /** Everything is as it should be, and was seen to be. */
  readonly done: boolean;
}

/**
 * Make before break. Writes go in the order of ranks, one rank at a time, so that nothing refers to what is not there yet; a
 * rank with an object that cannot be written holds the later ones back. While routes are still to change, subsets and hosts that
 * they may name are kept beside the new ones. Once the new routes are seen, what is no longer offered goes, and then, in
 * reverse order, the objects that left the bundle.
 *
 * @param desired What the cluster is to have; empty when the AccessPoint leaves it.
 * @param blocked Objects that failed and are not due to be tried again yet.
 */
export function nextWave(
  desired: readonly Desired[],
  uid: string,
  holdings: Holdings,
  sync: Sync,
  blocked: ReadonlySet<ObjectKey>,
): Wave {
  const wanted = new Set(desired.map(({ key }) => key));
  const leaving = [...holdings.own()].filter(([key]) => !wanted.has(key));
  const standings = desired.map((object) => ({ object, standing: standing(object, uid, holdings) }));
  const settled = ({ standing: { state } }: (typeof standings)[number]) =>
    state === "Ready" || (state === "Drifted" && sync.whenDrifted === "Report");
  const routesMove =
    standings.some((entry) => isRoute(entry.object.resource) && !settled(entry)) ||
    leaving.some(([, { resource }]) => isRoute(resource));

  const writes: Extract<Action, { type: "create" | "apply" }>[] = [];
  let unseen = false;
  for (const { object, standing } of standings) {
    switch (standing.state) {
      case "Ready":
        break;
      case "Absent":
        writes.push({ type: "create", desired: object });
        break;
      case "Changed": {
        const { object: observed, confirmed } = holdings.get(object.key)!;
        const widened = routesMove ? keepOffers(object, observed) : object;
        if (widened.digest !== observed.ownedDigest) writes.push({ type: "apply", desired: widened });
        else if (!confirmed) unseen = true;
        break;
      }
      case "Drifted":
        if (sync.whenDrifted === "Repair") writes.push({ type: "apply", desired: object, repair: true });
        break;
      case "Unconfirmed":
      case "Deleting":
      case "Foreign":
        unseen = true;
    }
  }
  if (writes.length > 0) {
    const rank = Math.min(...writes.map((write) => write.desired.rank));
    const wave = writes.filter((write) => write.desired.rank === rank);
    return { actions: wave.filter((write) => !blocked.has(write.desired.key)), done: false };
  }
  if (unseen) return { actions: [], done: false };
  if (leaving.length === 0) return { actions: [], done: standings.every(settled) };

  const last = Math.max(...leaving.map(([, { resource }]) => rankOf(resource)));
  const actions = leaving
    .filter(([key, { resource, object }]) => rankOf(resource) === last && !object.deleting && !blocked.has(key))
    .map(([key, found]): Action => ({ type: sync.whenRemoved === "Orphan" ? "release" : "delete", key, found }));
  return { actions, done: false };
}

const isRoute = ({ kind }: Resource) => kind === "VirtualService";

/** The desired object with the subsets or hosts that the cluster's own version offers beyond it. */
function keepOffers(desired: Desired, observed: Observed): Desired {
  const spec = desired.manifest["spec"] as Record<string, unknown> | undefined;
  if (!spec || !Array.isArray(observed.offered)) return desired;
  const offers = (field: string, nameOf: (item: unknown) => unknown): Desired => {
    const own = Array.isArray(spec[field]) ? (spec[field] as unknown[]) : [];
    const names = new Set(own.map(nameOf));
    const kept = (observed.offered as unknown[]).filter((item) => !names.has(nameOf(item)));
    if (kept.length === 0) return desired;
    return desire(desired.resource, { ...desired.manifest, spec: { ...spec, [field]: [...own, ...kept] } });
  };
  switch (desired.manifest.kind) {
    case "DestinationRule":
      return offers("subsets", (item) => (item as { name?: unknown } | null)?.name);
    case "ServiceEntry":
      return offers("hosts", (item) => item);
    default:
      return desired;
  }
}

/** Whether an object that is there without being ours may be made ours, and why (not). */
export function takeOver(
  existing: Manifest,
  desired: Pick<Desired, "manifest">,
  sync: Pick<Sync, "whenAlreadyExists">,
  owner: string,
): { readonly allowed: boolean; readonly message: string } {
  const marked = existing.metadata.annotations?.[OWNER_ANNOTATION];
  if (marked !== undefined && marked !== owner) {
    return { allowed: false, message: `it belongs to AccessPoint ${marked}; remove it from one of the two bundles` };
  }
  switch (sync.whenAlreadyExists) {
    case "TakeOver":
      return { allowed: true, message: "taken over as sync.whenAlreadyExists says" };
    case "TakeOverIfNoDiff":
      return holds(existing, desired.manifest)
        ? { allowed: true, message: "taken over: it is already as the bundle says" }
        : {
            allowed: false,
            message: "it exists already and differs from the bundle; make them equal, or set sync.whenAlreadyExists: TakeOver",
          };
    case "Fail":
      return { allowed: false, message: "it exists already and is not ours; delete it, or set sync.whenAlreadyExists: TakeOver" };
  }
}

/** Whether the live object has every value of the manifest, our own marks aside. */
function holds(live: unknown, manifest: Manifest): boolean {
  const { metadata, ...content } = manifest;
  return covers(live, content);
}

function covers(live: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return Array.isArray(live) && live.length === wanted.length && wanted.every((item, index) => covers(live[index], item));
  if (typeof wanted === "object" && wanted !== null) {
    if (typeof live !== "object" || live === null) return false;
    return Object.entries(wanted).every(([key, value]) => covers((live as Record<string, unknown>)[key], value));
  }
  return live === wanted;
}
