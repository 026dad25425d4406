import type { KubeObject } from "../../kube/resource.ts";
import { age, duration } from "../age.ts";
import { compilePath } from "../jsonpath.ts";
import type { Column } from "../registry.ts";
import { ageColumn as customAge, nameColumn } from "./custom.ts";
import { printLabels, printSelector } from "./selector-text.ts";

type Cell = (object: KubeObject, now: Date) => unknown;

export const column = (name: string, cell: Cell, description: string, priority = 0, type = "string"): Column => ({
  name,
  type,
  format: "",
  description,
  priority,
  cell,
});

/** Built-in kinds print their age as text. */
export const ageColumn: Column = { ...customAge, type: "string" };

const none = "<none>";

const first = (path: string): ((object: unknown) => unknown) => {
  const find = compilePath(path);
  return (object) => find(object)[0];
};

const text = (path: string, absent = ""): Cell => {
  const find = first(path);
  return (object) => {
    const found = find(object);
    return found === undefined || found === null || found === "" ? absent : String(found);
  };
};

export const number = (path: string): Cell => {
  const find = first(path);
  return (object) => find(object) ?? 0;
};

const size = (...paths: string[]): Cell => {
  const finds = paths.map(first);
  return (object) => finds.reduce((sum, find) => sum + Object.keys((find(object) as object | undefined) ?? {}).length, 0);
};

const joined = (path: string, separator = ",", absent = none): Cell => {
  const find = compilePath(path);
  return (object) => find(object).map(String).join(separator) || absent;
};

const containers = ".spec.template.spec.containers[*]";
const podTemplate: readonly Column[] = [
  column("Containers", joined(`${containers}.name`), "Containers of the template", 1),
  column("Images", joined(`${containers}.image`), "Images of the template", 1),
  column("Selector", (object) => printSelector((object["spec"] as { selector?: unknown }).selector), "Which pods", 1),
];

function ports(object: KubeObject): string {
  const { ports: found = [] } = object["spec"] as { ports?: { port: number; nodePort?: number; protocol?: string }[] };
  const shown = found.map(({ port, nodePort, protocol = "TCP" }) => `${port}${nodePort ? `:${nodePort}` : ""}/${protocol}`);
  return shown.join(",") || none;
}

interface ServiceSpec {
  readonly type?: string;
  readonly externalName?: string;
  readonly externalIPs?: readonly string[];
}

const ingressOf = compilePath(".status.loadBalancer.ingress[*]");

function externalAddresses(object: KubeObject): string {
  const { type, externalName, externalIPs = [] } = object["spec"] as ServiceSpec;
  if (type === "ExternalName") return externalName ?? none;
  if (type !== "LoadBalancer") return externalIPs.join(",") || none;
  const ingress = ingressOf(object).map((one) => {
    const { ip, hostname } = one as { ip?: string; hostname?: string };
    return ip || hostname || "";
  });
  return [...ingress, ...externalIPs].filter(Boolean).join(",") || "<pending>";
}

function nodeStatus(object: KubeObject): string {
  const conditions = (object["status"] as { conditions?: { type: string; status: string }[] } | undefined)?.conditions ?? [];
  const ready = conditions.find(({ type }) => type === "Ready");
  const states = [ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady"];
  if ((object["spec"] as { unschedulable?: boolean } | undefined)?.unschedulable) states.push("SchedulingDisabled");
  return states.join(",");
}

function nodeRoles({ metadata }: KubeObject): string {
  const prefix = "node-role.kubernetes.io/";
  const roles = Object.keys(metadata.labels ?? {})
    .filter((label) => label.startsWith(prefix))
    .map((label) => label.slice(prefix.length));
  return roles.sort().join(",") || none;
}

const kernelVersion: Cell = (object) => {
  const { kernelVersion: version, architecture } =
    (object["status"] as { nodeInfo?: { kernelVersion?: string; architecture?: string } } | undefined)?.nodeInfo ?? {};
  return `${version || "<unknown>"}${architecture ? ` (${architecture})` : ""}`;
};

const nodeAddress =
  (type: string): Cell =>
  (object) =>
    text(`.status.addresses[?(@.type=="${type}")].address`, none)(object, new Date(0));

interface JobStatus {
  readonly succeeded?: number;
  readonly startTime?: string;
  readonly completionTime?: string;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

const jobStatus = (object: KubeObject): JobStatus => (object["status"] as JobStatus | undefined) ?? {};

function jobPhase(object: KubeObject): string {
  const { conditions = [] } = jobStatus(object);
  const holds = (type: string): boolean => conditions.some((one) => one.type === type && one.status === "True");
  if (holds("Complete")) return "Complete";
  if (holds("Failed")) return "Failed";
  if (object.metadata.deletionTimestamp) return "Terminating";
  if (holds("Suspended")) return "Suspended";
  if (holds("FailureTarget")) return "FailureTarget";
  return holds("SuccessCriteriaMet") ? "SuccessCriteriaMet" : "Running";
}

function jobCompletions(object: KubeObject): string {
  const { completions, parallelism = 0 } = object["spec"] as { completions?: number; parallelism?: number };
  const { succeeded = 0 } = jobStatus(object);
  if (completions !== undefined) return `${succeeded}/${completions}`;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration(object: KubeObject, now: Date): string {
  const { startTime, completionTime } = jobStatus(object);
  if (startTime === undefined) return "";
  const end = completionTime === undefined ? now.getTime() : Date.parse(completionTime);
  return duration(end - Date.parse(startTime));
}

interface ContainerStatus {
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: { readonly waiting?: { readonly reason?: string }; readonly terminated?: { readonly reason?: string } };
}

const containerStatuses = (object: KubeObject): readonly ContainerStatus[] =>
  (object["status"] as { containerStatuses?: ContainerStatus[] } | undefined)?.containerStatuses ?? [];

function podReady(object: KubeObject): string {
  const { containers: all = [] } = object["spec"] as { containers?: unknown[] };
  return `${containerStatuses(object).filter(({ ready }) => ready).length}/${all.length}`;
}

function podStatus(object: KubeObject): string {
  const { phase = "", reason } = (object["status"] as { phase?: string; reason?: string } | undefined) ?? {};
  const states = containerStatuses(object).map(({ state }) => state?.waiting?.reason ?? state?.terminated?.reason);
  if (object.metadata.deletionTimestamp) return "Terminating";
  return states.findLast((state) => state !== undefined) ?? reason ?? phase;
}

const podRestarts = (object: KubeObject): string =>
  String(containerStatuses(object).reduce((sum, { restartCount = 0 }) => sum + restartCount, 0));

interface EventFields {
  readonly eventTime?: string | null;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly series?: { readonly lastObservedTime?: string; readonly count?: number };
  readonly count?: number;
  readonly involvedObject?: { readonly kind?: string; readonly name?: string; readonly fieldPath?: string };
  readonly source?: { readonly component?: string; readonly host?: string };
  readonly reportingComponent?: string;
  readonly reportingInstance?: string;
}

const event = (object: KubeObject): EventFields => object as EventFields;

function lastSeen(object: KubeObject, now: Date): string {
  const { series, lastTimestamp, firstTimestamp, eventTime } = event(object);
  return age(series?.lastObservedTime ?? lastTimestamp ?? firstTimestamp ?? eventTime ?? undefined, now);
}

const firstSeen = (object: KubeObject, now: Date): string =>
  age(event(object).firstTimestamp ?? event(object).eventTime ?? undefined, now);

const involved = (object: KubeObject): string => {
  const { kind = "", name = "" } = event(object).involvedObject ?? {};
  return `${kind.toLowerCase()}${name && `/${name}`}`;
};

const eventSource = (object: KubeObject): string => {
  const { source, reportingComponent = "", reportingInstance = "" } = event(object);
  const component = source?.component || reportingComponent;
  const instance = source?.host || reportingInstance;
  return instance ? `${component}, ${instance}` : component;
};

const eventCount = (object: KubeObject): number => event(object).series?.count ?? event(object).count ?? 1;

const createdAt = column("Created At", ({ metadata }) => metadata.creationTimestamp, "When it was created", 0, "date");

interface Binding {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
}

/** Who of a kind is bound. */
const bound = (wanted: string): Cell => {
  return (object) =>
    ((object as unknown as Binding).subjects ?? [])
      .filter(({ kind }) => kind === wanted)
      .map(({ kind, name, namespace = "" }) => (kind === "ServiceAccount" ? `${namespace}/${name}` : name))
      .join(", ");
};

function boundRole(object: KubeObject): string {
  const { kind, name } = (object as unknown as Binding).roleRef;
  return `${kind}/${name}`;
}

const bindingColumns: readonly Column[] = [
  nameColumn,
  column("Role", boundRole, "What is bound"),
  ageColumn,
  column("Users", bound("User"), "To which users", 1),
  column("Groups", bound("Group"), "To which groups", 1),
  column("ServiceAccounts", bound("ServiceAccount"), "To which service accounts", 1),
];

function controller({ metadata }: KubeObject): string {
  const owner = metadata.ownerReferences?.find(({ controller: is }) => is);
  if (!owner) return none;
  const group = owner.apiVersion.includes("/") ? `.${owner.apiVersion.split("/")[0]}` : "";
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
}

interface Subset {
  readonly addresses?: readonly { readonly ip: string }[];
  readonly ports?: readonly { readonly port: number }[];
}

function endpoints(object: KubeObject): string {
  const subsets = object["subsets"] as readonly Subset[] | undefined;
  if (!subsets || subsets.length === 0) return none;
  return firstThree(
    subsets.flatMap(({ addresses = [], ports: found = [] }) =>
      found.length === 0
        ? addresses.map(({ ip }) => ip)
        : found.flatMap(({ port }) => addresses.map(({ ip }) => `${ip.includes(":") ? `[${ip}]` : ip}:${port}`)),
    ),
  );
}

const firstThree = (all: readonly string[]): string =>
  all.length > 3 ? `${all.slice(0, 3).join(",")} + ${all.length - 3} more...` : all.join(",");

function sliceCells(path: string, wanted: string): Cell {
  const find = compilePath(path);
  return (object) => {
    const found = find(object).map(String);
    return found.length === 0 ? wanted : firstThree(found);
  };
}

/** What `kubectl get` prints of built-in kinds, by `group/plural`; other kinds print their name and age. */
export const builtinColumns: Readonly<Record<string, readonly Column[]>> = {
  "/namespaces": [nameColumn, column("Status", text(".status.phase"), "Phase of the namespace"), ageColumn],
  "/configmaps": [nameColumn, column("Data", size(".data", ".binaryData"), "Number of entries"), ageColumn],
  "/secrets": [
    nameColumn,
    column("Type", text(".type"), "What the secret is for"),
    column("Data", size(".data"), "Number of entries"),
    ageColumn,
  ],
  "/services": [
    nameColumn,
    column("Type", text(".spec.type"), "How the service is exposed"),
    column("Cluster-IP", text(".spec.clusterIP", none), "Address inside the cluster"),
    column("External-IP", externalAddresses, "Addresses outside the cluster"),
    column("Port(s)", ports, "Ports"),
    ageColumn,
    column("Selector", (object) => printLabels((object["spec"] as { selector?: unknown }).selector), "Which pods", 1),
  ],
  "/endpoints": [nameColumn, column("Endpoints", endpoints, "Addresses"), ageColumn],
  "/nodes": [
    nameColumn,
    column("Status", nodeStatus, "Whether the node is ready"),
    column("Roles", nodeRoles, "Roles of the node"),
    ageColumn,
    column("Version", text(".status.nodeInfo.kubeletVersion"), "Version of the kubelet"),
    column("Internal-IP", nodeAddress("InternalIP"), "Address inside the cluster", 1),
    column("External-IP", nodeAddress("ExternalIP"), "Address outside the cluster", 1),
    column("OS-Image", text(".status.nodeInfo.osImage", "<unknown>"), "Operating system", 1),
    column("Kernel-Version", kernelVersion, "Version of the kernel", 1),
    column("Container-Runtime", text(".status.nodeInfo.containerRuntimeVersion", "<unknown>"), "Container runtime", 1),
  ],
  "/pods": [
    nameColumn,
    column("Ready", podReady, "Containers that are ready"),
    column("Status", podStatus, "State of the pod"),
    column("Restarts", podRestarts, "Restarts of its containers"),
    ageColumn,
    column("IP", text(".status.podIP", none), "Address of the pod", 1),
    column("Node", text(".spec.nodeName", none), "Where it runs", 1),
    column("Nominated Node", text(".status.nominatedNodeName", none), "Where it may run", 1),
    column("Readiness Gates", () => none, "Further conditions of readiness", 1),
  ],
  "/events": [
    column("Last Seen", lastSeen, "When it happened last"),
    column("Type", text(".type"), "Normal or Warning"),
    column("Reason", text(".reason"), "Reason in one word"),
    column("Object", involved, "What it is about"),
    column("Subobject", text(".involvedObject.fieldPath"), "Which part of it", 1),
    column("Source", eventSource, "Who reported it", 1),
    column("Message", (object) => String(object["message"] ?? "").trim(), "What happened"),
    column("First Seen", firstSeen, "When it happened first", 1),
    column("Count", (object) => eventCount(object), "How often it happened", 1),
    { ...nameColumn, priority: 1 },
  ],
  "apps/deployments": [
    nameColumn,
    column(
      "Ready",
      (object) => `${number(".status.readyReplicas")(object, new Date(0))}/${number(".spec.replicas")(object, new Date(0))}`,
      "Pods that are ready",
    ),
    column("Up-to-date", number(".status.updatedReplicas"), "Pods of the newest template"),
    column("Available", number(".status.availableReplicas"), "Pods that are available"),
    ageColumn,
    ...podTemplate,
  ],
  "apps/controllerrevisions": [
    nameColumn,
    column("Controller", controller, "Whose revision it is"),
    column("Revision", number(".revision"), "Number of the revision"),
    ageColumn,
  ],
  "batch/jobs": [
    nameColumn,
    column("Status", jobPhase, "State of the job"),
    column("Completions", jobCompletions, "Pods that succeeded"),
    column("Duration", jobDuration, "How long it took"),
    ageColumn,
    ...podTemplate,
  ],
  "coordination.k8s.io/leases": [nameColumn, column("Holder", text(".spec.holderIdentity"), "Who holds it"), ageColumn],
  "discovery.k8s.io/endpointslices": [
    nameColumn,
    column("AddressType", text(".addressType"), "Type of the addresses"),
    column("Ports", sliceCells(".ports[*].port", "<unset>"), "Ports"),
    column("Endpoints", sliceCells(".endpoints[*].addresses[*]", "<unset>"), "Addresses"),
    ageColumn,
  ],
  "apiextensions.k8s.io/customresourcedefinitions": [nameColumn, createdAt],
  "rbac.authorization.k8s.io/roles": [nameColumn, createdAt],
  "rbac.authorization.k8s.io/clusterroles": [nameColumn, createdAt],
  "rbac.authorization.k8s.io/rolebindings": bindingColumns,
  "rbac.authorization.k8s.io/clusterrolebindings": bindingColumns,
};

export const plainColumns: readonly Column[] = [nameColumn, ageColumn];
