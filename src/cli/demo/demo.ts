import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { KubeConfig } from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import type { AccessPoint } from "../../api/accesspoint.ts";
import { customResourceDefinitions } from "../../api/crd.ts";
import {
  ACCESS_POINTS,
  API_VERSION,
  MEMBER_CLUSTERS,
  NAME_SERVICES,
  NAMESPACES,
  ROLLOUT_APPROVALS,
  SECRETS,
} from "../../api/kinds.ts";
import type { MemberCluster } from "../../api/membercluster.ts";
import type { NameService, TargetStatus } from "../../api/nameservice.ts";
import type { KubeObject, Resource } from "../../api/resource.ts";
import { Controller } from "../../controller/controller.ts";
import { createClient, type KubeClient } from "../../kube/client.ts";
import { NotFoundError } from "../../kube/errors.ts";
import { DemoError } from "../errors.ts";
import { createLogger } from "../logging.ts";
import { installCertificates } from "./certificates.ts";
import { CRDS, type DemoCluster, HUB, mergeKubeconfigs, startEmbedded, startReal } from "./fleet.ts";
import { createScreen, renderGateways, renderRecords, renderTable, type Screen } from "./view.ts";

export interface DemoOptions {
  /** Approve by itself, change a weight, roll that out too, and end. */
  readonly yes: boolean;
  /** Use kube-apiserver and etcd binaries instead of the embedded servers. */
  readonly real: boolean;
  /** How many member clusters; those beyond the six of the examples stand two and two in zones of their own. */
  readonly clusters: number;
  /** Where those binaries are; default a download. */
  readonly assets?: string;
  /** File of Istio's CRDs, for real members. */
  readonly istioCrds?: string;
}

/** Exit code of a program that was ended by SIGINT. */
const STOPPED = 130;
const EXAMPLES = fileURLToPath(new URL("../../../examples/", import.meta.url));
const ACCESS_POINT_FILES = ["https-edge.yaml", "grpc-east-west.yaml", "egress-external-api.yaml", "virtual-machines.yaml"];
const NAME_FILE = "name-service.yaml";
const DIRECTORY = ".demo";
const STEP_TIMEOUT_MS = 120_000;
const LOOK_MS = 100;
/** What a demo waits where an example says minutes. */
const HURRY = "2s";
const FIELD_MANAGER = "fap-demo";
const APPLIED: readonly Resource[] = [NAMESPACES, MEMBER_CLUSTERS, ACCESS_POINTS, NAME_SERVICES];

/** `fap demo`. @throws DemoError that says which step failed and what was seen. */
export async function runDemo(options: DemoOptions, stop: AbortSignal): Promise<void> {
  const began = performance.now();
  const screen = createScreen(process.stdout);
  const examples = await readObjects("member-clusters.yaml");
  const registrations = [...examples, ...moreClusters(options.clusters - examples.length)];
  const members = registrations.map(({ metadata }) => metadata.name);
  const zones = new Set(registrations.map(({ spec }) => (spec as { zone: string }).zone)).size;
  screen.say(
    `Starting a hub and ${members.length} member clusters in ${zones} zones (${options.real ? "kube-apiserver and etcd" : "Kubernetes API servers inside this process"}) …`,
  );
  const clusters = await (options.real ? startReal(members, options.assets, options.istioCrds) : startEmbedded(members));
  const hub = new KubeConfig();
  hub.loadFromString(clusters.find(({ name }) => name === HUB)!.kubeconfig);
  const client = createClient(hub, { userAgent: FIELD_MANAGER });
  const controller = new Controller({ hub, logger: createLogger({ level: "warn", format: "text" }) });
  try {
    const kubeconfig = await writeKubeconfig(clusters);
    await setUp(client, registrations, clusters);
    const gateways = new Set(examples.filter(isPrimary).map(({ metadata }) => metadata.name));
    const files = await Promise.all(ACCESS_POINT_FILES.map(readObjects));
    await installCertificates(
      clusters.filter(({ name }) => gateways.has(name)),
      files.flat().filter(({ kind }) => kind === ACCESS_POINTS.kind),
      FIELD_MANAGER,
    );
    await controller.start();
    await tell(new Demo(client, screen, members.slice(0, examples.length), members.length, kubeconfig, stop), options.yes, began);
  } finally {
    await controller.stop();
    await client.close();
    await Promise.all(clusters.map((cluster) => cluster.stop()));
    await rm(DIRECTORY, { recursive: true, force: true });
  }
}

async function tell(demo: Demo, yes: boolean, began: number): Promise<void> {
  const { screen } = demo;
  await demo.until("the members are ready", async () => (await demo.members()).every(isReady));
  screen.say(
    `All members are ready after ${((performance.now() - began) / 1000).toFixed(1)} s. Applying the AccessPoints of examples/, with waits and soaks of ${HURRY} …`,
    "",
  );
  await demo.applyExamples();
  demo.explain(yes);
  await demo.rollOut("the first rollout completed", yes);
  const checkout = await demo.accessPoint("shop", "checkout");
  screen.say("", "Every cluster runs it. What AccessPoint shop/checkout offers:", ...renderGateways(checkout), "");
  const named = async () => demo.nameService("shop", "checkout");
  await demo.until("its name has records", async () => (await named()).status?.targets?.every(isAnswered) ?? false);
  screen.say(
    "What NameService shop/checkout hands to external-dns, which this hub does not have:",
    ...renderRecords(await named()),
    "",
  );
  if (!yes) {
    screen.say("The fleet goes on running: change something with kubectl, or end with Ctrl-C.", "");
    await demo.watch();
    return;
  }
  const before = checkout.status?.updateRevision;
  const change = await demo.changeWeight(checkout);
  screen.say(`Changing a weight: ${change}`, "");
  await demo.until(
    "the change was taken up",
    async () => (await demo.accessPoint("shop", "checkout")).status?.updateRevision !== before,
  );
  await demo.rollOut("the changed weight is everywhere", true);
  screen.say("", "Done: both rollouts went cluster by cluster, with a decision after the first one.");
}

/** What the demo does on the hub, as a person would with kubectl. */
class Demo {
  readonly screen: Screen;
  readonly #client: KubeClient;
  /** Columns of the table. */
  readonly #clusters: readonly string[];
  readonly #size: number;
  readonly #kubeconfig: string;
  readonly #stop: AbortSignal;
  readonly #explained = new Set<string>();

  constructor(
    client: KubeClient,
    screen: Screen,
    clusters: readonly string[],
    size: number,
    kubeconfig: string,
    stop: AbortSignal,
  ) {
    this.screen = screen;
    this.#client = client;
    this.#clusters = clusters;
    this.#size = size;
    this.#kubeconfig = kubeconfig;
    this.#stop = stop;
  }

  async members(): Promise<readonly MemberCluster[]> {
    return (await this.#client.list(MEMBER_CLUSTERS)).items as unknown as MemberCluster[];
  }

  async accessPoints(): Promise<readonly AccessPoint[]> {
    return (await this.#client.list(ACCESS_POINTS)).items as unknown as AccessPoint[];
  }

  async accessPoint(namespace: string, name: string): Promise<AccessPoint> {
    return (await this.#client.get(ACCESS_POINTS, name, namespace)) as unknown as AccessPoint;
  }

  async nameService(namespace: string, name: string): Promise<NameService> {
    return (await this.#client.get(NAME_SERVICES, name, namespace)) as unknown as NameService;
  }

  async applyExamples(): Promise<void> {
    for (const file of [...ACCESS_POINT_FILES, NAME_FILE]) {
      for (const object of await readObjects(file)) await apply(this.#client, hurried(object));
    }
    if (this.#size > this.#clusters.length) await apply(this.#client, everywhere);
  }

  explain(yes: boolean): void {
    this.screen.say(
      "To look at it yourself, in another terminal:",
      `  export KUBECONFIG=$PWD/${this.#kubeconfig}`,
      "  kubectl get fap -A                              # the hub",
      "  kubectl get nameservices -A                     # what its names lead to",
      "  kubectl --context slc-1 get vs,gw,dr,svc -A     # a member",
      "",
      `Columns: "-" waits for its turn, "…" is being changed, "new" is verified on the new revision, "old" on the one before.`,
      ...(yes ? ["Decisions are made by --yes."] : []),
      "",
    );
  }

  /** Shows the rollouts until all are complete; approves what waits, or says how to. */
  async rollOut(step: string, approve: boolean): Promise<void> {
    await this.until(
      step,
      async () => {
        const all = await this.accessPoints();
        this.screen.table(renderTable(all, this.#clusters));
        for (const accessPoint of all) {
          const { failure, phase } = accessPoint.status?.rollout ?? {};
          // A person may try out what fails; alone, this program has to end.
          if (failure && approve) throw new DemoError(`${title(accessPoint)} failed: ${failure.reason}: ${failure.message}`);
          if (phase === "AwaitingApproval") await this.#decide(accessPoint, approve);
        }
        return all.every(
          ({ metadata, status }) => status?.observedGeneration === metadata.generation && status?.rollout?.phase === "Completed",
        );
      },
      approve,
    );
  }

  /** Shows the table until the person ends it. */
  async watch(): Promise<void> {
    await this.until(
      "Ctrl-C",
      async () => {
        const all = await this.accessPoints();
        this.screen.table(renderTable(all, this.#clusters));
        for (const accessPoint of all) {
          if (accessPoint.status?.rollout?.phase === "AwaitingApproval") await this.#decide(accessPoint, false);
        }
        return false;
      },
      false,
    );
  }

  async changeWeight({ spec, metadata }: AccessPoint): Promise<string> {
    const index = spec.templates.findIndex(({ manifest }) => manifest.kind === "VirtualService");
    const { http = [] } = (spec.templates[index]?.manifest["spec"] ?? {}) as { http?: { route: { weight?: number }[] }[] };
    const rule = http.findIndex(({ route }) => route?.length === 2);
    const [first, second] = http[rule]?.route ?? [];
    if (!first || !second) throw new DemoError("examples/https-edge.yaml has no route with two weights to change");
    const path = `/spec/templates/${index}/manifest/spec/http/${rule}/route`;
    const body = [
      { op: "replace", path: `${path}/0/weight`, value: second.weight },
      { op: "replace", path: `${path}/1/weight`, value: first.weight },
    ];
    await this.#client.patch(ACCESS_POINTS, metadata.name, metadata.namespace, body, "json", { fieldManager: FIELD_MANAGER });
    return `${metadata.namespace}/${metadata.name}, weights ${first.weight}/${second.weight} become ${second.weight}/${first.weight}`;
  }

  /**
   * Asks until it is so. @param bounded Give up after two minutes, because nobody but this program has to do anything.
   *
   * @throws DemoError with what the AccessPoints say, when it does not come to be.
   */
  async until(step: string, reached: () => Promise<boolean>, bounded = true): Promise<void> {
    const deadline = Date.now() + STEP_TIMEOUT_MS;
    while (!(await reached())) {
      if (this.#stop.aborted) throw new DemoError("stopped before it came to its end", STOPPED);
      if (bounded && Date.now() > deadline)
        throw new DemoError(`not reached within ${STEP_TIMEOUT_MS / 1000} s: ${step}\n${await this.#state()}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  async #decide(accessPoint: AccessPoint, approve: boolean): Promise<void> {
    const { metadata, status } = accessPoint;
    const stage = status?.rollout?.stage ?? "";
    const revision = status?.updateRevision ?? "";
    const gates = status?.rollout?.stages?.find(({ name }) => name === stage)?.gates ?? [];
    const gate = gates.find(({ type, state }) => type === "Approval" && state === "Waiting")?.when ?? "After";
    const name = `${revision}-${gate}-${stage}`.toLowerCase();
    if (this.#explained.has(name)) return;
    this.#explained.add(name);
    const approval: KubeObject = {
      apiVersion: API_VERSION,
      kind: "RolloutApproval",
      metadata: { name, namespace: metadata.namespace ?? "" },
      spec: {
        accessPoint: metadata.name,
        revision,
        stage,
        gate,
        decision: "Approve",
        reason: approve ? "approved by fap demo --yes" : "looks good",
      },
    };
    if (approve) {
      await this.#client.create(ROLLOUT_APPROVALS, approval, { fieldManager: FIELD_MANAGER });
      this.screen.say(`${title(accessPoint)}: approved, ${gate.toLowerCase()} stage ${stage}.`);
      return;
    }
    this.screen.say(
      "",
      `${title(accessPoint)} waits ${gate.toLowerCase()} stage ${stage}. To approve it:`,
      `  kubectl create -f - <<< '${JSON.stringify(approval)}'`,
      "",
    );
  }

  async #state(): Promise<string> {
    const conditions = [...(await this.members()), ...(await this.accessPoints())].map(({ kind, metadata, status }) => {
      const shown = (status?.conditions ?? []).filter(({ type }) =>
        ["Ready", "Accepted", "Scheduled", "RolloutCompleted"].includes(type),
      );
      return `  ${kind} ${metadata.name}: ${shown.map(({ type, status, message }) => `${type}=${status} (${message})`).join("; ") || "no status yet"}`;
    });
    return conditions.join("\n");
  }
}

const title = ({ metadata }: AccessPoint): string => `${metadata.namespace}/${metadata.name}`;

const isAnswered = ({ state }: TargetStatus): boolean => state === "Answered";

const isReady = ({ status }: MemberCluster): boolean =>
  status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;

const isPrimary = ({ spec }: KubeObject): boolean => (spec as { readonly role?: string }).role !== "Remote";

/** Members beyond those of the examples: a Primary and a Remote in each zone. */
const moreClusters = (count: number): readonly KubeObject[] =>
  Array.from({ length: Math.max(0, count) }, (_, index) => {
    const zone = `z${String(Math.floor(index / 2) + 1).padStart(3, "0")}`;
    const name = `${zone}-${(index % 2) + 1}`;
    const access = { kubeconfigSecretRef: { namespace: "fap-system", name } };
    return {
      apiVersion: API_VERSION,
      kind: "MemberCluster",
      metadata: { name, labels: { env: "demo" } },
      spec: { region: "demo", zone, role: index % 2 === 0 ? "Primary" : "Remote", access },
    };
  });

/** An AccessPoint for the clusters that the examples do not know of. */
const everywhere: KubeObject = {
  apiVersion: API_VERSION,
  kind: "AccessPoint",
  metadata: { name: "everywhere", namespace: "shop" },
  spec: {
    placement: { clusterSelector: { matchLabels: { env: "demo" } } },
    sync: { createNamespace: true },
    rollout: {
      stages: [
        { name: "canary", count: 1, after: [{ type: "Approval" }] },
        { name: "rest", maxConcurrency: "25%" },
      ],
    },
    templates: [
      {
        manifest: {
          apiVersion: "v1",
          kind: "Service",
          metadata: { name: "everywhere" },
          spec: { selector: { app: "everywhere" }, ports: [{ name: "http", port: 80 }] },
        },
      },
      {
        manifest: {
          apiVersion: "networking.istio.io/v1",
          kind: "VirtualService",
          metadata: { name: "everywhere" },
          spec: { hosts: ["everywhere"], http: [{ route: [{ destination: { host: "everywhere" } }] }] },
        },
      },
    ],
  },
};

async function readObjects(file: string): Promise<readonly KubeObject[]> {
  const documents = parseAllDocuments(await readFile(join(EXAMPLES, file), "utf8"));
  return documents.flatMap((document) => (document.toJS() as KubeObject | null) ?? []);
}

/** An AccessPoint whose stages neither wait nor soak for long. */
function hurried(object: KubeObject): KubeObject {
  return JSON.parse(JSON.stringify(object), (key, value: unknown) =>
    key === "soak" || (key === "duration" && typeof value === "string") ? HURRY : value,
  ) as KubeObject;
}

async function apply(client: KubeClient, object: KubeObject): Promise<void> {
  const resource = APPLIED.find(({ kind }) => kind === object.kind);
  if (!resource) throw new DemoError(`an example holds a ${object.kind}, which the demo does not know how to apply`);
  await client.apply(resource, object, { fieldManager: FIELD_MANAGER, fieldValidation: "Strict" });
}

/** CRDs, credentials and registrations on the hub. */
async function setUp(client: KubeClient, registrations: readonly KubeObject[], clusters: readonly DemoCluster[]): Promise<void> {
  for (const definition of customResourceDefinitions()) await client.apply(CRDS, definition, { fieldManager: FIELD_MANAGER });
  await served(client);
  await client.apply(
    NAMESPACES,
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "fap-system" } },
    { fieldManager: FIELD_MANAGER },
  );
  const members = clusters.filter(({ name }) => name !== HUB);
  for (const { name, kubeconfig } of members) {
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, namespace: "fap-system" },
      data: { kubeconfig: Buffer.from(kubeconfig).toString("base64") },
    };
    await client.create(SECRETS, secret, { fieldManager: FIELD_MANAGER });
  }
  for (const registration of registrations) await apply(client, registration);
}

/** A real API server needs a moment before it serves a new CRD. */
async function served(client: KubeClient): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await Promise.all(
        [MEMBER_CLUSTERS, ACCESS_POINTS, ROLLOUT_APPROVALS, NAME_SERVICES].map((resource) => client.list(resource)),
      );
      return;
    } catch (error) {
      if (!(error instanceof NotFoundError) || attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }
}

/** Returns the file's path, relative to where the demo was started. Readable for its owner alone, because it holds keys. */
async function writeKubeconfig(clusters: readonly DemoCluster[]): Promise<string> {
  await mkdir(DIRECTORY, { recursive: true });
  const file = join(DIRECTORY, "kubeconfig");
  await writeFile(file, mergeKubeconfigs(clusters), { mode: 0o600 });
  return relative(process.cwd(), file);
}
