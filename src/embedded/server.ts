import { randomBytes } from "node:crypto";
import type { KubeObject } from "../kube/resource.ts";
import { Authenticator } from "./authentication.ts";
import { Background } from "./background.ts";
import { createAuthority, type Validity } from "./certificates.ts";
import { Definitions } from "./controllers/definitions.ts";
import { GarbageCollector } from "./controllers/garbage.ts";
import { LoadBalancers } from "./controllers/load-balancers.ts";
import { Namespaces } from "./controllers/namespaces.ts";
import { Faults } from "./faults.ts";
import { trackUpdate } from "./fields/update.ts";
import { Listener } from "./http/listener.ts";
import { serve } from "./http/serve.ts";
import { Joiner } from "./http/stream.ts";
import type { Kernel } from "./kernel.ts";
import { timestamp } from "./kernel.ts";
import { coreKinds, initialNamespaces } from "./kinds/builtin.ts";
import { istioKinds } from "./kinds/istio/kinds.ts";
import { ServiceAllocations } from "./kinds/services.ts";
import { kubeconfig } from "./kubeconfig.ts";
import { Registry } from "./registry.ts";
import { RequestLog } from "./requests.ts";
import { type Snapshot, Store } from "./store.ts";
import { resetFields } from "./verbs/create.ts";
import { insert } from "./verbs/write.ts";
import { Watches } from "./watch.ts";

export interface EmbeddedOptions {
  /** Default "embedded". */
  readonly name?: string;
  /** Default 0 = any. */
  readonly port?: number;
  /** Serve Istio's networking and security kinds; default true. */
  readonly istio?: boolean;
  /**
   * IPv4 prefix from which Services of type LoadBalancer get an address, e.g. `10.1.0.0/16`; default none: they stay
   * pending.
   */
  readonly vipPool?: string;
  /** What a controller manager does: garbage collection, emptying of namespaces. Default true. */
  readonly controllers?: boolean;
  /** Default the machine's. */
  readonly clock?: () => Date;
  /** Of the chances in fault rules; default 1. */
  readonly seed?: number;
  /** Told of failures that no request can be answered with, which the server outlives; default prints them. */
  readonly onError?: (error: unknown) => void;
}

export interface EmbeddedUser {
  readonly name: string;
  readonly groups?: readonly string[];
}

/** A Kubernetes API server in this process. */
export interface EmbeddedApiServer {
  readonly name: string;
  readonly url: string;
  /** YAML, of a cluster administrator with a client certificate. */
  readonly kubeconfig: string;
  readonly faults: Faults;
  readonly requests: RequestLog;
  /** YAML, of a user with a bearer token. */
  kubeconfigFor(user: EmbeddedUser): string;
  /** YAML, of a user with a client certificate; default validity a year. */
  certificateKubeconfigFor(user: EmbeddedUser, validity?: Validity): Promise<string>;
  /** Tokens given out so far are refused from now on. */
  expireTokens(): void;
  /** Client certificates given out so far are refused from now on, but for the administrator's. */
  expireCertificates(): void;
  /** Cuts every connection and takes no new one until `partition(false)`. */
  partition(on: boolean): void;
  /** Forgets past changes: watches and continued lists from before now are told 410. */
  compact(): void;
  /** Down and up again on the same port. With history watches resume; without it they are told 410. Default with. */
  restart(options?: { readonly history?: boolean; readonly downMs?: number }): Promise<void>;
  snapshot(): Snapshot;
  /** Back to an older state, resourceVersions included, with every connection cut: a restore from a backup. */
  restore(snapshot: Snapshot): Promise<void>;
  /** Watches that are open. */
  readonly watchers: number;
  stop(): Promise<void>;
}

const history = { historyLimit: 10_000, historyBytes: 4 * 1024 * 1024 };

/** Starts a server on the loopback interface. */
export async function startApiServer(options: EmbeddedOptions = {}): Promise<EmbeddedApiServer> {
  const { name = "embedded", port = 0, istio = true, vipPool, controllers = true, clock = () => new Date(), seed = 1 } = options;
  const { onError = (error) => console.error(`${name}:`, error) } = options;
  const faults = new Faults(seed);
  const store = new Store({ ...history, isFull: () => faults.diskFull });
  const registry = new Registry();
  const now = (): Date => new Date(clock().getTime() + faults.clockSkewMs);
  const authenticator = new Authenticator();
  const services = new ServiceAllocations({ store });
  const background = new Background(onError);
  const kernel: Kernel = { name, store, registry, faults, authenticator, services, background, now };
  for (const kind of [...coreKinds(), ...(istio ? istioKinds() : [])]) registry.add(kind);
  const definitions = new Definitions(kernel);
  const garbage = controllers ? new GarbageCollector(kernel) : undefined;
  const namespaces = controllers ? new Namespaces(kernel) : undefined;
  const loadBalancers = vipPool === undefined ? undefined : new LoadBalancers(kernel, vipPool);
  populate(kernel);

  const authority = await createAuthority(`${name}-ca`);
  const [serving, admin] = await Promise.all([
    authority.serving([
      { type: "ip", value: "127.0.0.1" },
      { type: "dns", value: "localhost" },
    ]),
    authority.client({ name: "kubernetes-admin", groups: ["system:masters"] }),
  ]);
  const log = new RequestLog();
  const watches = new Watches(kernel);
  const service = { kernel, watches, joiner: new Joiner(), log };
  const listener = new Listener({
    port,
    authority: authority.certificate,
    serving,
    onConnection: () => log.recordConnection(),
    onRequest: (request, response) => void serve(service, request, response),
  });
  await listener.open();
  const url = `https://127.0.0.1:${listener.port}`;
  const config = (credential: Parameters<typeof kubeconfig>[0]["credential"]): string =>
    kubeconfig({ cluster: name, server: url, authority: authority.certificate, credential });

  return {
    name,
    url,
    kubeconfig: config(admin),
    faults,
    requests: log,
    kubeconfigFor: (user) => {
      const token = randomBytes(24).toString("base64url");
      authenticator.accept(token, user);
      return config({ token });
    },
    certificateKubeconfigFor: async (user, validity) => {
      const pair = await authority.client(user, validity);
      authenticator.give(pair.certificate);
      return config(pair);
    },
    expireTokens: () => authenticator.revokeTokens(),
    expireCertificates: () => authenticator.expireCertificates(),
    partition: (on) => listener.partition(on),
    compact: () => store.compact(),
    restart: async ({ history: keep = true, downMs = 0 } = {}) => {
      await listener.close();
      if (!keep) store.compact();
      if (downMs > 0) await new Promise((resolve) => setTimeout(resolve, downMs));
      await listener.open();
    },
    snapshot: () => store.snapshot(),
    restore: async (snapshot) => {
      await listener.close();
      store.restore(snapshot);
      definitions.reload();
      garbage?.reload();
      namespaces?.reload();
      services.reload(kernel);
      loadBalancers?.reload();
      await listener.open();
    },
    get watchers() {
      return watches.count;
    },
    stop: () => listener.close(),
  };
}

function populate(kernel: Kernel): void {
  const kind = kernel.registry.find({ group: "", version: "v1", plural: "namespaces" });
  if (!kind) throw new Error("namespaces are not served");
  for (const object of initialNamespaces) insertOwn(kernel, kind, object);
}

/** Creates an object as the server itself does. */
function insertOwn(kernel: Kernel, kind: NonNullable<ReturnType<Registry["find"]>>, object: KubeObject): void {
  const { resource } = kind;
  insert(
    {
      kernel,
      kind,
      target: { ...resource, namespace: object.metadata.namespace ?? "", name: "", subresource: "" },
      query: new URLSearchParams(),
      user: { name: "system:apiserver", groups: ["system:masters"] },
      agent: "kube-apiserver",
      contentType: "application/json",
      body: Buffer.alloc(0),
      view: "object",
      metaVersion: "meta.k8s.io/v1",
      warnings: [],
    },
    {
      object: kind.rules.applyDefaults(kind.rules.clean(object).object),
      dryRun: false,
      track: (next) =>
        trackUpdate({
          next,
          manager: "kube-apiserver",
          schema: kind.schema,
          empty: kind.empty,
          reset: resetFields(kind, ""),
          now: timestamp(kernel.now()),
        }),
    },
  );
}
