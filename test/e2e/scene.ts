import { onTestFinished } from "vitest";
import type { AccessPoint, ClusterStatus } from "../../src/api/accesspoint.ts";
import {
  ACCESS_POINTS,
  CONTROLLER_REVISIONS,
  DELIVERABLE,
  MEMBER_CLUSTERS,
  NAMESPACES,
  ROLLOUT_APPROVALS,
  UID_LABEL,
} from "../../src/api/kinds.ts";
import type { MemberCluster } from "../../src/api/membercluster.ts";
import type { Condition } from "../../src/api/meta.ts";
import type { RolloutApproval } from "../../src/api/rolloutapproval.ts";
import { ConflictError, NotFoundError } from "../../src/kube/errors.ts";
import type { KubeObject, Resource } from "../../src/kube/resource.ts";
import { find, gone, type TestFleet } from "../support/fleet.ts";
import { eventually, type Patience } from "../support/wait.ts";
import { type CheckoutOptions, checkout } from "./checkout.ts";

const EVENTS: Resource = { group: "", version: "v1", plural: "events", kind: "Event", namespaced: true };
const TEAM = { fieldManager: "team", force: true } as const;

interface Wanted {
  readonly status?: "True" | "False" | "Unknown";
  readonly reason?: string;
}

export interface DecisionOptions {
  /** Default status.updateRevision. */
  readonly revision?: string;
  /** Default "canary". */
  readonly stage?: string;
  readonly decision?: "Approve" | "Reject";
  readonly reason?: string;
  readonly plan?: string;
}

/** One team's namespace: what it does on the hub, what then is in the members. Cleaned up when the test ends. */
export class Scene {
  readonly namespace: string;
  readonly #fleet: TestFleet;
  #decisions = 0;

  private constructor(fleet: TestFleet, namespace: string) {
    this.#fleet = fleet;
    this.namespace = namespace;
  }

  /** A namespace of its own for the test that is running. */
  static async open(fleet: TestFleet, namespace: string): Promise<Scene> {
    await fleet.hub.client.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    const scene = new Scene(fleet, namespace);
    onTestFinished(() => scene.#leave());
    return scene;
  }

  /** Applies the AccessPoint `checkout`, as it is with these options. */
  apply(options: CheckoutOptions = {}): Promise<KubeObject> {
    return this.#fleet.hub.client.apply(ACCESS_POINTS, checkout(this.namespace, options), TEAM);
  }

  /** Sets annotations on the AccessPoint, or removes them. */
  annotate(annotations: Readonly<Record<string, string | null>>, name = "checkout"): Promise<KubeObject> {
    const options = { fieldManager: "kubectl-annotate" };
    return this.#fleet.hub.client.patch(ACCESS_POINTS, name, this.namespace, { metadata: { annotations } }, "merge", options);
  }

  async accessPoint(name = "checkout"): Promise<AccessPoint> {
    return (await this.#fleet.hub.client.get(ACCESS_POINTS, name, this.namespace)) as unknown as AccessPoint;
  }

  async status(name = "checkout"): Promise<NonNullable<AccessPoint["status"]>> {
    const { metadata, status } = await this.accessPoint(name);
    if (!status || status.observedGeneration !== metadata.generation) throw new Error("the newest generation was not observed yet");
    return status;
  }

  async clusterStatus(cluster: string, name = "checkout"): Promise<ClusterStatus> {
    const { clusters = [] } = await this.status(name);
    const found = clusters.find((entry) => entry.name === cluster);
    if (!found) throw new Error(`${cluster} is not in status.clusters, which has ${clusters.map(({ name }) => name).join(", ")}`);
    return found;
  }

  /** Waits for a condition of the newest generation; by default for it to be True. */
  async until(type: string, { status = "True", reason }: Wanted = {}, name = "checkout", patience?: Patience): Promise<Condition> {
    return eventually(
      `${type} is ${status} ${reason ?? ""}`,
      async () => wanted(await this.status(name), type, status, reason),
      patience,
    );
  }

  /** Waits for a phase of the rollout of the newest generation. */
  async untilPhase(phase: string, patience?: Patience): Promise<void> {
    await eventually(
      `the rollout is ${phase}`,
      async () => {
        const { rollout } = await this.status();
        if (rollout?.phase !== phase) throw new Error(`it is ${rollout?.phase}: ${rollout?.message}`);
      },
      patience,
    );
  }

  /** Waits until the canary awaits its approval, and returns the revision. */
  async canary(): Promise<string> {
    await this.until("AwaitingApproval");
    return (await this.status()).updateRevision!;
  }

  /** Applies, approves the canary, and waits until the rollout is complete. Returns the revision. */
  async rollOut(options: CheckoutOptions = {}): Promise<string> {
    await this.apply(options);
    const revision = await this.canary();
    await this.decide();
    await this.until("RolloutCompleted");
    return revision;
  }

  /** Creates a RolloutApproval and returns its name. */
  async decide(options: DecisionOptions = {}): Promise<string> {
    const { revision = (await this.status()).updateRevision, stage = "canary", decision = "Approve", reason, plan } = options;
    const name = `decision-${++this.#decisions}`;
    await this.#fleet.hub.client.create(ROLLOUT_APPROVALS, {
      apiVersion: "accesspoint.dev/v1alpha1",
      kind: "RolloutApproval",
      metadata: { name, namespace: this.namespace },
      spec: { accessPoint: "checkout", revision, stage, decision, ...(reason && { reason }), ...(plan && { plan }) },
    });
    return name;
  }

  /** Waits for the answer to a RolloutApproval. */
  answerTo(name: string): Promise<Condition> {
    return eventually(`${name} is answered`, async () => {
      const { status } = (await this.#fleet.hub.client.get(ROLLOUT_APPROVALS, name, this.namespace)) as unknown as RolloutApproval;
      return wanted(status ?? {}, "Accepted");
    });
  }

  /** What is in a member's namespace, whoever wrote it, as `Kind/name` in alphabetical order. */
  async contents(member: string): Promise<readonly string[]> {
    return (await this.#objects(member)).map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort();
  }

  /** resourceVersions by `Kind/name`: equal as long as nobody wrote anything. */
  async versions(member: string): Promise<Readonly<Record<string, string>>> {
    const objects = await this.#objects(member);
    return Object.fromEntries(objects.map(({ kind, metadata }) => [`${kind}/${metadata.name}`, metadata.resourceVersion ?? ""]));
  }

  /** An object in a member, by `Kind/name`. */
  async object(member: string, title: string): Promise<KubeObject> {
    const [resource, name] = resourceOf(title);
    return this.#fleet.member(member).client.get(resource, name, this.namespace);
  }

  /** Writes an object in a member as somebody else, by server-side apply. */
  plant(member: string, object: Partial<KubeObject>, fieldManager = "somebody", force = false): Promise<KubeObject> {
    const { metadata, ...rest } = object as KubeObject;
    const [resource] = resourceOf(`${rest.kind}/`);
    const manifest = { ...rest, metadata: { ...metadata, namespace: this.namespace } } as KubeObject;
    return this.#fleet.member(member).client.apply(resource, manifest, { fieldManager, force });
  }

  /** Changes an object in a member by hand, as `kubectl edit` does. */
  edit(member: string, title: string, patch: object): Promise<KubeObject> {
    const [resource, name] = resourceOf(title);
    const options = { fieldManager: "kubectl-edit" };
    return this.#fleet.member(member).client.patch(resource, name, this.namespace, patch, "merge", options);
  }

  async remove(member: string, title: string): Promise<void> {
    const [resource, name] = resourceOf(title);
    await this.#fleet.member(member).client.delete(resource, name, this.namespace);
  }

  /** Share of v2 in each member's VirtualService; undefined where there is none. */
  async weights(): Promise<Readonly<Record<string, number | undefined>>> {
    const [resource, name] = resourceOf("VirtualService/checkout");
    const entries = this.#fleet.members.map(async (member): Promise<[string, number | undefined]> => {
      const found = await find(member.client, resource, name, this.namespace);
      return [member.name, found && weightOf(found)];
    });
    return Object.fromEntries(await Promise.all(entries));
  }

  /** What was told of the namespace's objects, as `Reason: message`. */
  async events(): Promise<readonly string[]> {
    const { items } = await this.#fleet.hub.client.list(EVENTS, { namespace: this.namespace });
    return items.map(({ reason, message }) => `${reason}: ${message}`);
  }

  /** Waits for an Event. */
  event(text: RegExp): Promise<string> {
    return eventually(`an Event ${text}`, async () => {
      const events = await this.events();
      const found = events.find((event) => text.test(event));
      if (!found) throw new Error(`there is ${events.join(" | ")}`);
      return found;
    });
  }

  async delete(name = "checkout"): Promise<void> {
    await this.#fleet.hub.client.delete(ACCESS_POINTS, name, this.namespace);
    await gone(this.#fleet.hub.client, ACCESS_POINTS, name, this.namespace);
  }

  /** Creates the namespace in members, for what is planted there. */
  async createNamespaces(): Promise<void> {
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: this.namespace } };
    await Promise.all(
      this.#fleet.members.map(({ client }) =>
        client.create(NAMESPACES, namespace).catch((error: unknown) => {
          if (!(error instanceof ConflictError)) throw error;
        }),
      ),
    );
  }

  /** Kept revisions, the oldest first. */
  async revisions(): Promise<readonly string[]> {
    const { items } = await this.#fleet.hub.client.list(CONTROLLER_REVISIONS, { namespace: this.namespace });
    return items.toSorted((a, b) => Number(a["revision"]) - Number(b["revision"])).map(({ metadata }) => metadata.name);
  }

  async #objects(member: string): Promise<readonly KubeObject[]> {
    const { client } = this.#fleet.member(member);
    const list = async (resource: Resource) => {
      try {
        return (await client.list(resource, { namespace: this.namespace })).items;
      } catch (error) {
        // A kind that is not served has no objects.
        if (error instanceof NotFoundError) return [];
        throw error;
      }
    };
    return (await Promise.all(DELIVERABLE.map(list))).flat();
  }

  /** Everything that the test made goes, and nothing of it may be left in any member. */
  async #leave(): Promise<void> {
    const { client } = this.#fleet.hub;
    const { items } = await client.list(ACCESS_POINTS, { namespace: this.namespace });
    await Promise.all(items.map(({ metadata }) => client.delete(ACCESS_POINTS, metadata.name, this.namespace)));
    for (const { metadata } of items) await gone(client, ACCESS_POINTS, metadata.name, this.namespace);
    for (const { name } of this.#fleet.members) {
      const left = (await this.#objects(name)).filter(({ metadata }) =>
        items.some((accessPoint) => metadata.labels?.[UID_LABEL] === accessPoint.metadata.uid),
      );
      if (left.length > 0)
        throw new Error(`${name} still has ${left.map(({ kind, metadata }) => `${kind}/${metadata.name}`).join(", ")}`);
    }
  }
}

function wanted(
  { conditions = [] }: { readonly conditions?: readonly Condition[] | undefined },
  type: string,
  status?: string,
  reason?: string,
): Condition {
  const found = conditions.find((condition) => condition.type === type);
  if (!found) throw new Error(`there is no condition ${type}`);
  if ((status && found.status !== status) || (reason && found.reason !== reason))
    throw new Error(`${type} is ${found.status} ${found.reason}: ${found.message}`);
  return found;
}

function resourceOf(title: string): readonly [Resource, string] {
  const [kind, name] = title.split("/") as [string, string];
  const resource = DELIVERABLE.find((candidate) => candidate.kind === kind);
  if (!resource) throw new Error(`${kind} is not delivered`);
  return [resource, name];
}

/** Share of v2 in a VirtualService of checkout. */
export function weightOf(virtualService: KubeObject): number | undefined {
  const { http } = virtualService["spec"] as { http?: readonly { route: readonly { weight?: number }[] }[] };
  return http?.[0]?.route[1]?.weight;
}

/** Waits for a MemberCluster's Ready condition. */
export const memberIs = (
  { hub }: TestFleet,
  name: string,
  status: "True" | "False" | "Unknown",
  reason?: string,
  patience?: Patience,
): Promise<Condition> =>
  eventually(
    `MemberCluster ${name} is Ready=${status} ${reason ?? ""}`,
    async () =>
      wanted(((await hub.client.get(MEMBER_CLUSTERS, name)) as unknown as MemberCluster).status ?? {}, "Ready", status, reason),
    patience,
  );
