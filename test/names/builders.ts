import { type AccessPoint, type AccessPointStatus, accessPointSpec, type ClusterStatus } from "../../src/api/accesspoint.ts";
import { type NameService, type NameServiceStatus, nameServiceSpec } from "../../src/api/nameservice.ts";
import { type Decision, decide, type Publication, type Scope } from "../../src/domain/names/decide.ts";
import type { Member } from "../../src/domain/selection.ts";

type Json = Readonly<Record<string, unknown>>;

export const member = (name: string, parts: Partial<Member> = {}): Member => ({
  name,
  zone: name.split("-")[0]!,
  region: "us-west",
  role: "Primary",
  labels: {},
  unschedulable: false,
  detaching: false,
  ...parts,
});

/** A cluster of status with one Gateway, `web`, that serves checkout.example.com. */
export function cluster(
  name: string,
  vips: readonly string[],
  parts: Partial<ClusterStatus> = {},
  gateway: Json = {},
): ClusterStatus {
  const web = {
    name: "web",
    vips: [...vips],
    fqdns: ["checkout.example.com"],
    ports: [443],
    state: vips.length ? "Ready" : "Pending",
    ...gateway,
  };
  return { name, phase: "Ready", gateways: [web as NonNullable<ClusterStatus["gateways"]>[number]], ...parts };
}

export const accessPoint = (name: string, clusters: readonly ClusterStatus[], spec: Json = {}): AccessPoint => ({
  apiVersion: "accesspoint.dev/v1alpha1",
  kind: "AccessPoint",
  metadata: { name, namespace: "shop" },
  spec: accessPointSpec.parse({
    placement: { zones: ["lvs"] },
    templates: [
      {
        manifest: {
          apiVersion: "networking.istio.io/v1",
          kind: "Gateway",
          metadata: { name: "web" },
          spec: { servers: [{ port: { number: 443 } }] },
        },
      },
    ],
    ...spec,
  }),
  status: { clusters: [...clusters] } as AccessPointStatus,
});

export interface Situation {
  readonly spec?: Json;
  readonly status?: NameServiceStatus;
  readonly accessPoints?: readonly AccessPoint[];
  readonly members?: readonly Member[];
  readonly rivals?: Scope["rivals"];
  readonly rights?: Scope["rights"];
  /** Default `shop/checkout`, of 2026-01-02. */
  readonly metadata?: Partial<NameService["metadata"]>;
}

export const nameService = ({ spec = {}, status, metadata = {} }: Situation = {}): NameService => ({
  apiVersion: "accesspoint.dev/v1alpha1",
  kind: "NameService",
  metadata: {
    name: "checkout",
    namespace: "shop",
    uid: "uid-1",
    generation: 1,
    creationTimestamp: "2026-01-02T00:00:00Z",
    ...metadata,
  },
  spec: { fqdn: "checkout.example.com", targets: [{ accessPoint: "checkout" }], ...spec } as unknown as NameService["spec"],
  ...(status ? { status } : {}),
});

/** By default AccessPoint checkout with a VIP in lvs-1 and one in slc-1. */
export function decided(situation: Situation = {}): Decision {
  const { accessPoints = [accessPoint("checkout", [cluster("lvs-1", ["10.1.0.1"]), cluster("slc-1", ["10.2.0.1"])])] } = situation;
  const { members = [member("lvs-1"), member("slc-1"), member("rno-1", { region: "us-mountain" })], rivals = [] } = situation;
  return decide({
    nameService: nameService(situation),
    accessPoint: (name) => accessPoints.find(({ metadata }) => metadata.name === name),
    member: (name) => members.find((member) => member.name === name),
    members: () => members,
    rivals,
    rights: situation.rights,
  });
}

/** A decision that something is published. @throws when it is another one. */
export function publication(situation: Situation = {}): Publication {
  const decision = decided(situation);
  if (decision.action !== "Publish") throw new Error(`it is ${JSON.stringify(decision)}`);
  return decision;
}

/** Records as short texts: `A lvs 99 10.1.0.1 aws/region=us-west-2`. */
export const texts = ({ records }: Pick<Publication, "records">): readonly string[] =>
  records.map(({ type, setIdentifier, weight, values, properties = [] }) =>
    [type, setIdentifier, weight, values.join(","), ...properties.map(({ name, value }) => `${name}=${value}`)]
      .filter((part) => part !== undefined)
      .join(" "),
  );

/** Findings as their reasons, with doubles. */
export const reasons = ({ findings }: Pick<Publication, "findings">): readonly string[] => findings.map(({ reason }) => reason);

export const parseSpec = (spec: Json) =>
  nameServiceSpec.parse({ fqdn: "checkout.example.com", targets: [{ host: "10.0.0.1" }], ...spec });
