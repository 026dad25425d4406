import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `fap ARGS` as a person does, in a place where no kubeconfig is. */
export async function fap(args: readonly string[], input = ""): Promise<Ran> {
  const main = join(import.meta.dirname, "../../src/main.ts");
  const env = { PATH: process.env["PATH"], HOME: tmpdir(), NODE_COMPILE_CACHE: join(tmpdir(), "fap-e2e-compiled") };
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...args], { env, stdio: "pipe" });
  child.stdin.end(input);
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { code, stdout, stderr };
}

/** A file that goes when the test ends. */
export async function file(name: string, content: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "fap-render-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

const member = (name: string, zone: string) => `---
apiVersion: accesspoint.dev/v1alpha1
kind: MemberCluster
metadata: {name: ${name}}
spec: {zone: ${zone}, access: {kubeconfigSecretRef: {namespace: fap-system, name: ${name}}}}
`;

/** Clusters a and b, in a zone each. */
export const MEMBERS = member("a", "z1") + member("b", "z2");

/** The AccessPoint shop/web: one Service. */
export const accessPoint = (spec: string, placement: string, port = 80): string => `---
apiVersion: accesspoint.dev/v1alpha1
kind: AccessPoint
metadata: {name: web, namespace: shop}
spec:
  templates:
  - manifest: {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: NodePort, ports: [{port: ${port}}]}}
  placement: {${placement}}
  ${spec}
`;

/** The same, following an object that says b. */
export const FOLLOWING = `${accessPoint("", "follow: [{apiVersion: types.kubefed.io/v1beta1, kind: FederatedDeployment, name: web}]")}${MEMBERS}---
apiVersion: types.kubefed.io/v1beta1
kind: FederatedDeployment
metadata: {name: web, namespace: shop}
spec: {placement: {clusters: [{name: b}]}}
`;
