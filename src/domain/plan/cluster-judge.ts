import type { ClusterStatus } from "../../api/accesspoint.ts";
import { type Inspection, inspect } from "../cluster.ts";
import { type Desired, digestMark, type Manifest } from "../manifest.ts";
import type { Placement, Target } from "../placement.ts";
import type { Bundle, Rendered } from "../render.ts";
import { RenderError } from "../render-error.ts";
import { ownerOf } from "../revision.ts";
import type { Entry, Health, TargetView } from "../rollout/model.ts";
import type { Member } from "../selection.ts";
import type { Need } from "../surroundings.ts";
import { type Offers, offersOf } from "../traffic/offers.ts";
import type { Content, Contents } from "./plan-diff.ts";
import type { Scope } from "./scope.ts";

/** Digests of what a revision renders to for one cluster: in the end, and in the stages that overrides are bound to for it. */
export type Variants = Pick<TargetView, "variant" | "steps">;

/** What one cluster is to have. */
export interface Assignment {
  readonly revision: string;
  /** When the cluster was given it, or told to try it anew: what failed before then is forgotten. */
  readonly startedAt?: string;
  readonly objects: readonly Desired[];
  readonly sync: Bundle["sync"];
}

type Look = Inspection & { readonly assignment?: Assignment };

/** Looks at single clusters; remembers what it saw, because deciding and reporting need the same look. */
export class ClusterJudge {
  readonly drifted: string[] = [];
  readonly contested: string[] = [];
  /** What has to be watched besides our own objects, by cluster. */
  readonly needs = new Map<string, readonly Need[]>();
  /** When time alone changes what is told of a cluster. */
  readonly wakeAt: Date[] = [];
  readonly #scope: Scope;
  readonly #targets: ReadonlyMap<string, Target>;
  readonly #heldZones: ReadonlySet<string>;
  readonly #bundles: ReadonlyMap<string, Bundle>;
  readonly #before: ReadonlyMap<string, ClusterStatus>;
  readonly #looks = new Map<string, Look>();
  /** Clusters of many zones have the same beside them. */
  readonly #besides = new Map<Bundle, Offers>();

  constructor(scope: Scope, placement: Placement, bundles: ReadonlyMap<string, Bundle>) {
    this.#scope = scope;
    this.#targets = new Map(placement.targets.map((target) => [target.member.name, target]));
    this.#heldZones = placement.heldZones;
    this.#bundles = bundles;
    this.#before = new Map((scope.accessPoint.status?.clusters ?? []).map((cluster) => [cluster.name, cluster]));
  }

  targetView(target: Target, variants: Variants, entry: Entry | undefined): TargetView {
    const { reach, unreachableSince } = this.#scope.view(target.member.name);
    const look = entry?.revision && reach === "Reachable" ? this.#look(entry) : undefined;
    const health: Health = look?.health ?? { state: "Progressing", message: "not started" };
    const previousVariant = this.#previousVariant(target, entry);
    return {
      target,
      // What has to be seen for a verdict was not read yet, as after a start of the controller: nothing is concluded from that.
      reach: look?.loading ? "Connecting" : reach,
      ...(unreachableSince ? { unreachableSince } : {}),
      ...variants,
      ...(previousVariant ? { previousVariant } : {}),
      health,
    };
  }

  /** What clusters have and what a revision brings them, for the difference that a rollout makes. */
  contents(entries: ReadonlyMap<string, Entry>, wanted: Bundle): Contents {
    return {
      before: (cluster) => this.#contentOf(entries.get(cluster)),
      after: (cluster, stage) => {
        const target = this.#targets.get(cluster);
        const rendered = target && this.#render(wanted, target, stage);
        return rendered ? { state: "Known", rendered } : { state: "Unknown", why: "it cannot be rendered" };
      },
    };
  }

  #contentOf(entry: Entry | undefined): Content {
    const target = this.#targets.get(entry?.name ?? "");
    if (!entry?.revision || !target) return { state: "Nothing" };
    const bundle = this.#bundles.get(entry.revision);
    if (!bundle) return { state: "Unknown", why: `revision ${entry.revision}, which it has, is no longer kept` };
    const rendered = this.#render(bundle, target, entry.variantStage);
    if (rendered?.variant === entry.variant) return { state: "Known", rendered: rendered! };
    const objects = this.#writtenTo(entry.name, rendered?.objects ?? []);
    if (objects) return { state: "Written", objects };
    return { state: "Unknown", why: `what is known of the cluster has changed since it was given revision ${entry.revision}` };
  }

  /** What is seen in the cluster, as far as it was written from one of these objects; undefined where there may be more than is seen. */
  #writtenTo(name: string, objects: readonly Desired[]): Extract<Content, { state: "Written" }>["objects"] | undefined {
    const { reach, holdings, settled, hidden } = this.#scope.view(name);
    if (reach !== "Reachable" || hidden !== undefined || !(settled?.() ?? true)) return undefined;
    const likely = new Map(objects.map((object) => [object.key, object]));
    return new Map(
      [...holdings.own()].map(
        ([
          key,
          {
            object: { writtenDigest: mark },
          },
        ]) => {
          const object = likely.get(key);
          return [key, object && digestMark(object.digest) === mark ? object : { mark }];
        },
      ),
    );
  }

  /** Only a rollout that is to return needs it, and rendering every cluster twice costs. */
  #previousVariant(target: Target, entry: Entry | undefined): string | undefined {
    if (this.#scope.accessPoint.status?.rollout?.onFailure !== "Rollback") return undefined;
    const bundle = this.#bundles.get(entry?.previousRevision ?? "");
    return bundle && this.#render(bundle, target)?.variant;
  }

  isEmpty(name: string): boolean {
    const { holdings, settled } = this.#scope.view(name);
    const [first] = holdings.own();
    return first === undefined && (settled?.() ?? true);
  }

  /** The cluster's entry in status; what it is to have goes to `assignments`. */
  report(
    name: string,
    entry: Entry | undefined,
    removing: boolean,
    stage: string | undefined,
    assignments: Map<string, Assignment>,
  ): ClusterStatus {
    const view = this.#scope.view(name);
    const member = this.#targets.get(name)?.member;
    const base: ClusterStatus = {
      ...(entry ?? { name, zone: member?.zone }),
      ...(member?.region ? { region: member.region } : {}),
      name,
      ...(stage ? { stage } : {}),
      phase: "Pending",
    };
    if (removing) {
      const sync = this.#bundles.get(entry?.revision ?? "")?.sync ?? this.#scope.accessPoint.spec.sync;
      assignments.set(name, { revision: entry?.revision ?? "", objects: [], sync });
    }
    const before = this.#before.get(name);
    if (view.reach === "Connecting") return before ? { ...before, ...base, phase: before.phase } : base;
    if (view.reach === "Unreachable") {
      const { lastObservedTime: _, ...kept } = before ?? base;
      return {
        ...kept,
        ...base,
        phase: "Unreachable",
        message: `not reachable since ${view.unreachableSince}: ${view.unreachableReason ?? "no answer"}`,
        lastObservedTime: view.unreachableSince,
      };
    }
    if (removing) return { ...base, phase: "Removing", message: this.#firstFailure(name) ?? "its objects are being removed" };
    if (!entry?.revision) return base;

    const look = this.#look(entry);
    if (look.assignment) assignments.set(name, look.assignment);
    if (look.drifted) this.drifted.push(name);
    if (look.contested) this.contested.push(name);
    this.needs.set(name, look.needs);
    if (look.wakeAt) this.wakeAt.push(look.wakeAt);
    const { health, objects, gateways, certificates, routes } = look;
    const phase =
      health.state === "Verified" ? "Ready" : health.state === "Failed" ? "Failed" : look.writing ? "Applying" : "Verifying";
    // What is read in a moment must not flap: until then it is said to stand as it stood.
    const held = look.loading && before?.revision === entry.revision && before?.variant === entry.variant ? before : undefined;
    const message = held ? held.message : health.state === "Verified" ? undefined : health.message;
    return {
      ...base,
      phase: held?.phase ?? phase,
      ...(message ? { message } : {}),
      objects,
      ...(gateways.length ? { gateways } : {}),
      ...(certificates.length ? { certificates } : {}),
      ...(routes ? { routes } : {}),
    };
  }

  #firstFailure(name: string): string | undefined {
    const { failures, hidden } = this.#scope.view(name);
    const [failure] = failures.values();
    return failure ? `${failure.kind}/${failure.name}: ${failure.message}` : hidden;
  }

  /** How the cluster stands against the revision it was given. */
  #look(entry: Entry): Look {
    // Told to try anew, it has the same objects and another assignment: what failed before has to be forgotten with it.
    const key = `${entry.name} ${entry.revision} ${entry.variantStage} ${entry.variant} ${entry.startedAt}`;
    const look = this.#looks.get(key) ?? this.#lookAt(entry);
    this.#looks.set(key, look);
    return look;
  }

  #lookAt(entry: Entry): Look {
    const target = this.#targets.get(entry.name);
    const bundle = this.#bundles.get(entry.revision ?? "");
    const unknown = (message: string, before = this.#before.get(entry.name)) => ({
      health: { state: "Progressing", message } as const,
      writing: false,
      objects: before?.objects ?? { total: 0, ready: 0 },
      gateways: before?.gateways ?? [],
      certificates: before?.certificates ?? [],
      routes: before?.routes,
      drifted: false,
      contested: false,
      loading: false,
      needs: [],
    });
    if (!target)
      return unknown(
        this.#heldZones.has(entry.zone ?? "")
          ? `zone ${entry.zone} is held, see condition Scheduled; it stays as it is`
          : "it left the placement and stays as it is until it is cleaned up",
      );
    if (!bundle) return unknown(`revision ${entry.revision} is no longer kept, so that it cannot be compared`);
    const rendered = this.#render(bundle, target, entry.variantStage);
    if (rendered?.variant !== entry.variant)
      return unknown("what is known of the cluster has changed; it is brought up to date in its turn");
    const verify = this.#scope.accessPoint.status?.rollout?.verify ?? this.#scope.accessPoint.spec.rollout.verify;
    const { sync, traffic } = bundle;
    const owner = ownerOf(this.#scope.accessPoint);
    const expected = {
      desired: rendered!.objects,
      sketch: this.#scope.sketch?.(rendered!),
      owner,
      sync,
      traffic,
      platform: this.#scope.platform,
      names: this.#scope.names,
      verify,
      beside: this.#beside(bundle, target.member),
      before: this.#before.get(entry.name),
      now: this.#scope.now,
    };
    const inspection = inspect(expected, this.#scope.view(entry.name));
    return {
      ...inspection,
      assignment: {
        revision: entry.revision!,
        ...(entry.startedAt ? { startedAt: entry.startedAt } : {}),
        objects: rendered!.objects,
        sync: bundle.sync,
      },
    };
  }

  /** Objects of the bundle that other clusters of the zone have: the zone's istiod reads their Services, too. */
  #beside(bundle: Bundle, { name, zone }: Member): Offers | undefined {
    const hasOthers = this.#scope.members.some((other) => other.zone === zone && other.name !== name && !other.detaching);
    if (!hasOthers) return undefined;
    const { namespace = "" } = this.#scope.accessPoint.metadata;
    const known = this.#besides.get(bundle);
    if (known) return known;
    const beside = offersOf(
      bundle.templates
        .map(({ manifest }) => manifest as unknown as Manifest)
        .filter(({ kind }) => kind === "Service")
        .map((manifest) => ({ ...manifest, metadata: { ...manifest.metadata, namespace } })),
    );
    this.#besides.set(bundle, beside);
    return beside;
  }

  #render(bundle: Bundle, target: Target, stage?: string): Rendered | undefined {
    try {
      return this.#scope.render(bundle, target, stage);
    } catch (error) {
      if (error instanceof RenderError) return undefined;
      throw error;
    }
  }
}
