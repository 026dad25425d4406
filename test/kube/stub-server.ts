import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";
import { onTestFinished } from "vitest";
import { type ClientOptions, createClient, type KubeClient } from "../../src/kube/client.ts";
import type { KubeObject, Resource } from "../../src/kube/resource.ts";

export const configMaps: Resource = { group: "", version: "v1", plural: "configmaps", kind: "ConfigMap", namespaced: true };

export function configMap(name: string, resourceVersion = "1", data: Record<string, string> = {}): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "shop", resourceVersion }, data };
}

export function status(code: number, reason: string, message = "", more: object = {}): object {
  return { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message, ...more };
}

export type Handler = (request: IncomingMessage & { readonly text: string }, response: ServerResponse) => void;

export interface Stub {
  readonly url: string;
  /** Connections accepted so far, and those that are open. */
  readonly accepted: () => number;
  readonly open: () => number;
}

/** A server on loopback that answers as `handler` likes, until the test ends. */
export async function serve(handler: Handler, tls?: ServerOptions): Promise<Stub> {
  let accepted = 0;
  const sockets = new Set<Socket>();
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    handler(Object.assign(request, { text }), response);
  };
  const server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
  server.on("connection", (socket: Socket) => {
    accepted++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const url = `${tls === undefined ? "http" : "https"}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, accepted: () => accepted, open: () => sockets.size };
}

export function json(response: ServerResponse, body: unknown, code = 200, headers: Record<string, string> = {}): void {
  response.writeHead(code, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

export function list(items: readonly KubeObject[], resourceVersion: string, more: object = {}): object {
  return { apiVersion: "v1", kind: "ConfigMapList", metadata: { resourceVersion, ...more }, items };
}

export interface Access {
  readonly cluster?: object;
  readonly user?: object;
}

export function kubeConfig(server: string, { cluster = {}, user = {} }: Access = {}): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: "c", server, skipTLSVerify: server.startsWith("http:"), ...cluster }],
    users: [{ name: "u", ...user }],
    contexts: [{ name: "x", cluster: "c", user: "u" }],
    currentContext: "x",
  });
  return config;
}

/** A client that is closed when the test ends. */
export function clientFor(server: string, options: ClientOptions = {}, access: Access = {}): KubeClient {
  const client = createClient(kubeConfig(server, access), options);
  onTestFinished(() => client.close());
  return client;
}

/** The rejection of `promise`, as the test expects one. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error("was expected to reject");
}
