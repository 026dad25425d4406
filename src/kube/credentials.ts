import { isDeepStrictEqual } from "node:util";
import { HttpMethod, KubeConfig, RequestContext } from "@kubernetes/client-node";
import { Agent, type buildConnector, type Dispatcher, ProxyAgent } from "undici";
import type { Clock } from "./clock.ts";
import { CredentialsError } from "./errors.ts";

type HttpsOptions = Parameters<KubeConfig["applyToHTTPSOptions"]>[0];
type TlsOptions = Parameters<KubeConfig["createDispatcherOptions"]>[1];

/** What one request needs: its authentication headers, and connections made with the right client certificate. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: Connections;
}

export interface Connections {
  /** At most `maxConcurrency`. */
  readonly requests: Dispatcher;
  /** One per watch. */
  readonly watches: Dispatcher;
}

export interface ConnectionOptions {
  readonly connectTimeoutMs: number;
  readonly maxConcurrency: number;
}

/** Files are read, and exec plugins asked, again after so long. Milliseconds. */
const FRESH_MS = 10_000;

/**
 * Longer than a pause between two bursts of work, shorter than the 90 s after which an API server closes an idle connection and
 * the 60 s of common load balancers. Milliseconds.
 */
const KEEP_ALIVE_MS = 45_000;

interface Cached {
  readonly at: number;
  readonly answer: Promise<Credentials>;
}

/**
 * Authentication and connections as a kubeconfig describes them. The library knows every way to authenticate, but makes a new
 * agent, thus a new connection, per request; here the connections stay until the TLS material they were made with changes.
 */
export class CredentialSource {
  readonly #settings: Settings;
  readonly #clock: Clock;
  readonly #options: ConnectionOptions;
  #config: KubeConfig;
  #configAt: number;
  #cached: Cached | undefined;
  #closed = false;
  #current: { readonly tls: TlsOptions; readonly connections: Connections } | undefined;

  constructor(kubeConfig: KubeConfig, clock: Clock, options: ConnectionOptions) {
    this.#settings = settingsOf(kubeConfig);
    this.#clock = clock;
    this.#options = options;
    this.#config = load(this.#settings);
    this.#configAt = clock.monotonic();
  }

  /** @throws CredentialsError when a file cannot be read or an exec plugin fails. */
  current(): Promise<Credentials> {
    const now = this.#clock.monotonic();
    if (this.#cached === undefined || now - this.#cached.at > FRESH_MS) {
      const answer = this.#resolve();
      this.#cached = { at: now, answer };
      // A failure is told to everybody who waits for it and then forgotten: the next request tries again.
      answer.catch(() => {
        if (this.#cached?.answer === answer) this.#cached = undefined;
      });
    }
    return this.#cached.answer;
  }

  /**
   * The server refused these credentials (401): others, if there are any. The library's authenticators keep a token until it
   * expires, so they are replaced, but not so often that a revoked credential starts an exec plugin per request.
   */
  async refreshed(refused: Credentials): Promise<Credentials | undefined> {
    const now = this.#clock.monotonic();
    if (now - this.#configAt > FRESH_MS) {
      this.#config = load(this.#settings);
      this.#configAt = now;
      this.#cached = undefined;
    }
    const fresh = await this.current();
    const changed = fresh.connections !== refused.connections || !isDeepStrictEqual(fresh.headers, refused.headers);
    return changed ? fresh : undefined;
  }

  /** Cuts every connection, and makes none any more. */
  async close(): Promise<void> {
    this.#closed = true;
    const { requests, watches } = this.#current?.connections ?? {};
    await Promise.all([requests?.destroy(), watches?.destroy()]);
  }

  async #resolve(): Promise<Credentials> {
    const options: HttpsOptions = {};
    try {
      await this.#config.applyToHTTPSOptions(options);
      return { headers: authenticationHeaders(options), connections: await this.#connectionsFor(tlsOptions(options)) };
    } catch (error) {
      throw credentialsError(error);
    }
  }

  async #connectionsFor(tls: TlsOptions): Promise<Connections> {
    const previous = this.#current;
    if (previous !== undefined && isDeepStrictEqual(previous.tls, tls)) return previous.connections;
    const { connectTimeoutMs, maxConcurrency } = this.#options;
    const connections = {
      requests: await createDispatcher(this.#config, tls, { connectTimeoutMs, connections: maxConcurrency }),
      watches: await createDispatcher(this.#config, tls, { connectTimeoutMs, connections: null }),
    };
    if (this.#closed) throw new CredentialsError("credentials: the client was closed");
    this.#current = { tls, connections };
    // Requests and watches in flight may end in peace: their server has accepted the former certificate.
    void previous?.connections.requests.close();
    void previous?.connections.watches.close();
    return connections;
  }
}

type Settings = Pick<KubeConfig, "clusters" | "users" | "contexts" | "currentContext">;

/** Only data: an authenticator added in code has no way to be made afresh after a 401, and is not taken over. */
function settingsOf(kubeConfig: KubeConfig): Settings {
  const { clusters, users, contexts, currentContext } = kubeConfig;
  if (kubeConfig.getCurrentCluster() === null)
    throw new CredentialsError(`kubeconfig: context "${currentContext}" names no cluster`);
  // Without a user the library would also ignore the cluster's certificate authority.
  if (kubeConfig.getCurrentUser() !== null) return { clusters, users, contexts, currentContext };
  const anonymous = { name: "anonymous" };
  const named = contexts.map((context) => (context.name === currentContext ? { ...context, user: anonymous.name } : context));
  return { clusters, users: [anonymous], contexts: named, currentContext };
}

function load(settings: Settings): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions(settings);
  return config;
}

function authenticationHeaders({ headers = {}, auth }: HttpsOptions): Record<string, string> {
  const basic = auth ? { Authorization: `Basic ${Buffer.from(auth).toString("base64")}` } : {};
  // A token file usually ends with a line break, which no header may contain.
  const given = Object.entries(headers).map(([name, value]) => [name, String(value).trim()]);
  return { ...Object.fromEntries(given), ...basic };
}

function tlsOptions({ ca, cert, key, pfx, passphrase, rejectUnauthorized, servername }: HttpsOptions): TlsOptions {
  const given = Object.entries({ ca, cert, key, pfx, passphrase, rejectUnauthorized, servername });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/**
 * HTTP/1.1 on purpose: a connection that went silent then takes one request or one watch with it, not all of them, and for
 * the few requests in flight that an API server can use HTTP/2 gains nothing that matters.
 */
async function createDispatcher(
  config: KubeConfig,
  tls: TlsOptions,
  { connectTimeoutMs, connections }: { readonly connectTimeoutMs: number; readonly connections: number | null },
): Promise<Dispatcher> {
  const how = config.createDispatcherOptions(config.getCurrentCluster(), tls);
  // The two libraries mean the same options and differ in whether one may be present and undefined.
  const connector = (options: object) => options as buildConnector.BuildOptions;
  const common = { connections, allowH2: false, keepAliveTimeout: KEEP_ALIVE_MS, keepAliveMaxTimeout: KEEP_ALIVE_MS };
  switch (how.type) {
    case "none":
      return new Agent({ ...common, connect: { timeout: connectTimeoutMs } });
    case "agent":
      return new Agent({ ...common, connect: connector({ ...how.connect, timeout: connectTimeoutMs }) });
    case "proxy": {
      const connect = connector({ ...how.connect, timeout: connectTimeoutMs });
      return new ProxyAgent({ ...common, uri: how.uri, requestTls: connector(how.requestTls), connect });
    }
    case "socks":
      return librarysOwnDispatcher(config);
  }
}

/** The library keeps its SOCKS connector to itself and gives it away through a request only. */
async function librarysOwnDispatcher(config: KubeConfig): Promise<Dispatcher> {
  const request = new RequestContext("https://socks.invalid", HttpMethod.GET);
  await config.applySecurityAuthentication(request);
  const dispatcher = request.getDispatcher();
  if (dispatcher === undefined) throw new CredentialsError("the SOCKS proxy of the kubeconfig gives no connection");
  return dispatcher;
}

/** What an exec plugin printed may be a token cut short: a parser's message quotes it, so it is not passed on. */
function credentialsError(error: unknown): CredentialsError {
  if (error instanceof CredentialsError) return error;
  if (error instanceof SyntaxError) return new CredentialsError("credentials: the exec plugin's output is not JSON");
  return new CredentialsError(`credentials: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}
