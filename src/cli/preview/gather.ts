import type { KubeConfig } from "@kubernetes/client-node";
import { type AccessPoint, accessPoint, type FollowingStatus, type Leader } from "../../api/accesspoint.ts";
import { ACCESS_POINTS, API_VERSION, CONTROLLER_REVISIONS, MEMBER_CLUSTERS } from "../../api/kinds.ts";
import { type MemberCluster, memberCluster } from "../../api/membercluster.ts";
import type { KubeObject } from "../../api/resource.ts";
import { toMember } from "../../controller/members.ts";
import type { Finding } from "../../domain/finding.ts";
import { lastKnown, type Reading } from "../../domain/placement/following.ts";
import type { Bundle } from "../../domain/render.ts";
import { fromControllerRevision } from "../../domain/revision.ts";
import type { Member } from "../../domain/selection.ts";
import { together } from "../../integrations/leaders.ts";
import { findResource } from "../../integrations/serving.ts";
import { sourceOf } from "../../integrations/sources.ts";
import { createClient, type KubeClient } from "../../kube/client.ts";
import { NotFoundError } from "../../kube/errors.ts";
import { PreviewError } from "../errors.ts";
import { admitted } from "./admission.ts";
import { type Document, readDocuments } from "./documents.ts";

/** What is previewed, from files, from the hub, or from both. */
export interface Gathered {
  readonly accessPoints: readonly AccessPoint[];
  readonly members: readonly Member[];
  /** What the leaders of an AccessPoint say, in their order. */
  readonly readings: (accessPoint: AccessPoint) => Promise<readonly Reading[]>;
  /** The revision that spec.rollout.rollbackTo asks for, where it does: what is rolled out instead of the specification. */
  readonly revision: (accessPoint: AccessPoint) => Promise<Bundle | Finding | undefined>;
}

/** The hub, where one is asked. */
export interface HubView {
  readonly client: KubeClient;
  readonly accessPoints: readonly AccessPoint[];
  readonly memberClusters: readonly MemberCluster[];
}

/**
 * Reads the hub once.
 *
 * @throws PreviewError when it cannot be read.
 */
export async function readHub(config: KubeConfig): Promise<HubView> {
  const client = createClient(config);
  try {
    const [accessPoints, memberClusters] = await Promise.all([client.list(ACCESS_POINTS), client.list(MEMBER_CLUSTERS)]);
    return {
      client,
      accessPoints: accessPoints.items as unknown as AccessPoint[],
      memberClusters: memberClusters.items as unknown as MemberCluster[],
    };
  } catch (error) {
    await client.close();
    throw new PreviewError(`the hub cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/**
 * AccessPoints of the files, or all of the hub's without files; the member clusters of the files, and those of the hub that the files
 * do not have. What the hub has, too, keeps what the hub remembers of it: its uid, where it is placed, where it stands.
 *
 * @throws PreviewError when there is nothing to preview, or nothing to place it on.
 */
export async function gather(paths: readonly string[], hub: HubView | undefined): Promise<Gathered> {
  const documents = await readDocuments(paths);
  const own = (kind: string) => documents.filter(({ object }) => object.apiVersion === API_VERSION && object.kind === kind);
  const accessPoints =
    paths.length > 0 ? own("AccessPoint").map((document) => readAccessPoint(document, hub)) : (hub?.accessPoints ?? []);
  const registered = own("MemberCluster").map((document) => readMemberCluster(document, hub));
  const written = new Set(registered.map(({ metadata }) => metadata.name));
  const others = (hub?.memberClusters ?? []).filter(({ metadata }) => !written.has(metadata.name));
  const members = [...registered, ...others].map(toMember);
  if (accessPoints.length === 0) throw new PreviewError("there is no AccessPoint in the files or on the hub");
  if (members.length === 0)
    throw new PreviewError("there is no MemberCluster: add the file with the fleet (-f), or name a hub (--kubeconfig)");
  const objects = documents.map(({ object }) => object);
  return {
    accessPoints,
    members,
    readings: ({ metadata, spec, status }) =>
      Promise.all(
        (spec.placement.follow ?? []).map((leader) =>
          readLeader(leader, metadata.namespace ?? "default", objects, hub?.client, status?.placement?.following),
        ),
      ),
    revision: ({ metadata, spec }) => readRevision(spec.rollout.rollbackTo, metadata.namespace ?? "default", hub?.client),
  };
}

async function readRevision(
  name: string | undefined,
  namespace: string,
  client: KubeClient | undefined,
): Promise<Bundle | Finding | undefined> {
  if (name === undefined) return undefined;
  const missing = (message: string): Finding => ({ reason: "UnknownRevision", field: "spec.rollout.rollbackTo", message });
  if (!client) return missing(`what ${name} consists of stands on the hub: name it (--kubeconfig)`);
  try {
    const bundle = fromControllerRevision(await client.get(CONTROLLER_REVISIONS, name, namespace))?.bundle;
    return bundle ?? missing(`${name} is no revision of an AccessPoint`);
  } catch (error) {
    if (error instanceof NotFoundError) return missing(`there is no revision ${name}`);
    throw error;
  }
}

function readAccessPoint(document: Document, hub: HubView | undefined): AccessPoint {
  const { path, object } = document;
  const { name, namespace = "default" } = object.metadata;
  const parsed = accessPoint.safeParse(object);
  if (!parsed.success) throw new PreviewError(`${path}: AccessPoint ${namespace}/${name}: ${issues(parsed.error)}`);
  admitted(document);
  const live = hub?.accessPoints.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
  const { uid } = live?.metadata ?? {};
  return {
    apiVersion: API_VERSION,
    kind: "AccessPoint",
    metadata: { ...object.metadata, namespace, ...(uid ? { uid } : {}) },
    spec: parsed.data.spec,
    ...(live?.status ? { status: live.status } : {}),
  };
}

function readMemberCluster(document: Document, hub: HubView | undefined): MemberCluster {
  const { path, object } = document;
  const parsed = memberCluster.safeParse(object);
  if (!parsed.success) throw new PreviewError(`${path}: MemberCluster ${object.metadata.name}: ${issues(parsed.error)}`);
  admitted(document);
  const live = hub?.memberClusters.find(({ metadata }) => metadata.name === object.metadata.name);
  const status = live?.status ? { status: live.status } : {};
  return { ...object, kind: "MemberCluster", spec: parsed.data.spec, ...status } as unknown as MemberCluster;
}

const issues = ({ issues }: { readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] }) =>
  issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");

/** From the files where it stands there, else from the hub. What runs in the members is taken from what the hub last reported. */
async function readLeader(
  leader: Leader,
  namespace: string,
  objects: readonly KubeObject[],
  client: KubeClient | undefined,
  before: readonly FollowingStatus[] = [],
): Promise<Reading> {
  const { kind, name } = leader;
  const last = lastKnown(leader, before);
  if (leader.discover) {
    if (last) return { state: "Placed", clusters: last.clusters };
    return { state: "LeaderUnreadable", message: `${kind} ${name} is looked for in the members, which a preview does not ask` };
  }
  const source = sourceOf(leader);
  const written = objects.filter(
    (object) =>
      object.apiVersion === source.apiVersion &&
      object.kind === source.kind &&
      (object.metadata.namespace ?? namespace) === namespace,
  );
  const said = (candidates: readonly KubeObject[]) =>
    together(candidates.filter((object) => source.names(object).includes(source.name)).map((object) => source.read(object)));
  return (
    said(written) ??
    (client && said(await listLeaders(client, source, namespace))) ?? {
      state: "LeaderNotFound",
      message: `there is no ${kind} ${name}`,
    }
  );
}

async function listLeaders(
  client: KubeClient,
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
  namespace: string,
): Promise<readonly KubeObject[]> {
  const resource = await findResource(client, apiVersion, kind, AbortSignal.timeout(30_000));
  if (!resource) return [];
  try {
    return (await client.list(resource, resource.namespaced ? { namespace } : {})).items;
  } catch (error) {
    if (error instanceof NotFoundError) return [];
    throw error;
  }
}
