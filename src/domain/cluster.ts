import type { CertificateStatus, ClusterStatus, ObjectProblem, Sync, Traffic } from "../api/accesspoint.ts";
import { OWNER_ANNOTATION } from "../api/kinds.ts";
import { type Holdings, nextWave, type Standing, standing } from "./delivery.ts";
import { type Drift, driftedBy, isUnchanged } from "./drift.ts";
import type { Desired, ObjectKey } from "./manifest.ts";
import type { GivenName } from "./names/given.ts";
import { DEFAULT_PLATFORM, type Owner, type Platform } from "./render.ts";
import type { Health, Reach } from "./rollout/model.ts";
import type { Need, Surroundings } from "./surroundings.ts";
import { cut } from "./text.ts";
import { withServed } from "./traffic/certificates/served.ts";
import { certificateProblem, certificatesOf, isUsable } from "./traffic/certificates.ts";
import { exposureOf, type Ways } from "./traffic/exposure.ts";
import type { GatewayView } from "./traffic/gateway.ts";
import { type GatewayStatus, gatewayProblem, gatewaysOf } from "./traffic/gateways.ts";
import type { Offers } from "./traffic/offers.ts";
import { probed, probeProblem } from "./traffic/probes.ts";
import { routesOf } from "./traffic/routes.ts";
import { type Sketch, sketchOf } from "./traffic/sketch.ts";

/** Why an object could not be written or removed. */
export interface DeliveryFailure {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Drifted: others changed it, or took it away, and it is left like that. */
  readonly state: "Failed" | "Conflict" | "Missing" | "Drifted";
  readonly message: string;
  /** It will not mend itself: the cluster counts as failed. */
  readonly final: boolean;
  /** Others undo it as often as it is written. */
  readonly contested?: true;
}

/** What the fleet knows of one member cluster, as far as one AccessPoint is concerned. */
export interface ClusterView {
  readonly reach: Reach;
  /** Since when it does not answer. */
  readonly unreachableSince?: string;
  /** Why, in the words of the last error. */
  readonly unreachableReason?: string;
  readonly holdings: Holdings;
  /** What is there besides our own objects. */
  readonly surroundings: Surroundings;
  readonly failures: ReadonlyMap<ObjectKey, DeliveryFailure>;
  /** How objects that drifted differ, as far as they have been looked at; undefined: that could not be read. */
  readonly drifts?: ReadonlyMap<ObjectKey, Drift | undefined>;
  /** Whether every write was answered; default yes. Until then there may be more than `holdings` shows. */
  readonly settled?: () => boolean;
  /** Why there may be more than `holdings` shows, however long one waits. */
  readonly hidden?: string;
}

/** How the objects of one cluster stand against its revision. */
export interface Inspection {
  readonly health: Health;
  /** Something is still to be written or removed. */
  readonly writing: boolean;
  readonly objects: NonNullable<ClusterStatus["objects"]>;
  readonly gateways: NonNullable<ClusterStatus["gateways"]>;
  readonly certificates: NonNullable<ClusterStatus["certificates"]>;
  /** Undefined: the bundle has none in this cluster. */
  readonly routes: ClusterStatus["routes"];
  /** An object differs from what was written, because of others, and is left like that or cannot be repaired. */
  readonly drifted: boolean;
  /** An object is changed back or taken away by somebody as often as it is repaired. */
  readonly contested: boolean;
  /** Something that has to be known for the health was not read yet; nothing is to be concluded from it. */
  readonly loading: boolean;
  /** What has to be watched in the cluster for this to be told. */
  readonly needs: readonly Need[];
  /** When time alone changes what is told. */
  readonly wakeAt?: Date;
}

const MAX_PROBLEMS = 5;

/** What one cluster is to have, and by what it is judged. */
export interface Expectation {
  readonly desired: readonly Desired[];
  /** `sketchOf` them, possibly remembered. */
  readonly sketch?: Sketch | undefined;
  readonly owner: Owner;
  readonly sync: Sync;
  readonly traffic?: Traffic | undefined;
  /** Default `DEFAULT_PLATFORM`. */
  readonly platform?: Platform | undefined;
  /** What NameServices call the AccessPoint; absent: that is not known yet. */
  readonly names?: readonly GivenName[] | undefined;
  /** rollout.verify */
  readonly verify: readonly string[];
  /** What the bundle has in other clusters of the zone; absent where the zone has no others. */
  readonly beside?: Offers | undefined;
  /** What status said of the cluster so far. */
  readonly before?: ClusterStatus | undefined;
  readonly now: Date;
}

export function inspect(expectation: Expectation, view: ClusterView): Inspection {
  const { desired, owner, sync, traffic, platform = DEFAULT_PLATFORM, names, verify, beside, before, now } = expectation;
  const { services, offers, references } = expectation.sketch ?? sketchOf(desired);
  const { uid, namespace } = owner;
  const { holdings, failures, surroundings, drifts } = view;
  const judged = desired.map((object): JudgedObject => {
    const seen = standing(object, uid, holdings);
    const drift = seen.state === "Drifted" ? drifts?.get(object.key) : undefined;
    const isLeft = seen.state === "Drifted" && sync.whenDrifted === "Report";
    return { object, standing: isLeft ? examined(drift, drifts?.has(object.key) ?? false) : seen, drift };
  });
  const leftovers = [...failures]
    .filter(([key]) => !desired.some((object) => object.key === key))
    .map(([, failure]) => toProblem(failure));
  const problems = [...judged.flatMap((each) => problemOf(each, sync, failures.get(each.object.key))), ...leftovers];
  const ready = judged.filter(({ standing: { state } }) => state === "Ready").length;
  const saidNamespace = traffic?.certificates?.namespace;
  const ways: Ways = {
    own: services,
    named: new Set((traffic?.vip?.services ?? []).map(({ name, namespace: said = namespace }) => `${said}/${name}`)),
    namespace,
    gatewayNamespaces: [...platform.certificateNamespaces, ...(saidNamespace === undefined ? [] : [saidNamespace])],
    surroundings,
  };
  const exposure = (gateway: Pick<GatewayView, "selector">) => exposureOf(gateway, ways);
  const gatewaysBefore = before?.gateways ?? [];
  const exposed = gatewaysOf({ desired, ways, names, before: gatewaysBefore });
  const onGateways = probed(exposed, traffic?.probe, surroundings, gatewaysBefore);
  const { gateways } = onGateways;
  const certified = {
    manifests: desired.map(({ manifest }) => manifest),
    spec: traffic?.certificates,
    surroundings,
    before: before?.certificates ?? [],
  };
  const installed = certificatesOf({
    ...certified,
    namespace,
    exposure,
    now,
  });
  const onCertificates = withServed(installed, { ...certified, gateways });
  const { certificates, wakeAt } = onCertificates;
  const ground = { own: offers, beside, exposure, surroundings };
  const onRoutes = routesOf({ judged, holdings, ground, references, certificates, before: before?.routes });
  const { routes, unresolved } = onRoutes;
  const { done } = nextWave(desired, uid, holdings, sync, new Set());
  const failing = [
    verify.includes("Routes") ? onRoutes.failing : undefined,
    verify.includes("Gateways") || verify.includes("Probe") ? onGateways.failing : undefined,
    verify.includes("Certificates") ? onCertificates.failing : undefined,
  ].find((each) => each !== undefined);
  const final = [...failures.values()].find((failure) => failure.final);
  const shown = problems.slice(0, MAX_PROBLEMS);
  return {
    health: healthOf({
      done,
      final,
      problems,
      ready,
      total: desired.length,
      verify,
      gateways,
      certificates,
      routes,
      unresolved,
      failing,
    }),
    writing: !done && judged.some(({ standing: { state } }) => state !== "Ready" && state !== "Unconfirmed"),
    objects: {
      total: desired.length,
      ready,
      ...(shown.length ? { problems: shown } : {}),
      ...(problems.length > shown.length ? { omittedProblems: problems.length - shown.length } : {}),
    },
    gateways: [...gateways],
    certificates: [...certificates],
    routes,
    needs: [...onGateways.needs, ...onCertificates.needs, ...onRoutes.needs],
    ...(wakeAt ? { wakeAt } : {}),
    loading:
      (onGateways.loading && (verify.includes("Gateways") || verify.includes("Probe"))) ||
      (onGateways.probing && verify.includes("Probe")) ||
      (onCertificates.loading && verify.includes("Certificates")) ||
      (onRoutes.loading && verify.includes("Routes")),
    contested: [...failures.values()].some(({ contested }) => contested),
    drifted:
      [...failures.values()].some(({ state }) => state === "Drifted") ||
      judged.some(({ object, standing: { state }, drift }) => {
        if (state !== "Drifted" || (drift && isUnchanged(drift))) return false;
        // What is repaired in a moment is not worth a word; what cannot be is.
        return sync.whenDrifted === "Report" || failures.has(object.key);
      }),
  };
}

interface JudgedObject {
  readonly object: Desired;
  readonly standing: Standing;
  /** Where it drifted and was looked at. */
  readonly drift: Drift | undefined;
}

/** How an object stands that differs and is left like that: until somebody looked, it may be the API server's own wording. */
function examined(drift: Drift | undefined, looked: boolean): Standing {
  if (!looked) return { state: "Unconfirmed" };
  return { state: drift && isUnchanged(drift) ? "Ready" : "Drifted" };
}

interface Judgement {
  readonly gateways: readonly GatewayStatus[];
  readonly certificates: readonly CertificateStatus[];
  readonly routes: Inspection["routes"];
  readonly unresolved: string | undefined;
  /** Why something of it is not known any more. */
  readonly failing: string | undefined;
  readonly done: boolean;
  readonly final: DeliveryFailure | undefined;
  readonly problems: readonly ObjectProblem[];
  readonly ready: number;
  readonly total: number;
  readonly verify: readonly string[];
}

function healthOf(judgement: Judgement): Health {
  const { done, final, problems, ready, total, verify, routes, unresolved, failing } = judgement;
  // What cannot be read any more is no fault of the cluster's.
  const known = <T extends { readonly state: string }>(all: readonly T[]): readonly T[] =>
    failing === undefined ? all : all.filter(({ state }) => state !== "Unknown");
  const [gateways, certificates] = [known(judgement.gateways), known(judgement.certificates)];
  if (final) return { state: "Failed", message: cut(`${final.kind}/${final.name}: ${final.message}`) };
  const conflict = problems.find(({ state }) => state === "Conflict");
  if (conflict) return { state: "Failed", message: cut(`${conflict.kind}/${conflict.name}: ${conflict.message}`) };
  if (!done) {
    const problem = problems[0];
    return {
      state: "Progressing",
      message: problem ? cut(`${problem.kind}/${problem.name}: ${problem.message}`) : `${ready} of ${total} objects are in place`,
    };
  }
  if (verify.includes("Routes") && routes?.state === "Invalid")
    return { state: "Failed", message: cut(`routes are invalid: ${routes.messages?.[0] ?? ""}`) };
  if (verify.includes("Routes") && unresolved) return { state: "Progressing", message: unresolved };
  const problem = verify.includes("Gateways") ? gateways.map(gatewayProblem).find((each) => each !== undefined) : undefined;
  if (problem) return { state: "Progressing", message: cut(problem) };
  const silent = verify.includes("Probe") ? gateways.map(probeProblem).find((each) => each !== undefined) : undefined;
  if (silent) return { state: "Progressing", message: cut(silent) };
  const unusable = verify.includes("Certificates") ? certificates.find((certificate) => !isUsable(certificate)) : undefined;
  if (unusable) return { state: "Progressing", message: cut(certificateProblem(unusable)) };
  if (failing !== undefined) return { state: "Unknown", message: cut(failing) };
  return { state: "Verified" };
}

function problemOf(
  { object, standing, drift }: JudgedObject,
  sync: Sync,
  failure: DeliveryFailure | undefined,
): readonly ObjectProblem[] {
  const { kind, metadata } = object.manifest;
  const problem = (state: ObjectProblem["state"], message: string): ObjectProblem => ({
    kind,
    ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
    name: metadata.name,
    state,
    message: cut(message),
  });
  if (failure) return [withFields(toProblem(failure), drift)];
  switch (standing.state) {
    case "Foreign":
      return [problem("Conflict", `it belongs to ${holderOf(standing.owner, object)}`)];
    case "Drifted": {
      if (sync.whenDrifted !== "Report") return [];
      const message = `changed by ${driftedBy(drift)}; sync.whenDrifted is Report, so it is left as it is`;
      return [withFields(problem("Drifted", message), drift)];
    }
    case "Deleting":
      return [problem("Missing", "it is being deleted by somebody else; it is written again once it is gone")];
    default:
      return [];
  }
}

/** Whom an object belongs to whose label has another uid than ours, and what to do. */
function holderOf(holder: string, { manifest }: Desired): string {
  const isNamesake = holder === manifest.metadata.annotations?.[OWNER_ANNOTATION];
  if (isNamesake)
    return `AccessPoint ${holder} of another hub, or an earlier one of that name, which left it: delete it in the cluster`;
  return `${holder ? `AccessPoint ${holder}` : "an AccessPoint of another hub"}; remove it from one of the two bundles`;
}

function withFields(problem: ObjectProblem, drift: Drift | undefined): ObjectProblem {
  if (!drift?.fields.length) return problem;
  return { ...problem, fields: [...drift.fields], ...(drift.omitted > 0 ? { omittedFields: drift.omitted } : {}) };
}

const toProblem = ({ kind, namespace, name, state, message }: DeliveryFailure): ObjectProblem => ({
  kind,
  namespace,
  name,
  state,
  message: cut(message),
});
