import { type AccessPoint, type AccessPointStatus, accessPointSpec } from "../../src/api/accesspoint.ts";
import type { KubeObject } from "../../src/api/resource.ts";
import type { ClusterView, DeliveryFailure } from "../../src/domain/cluster.ts";
import { nextWave } from "../../src/domain/delivery.ts";
import type { Assignment } from "../../src/domain/plan/cluster-judge.ts";
import { ownRevision } from "../../src/domain/plan/scope.ts";
import { type Plan, plan } from "../../src/domain/plan.ts";
import { render } from "../../src/domain/render.ts";
import { ownerOf, type Revision } from "../../src/domain/revision.ts";
import type { Decision, Requests } from "../../src/domain/rollout/model.ts";
import type { Member } from "../../src/domain/selection.ts";
import { FakeMember } from "./member.ts";
import { surroundingsOf } from "./surroundings.ts";

const UID = "uid-1";

/** Whole passes over one AccessPoint, without any server: what is stored goes through JSON, what is assigned is delivered. */
export class FakeHub {
  members: readonly Member[];
  readonly clusters: Map<string, FakeMember>;
  /** What clusters refuse: the text that the manifests contain, by cluster. */
  readonly refusals = new Map<string, string>();
  /** Clusters that do not answer, and since when. */
  readonly silent = new Map<string, string>();
  revisions: Revision[] = [];
  decisions: Decision[] = [];
  requests: Requests = {};
  now = Date.parse("2026-01-01T00:00:00Z");
  status: AccessPointStatus | undefined;
  #spec: AccessPoint["spec"];
  #generation = 1;
  /** What others have in every cluster. */
  others: readonly KubeObject[] = [];
  readonly #assigned = new Map<string, Assignment>();

  constructor(members: readonly Member[], spec: object) {
    this.members = members;
    this.clusters = new Map(members.map(({ name }) => [name, new FakeMember(UID)]));
    this.#spec = accessPointSpec.parse(spec);
  }

  /** The same hub from now on with other MemberClusters; what is in clusters stays. */
  withMembers(members: readonly Member[]): this {
    this.members = members;
    for (const { name } of members) if (!this.clusters.has(name)) this.clusters.set(name, new FakeMember(UID));
    return this;
  }

  edit(spec: object): void {
    this.#spec = accessPointSpec.parse(spec);
    this.#generation++;
  }

  /** One pass, stored; then every cluster does one round of its work. */
  pass(): Plan {
    this.now += 1000;
    const accessPoint: AccessPoint = {
      apiVersion: "accesspoint.dev/v1alpha1",
      kind: "AccessPoint",
      metadata: { name: "checkout", namespace: "shop", uid: UID, generation: this.#generation },
      spec: this.#spec,
      ...(this.status ? { status: this.status } : {}),
    };
    const next = plan({
      accessPoint,
      own: ownRevision(accessPoint),
      members: this.members,
      view: (name) => this.#view(name),
      holders: [...this.clusters].filter(([, cluster]) => cluster.live.length > 0).map(([name]) => name),
      revisions: this.revisions,
      decisions: this.decisions,
      requests: this.requests,
      now: new Date(this.now),
      watchedMs: 86_400_000,
      render: (bundle, target, stage) => render(bundle, target, ownerOf(accessPoint), undefined, stage),
    });
    if (next.newRevision) this.revisions.push(next.newRevision);
    const gone = new Set(next.prune.map(({ name }) => name));
    this.revisions = this.revisions.filter(({ name }) => !gone.has(name));
    this.status = JSON.parse(JSON.stringify(next.status)) as AccessPointStatus;
    for (const [name, assignment] of next.assignments) this.#assigned.set(name, assignment);
    for (const [name, cluster] of this.clusters) this.#deliver(name, cluster);
    return next;
  }

  /** Passes until status stays as it is. */
  settle(): AccessPointStatus {
    for (let round = 0; round < 100; round++) {
      const before = JSON.stringify(this.status);
      this.pass();
      if (JSON.stringify(this.status) === before) return this.status!;
    }
    throw new Error(`it does not settle: ${JSON.stringify(this.status?.rollout)}`);
  }

  #deliver(name: string, cluster: FakeMember): void {
    const assignment = this.#assigned.get(name);
    if (!assignment || this.silent.has(name)) return;
    const refused = this.#failures(name);
    const { actions } = nextWave(assignment.objects, UID, cluster.holdings, assignment.sync, new Set(refused.keys()));
    for (const action of actions) cluster.carryOut(action, assignment.revision);
    cluster.confirm();
  }

  #failures(name: string): ReadonlyMap<string, DeliveryFailure> {
    const text = this.refusals.get(name);
    const objects = this.#assigned.get(name)?.objects ?? [];
    return new Map(
      objects
        .filter(({ manifest }) => text !== undefined && JSON.stringify(manifest).includes(text))
        .map(({ key, manifest: { kind, metadata } }) => [
          key,
          { kind, namespace: "shop", name: metadata.name, state: "Failed", message: "refused", final: true },
        ]),
    );
  }

  #view(name: string): ClusterView {
    const since = this.silent.get(name);
    return {
      reach: since ? "Unreachable" : "Reachable",
      ...(since ? { unreachableSince: since, unreachableReason: "no answer" } : {}),
      holdings: this.clusters.get(name)!.holdings,
      surroundings: surroundingsOf([...(this.clusters.get(name)!.live as readonly KubeObject[]), ...this.others]),
      failures: this.#failures(name),
    };
  }
}
