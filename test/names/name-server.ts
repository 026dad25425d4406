import type { AddressInfo } from "node:net";
import { createTCPServer, createUDPServer, type DnsHandler, Packet, TCPClient } from "dns2";
import { DNS_ENDPOINTS } from "../../src/integrations/external-dns.ts";
import type { KubeClient } from "../../src/kube/client.ts";
import { NotFoundError } from "../../src/kube/errors.ts";
import { Reflector } from "../../src/kube/reflector.ts";
import type { KubeObject } from "../../src/kube/resource.ts";

interface Endpoint {
  readonly dnsName: string;
  readonly recordType: "A" | "AAAA" | "CNAME";
  readonly recordTTL: number;
  readonly targets: readonly string[];
  readonly setIdentifier?: string;
  readonly providerSpecific?: readonly { readonly name: string; readonly value: string }[];
}

/**
 * Stands for external-dns and the name server that it feeds: watches DNSEndpoints, notes that it has read them, and answers over
 * UDP and TCP on loopback. Record sets with identifiers take turns, those of weight 0 excepted.
 */
export class NameServer {
  readonly #client: KubeClient;
  readonly #endpoints: Reflector<KubeObject>;
  readonly #udp = createUDPServer((...call) => this.#handle(...call));
  readonly #tcp = createTCPServer((...call) => this.#handle(...call));
  #port = 0;
  #turn = 0;
  #reading = true;
  #questions = 0;

  private constructor(client: KubeClient) {
    this.#client = client;
    this.#endpoints = new Reflector<KubeObject>({
      client,
      resource: DNS_ENDPOINTS,
      transform: (object) => object,
      onChange: ({ type, object }) => {
        if (type !== "deleted") void this.#read(object);
      },
      missingRetryMs: 200,
    });
  }

  /** @param client of the hub. */
  static async start(client: KubeClient): Promise<NameServer> {
    const server = new NameServer(client);
    server.#port = await server.#listen();
    server.#endpoints.start();
    return server;
  }

  /** One port for both: the one that TCP is given may be taken for UDP. */
  async #listen(attempts = 10): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#tcp.once("error", reject);
      this.#tcp.listen(0, "127.0.0.1", resolve);
    });
    const { port } = this.#tcp.address() as AddressInfo;
    try {
      await this.#udp.listen(port, "127.0.0.1");
      return port;
    } catch (error) {
      if (attempts <= 1) throw error;
      await new Promise<void>((resolve) => this.#tcp.close(() => resolve()));
      return this.#listen(attempts - 1);
    }
  }

  /** `HOST:PORT`. */
  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Questions that it was asked so far. */
  get questions(): number {
    return this.#questions;
  }

  /** external-dns is away: DNSEndpoints are not read, and what was read before is answered all the same. */
  async pause(): Promise<void> {
    this.#reading = false;
  }

  async resume(): Promise<void> {
    this.#reading = true;
    await Promise.all([...this.#endpoints.values()].map((object) => this.#read(object)));
  }

  /** Addresses of a name, asked over TCP. */
  async overTcp(name: string): Promise<readonly string[]> {
    const { answers } = await TCPClient({ dns: "127.0.0.1", port: this.#port })(name, "A");
    return answers.flatMap(({ address }) => address ?? []).sort();
  }

  async stop(): Promise<void> {
    await this.#endpoints.stop();
    await new Promise<void>((resolve) => this.#udp.close(() => resolve()));
    await new Promise<void>((resolve) => this.#tcp.close(() => resolve()));
  }

  async #read({ metadata, status }: KubeObject): Promise<void> {
    const { observedGeneration } = (status ?? {}) as { observedGeneration?: number };
    if (!this.#reading || observedGeneration === metadata.generation) return;
    const body = { status: { observedGeneration: metadata.generation } };
    try {
      await this.#client.patch(DNS_ENDPOINTS, metadata.name, metadata.namespace, body, "merge", {
        subresource: "status",
        fieldManager: "external-dns",
      });
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
  }

  #handle(...[request, send]: Parameters<DnsHandler>): void {
    const response = Packet.createResponseFromRequest(request);
    const [question] = request.questions;
    if (!question) return void send(response);
    this.#questions++;
    const named = this.#records(question.name.toLowerCase());
    if (named.length === 0) response.header.rcode = Packet.RCODE.NXDOMAIN;
    const wanted = named.filter(({ recordType }) => Packet.TYPE[recordType] === question.type);
    for (const { recordType, recordTTL, targets } of inTurn(wanted, this.#turn++)) {
      for (const target of targets) {
        const answer = { name: question.name, type: question.type, class: Packet.CLASS.IN, ttl: recordTTL };
        response.answers.push(
          new Packet.Resource(recordType === "CNAME" ? { ...answer, domain: target } : { ...answer, address: target }),
        );
      }
    }
    send(response);
  }

  #records(name: string): readonly Endpoint[] {
    return [...this.#endpoints.values()]
      .flatMap(({ spec }) => (spec as { endpoints?: readonly Endpoint[] }).endpoints ?? [])
      .filter(({ dnsName }) => dnsName === name);
  }
}

function inTurn(endpoints: readonly Endpoint[], turn: number): readonly Endpoint[] {
  const sets = endpoints.filter(
    ({ setIdentifier, providerSpecific = [] }) =>
      setIdentifier !== undefined && !providerSpecific.some(({ name, value }) => name === "aws/weight" && value === "0"),
  );
  return sets.length > 0 ? [sets[turn % sets.length]!] : endpoints;
}
