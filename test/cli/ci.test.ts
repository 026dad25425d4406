import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { NAMESPACES } from "../../src/api/kinds.ts";
import { waitFor } from "../../src/cli/wait.ts";
import { realBinaries } from "../support/clusters.ts";
import { type RunningController, runController } from "../support/controller.ts";
import { startTestFleet, type TestFleet } from "../support/fleet.ts";
import { noIstioDefinitions } from "../support/istio.ts";
import { noKubectl } from "../support/kubectl.ts";

const SCRIPT = resolve(import.meta.dirname, "../../examples/ci/rollout.sh");
const NAMESPACE = "pipeline";

const lackOfReal = realBinaries() ? noIstioDefinitions : "no kube-apiserver";

/** What a team keeps in Git: a Service, whose port is what a change changes. */
const checkout = (name: string, port: number | string) => ({
  apiVersion: "accesspoint.dev/v1alpha1",
  kind: "AccessPoint",
  metadata: { name, namespace: NAMESPACE },
  spec: {
    placement: { zones: ["lvs"] },
    sync: { createNamespace: true },
    templates: [
      {
        manifest: {
          apiVersion: "v1",
          kind: "Service",
          metadata: { name },
          spec: { selector: { app: name }, ports: [{ name: "http", port }] },
        },
      },
    ],
  },
});

describe.each([
  { kind: "embedded" as const, place: "on embedded API servers", lack: noKubectl },
  { kind: "real" as const, place: "on real API servers", lack: noKubectl ?? lackOfReal },
])("examples/ci/rollout.sh $place", ({ kind, lack }) => {
  const directory = mkdtempSync(join(tmpdir(), "fap-ci-"));
  let fleet: TestFleet;
  let controller: RunningController;

  beforeAll(async () => {
    if (lack) return;
    fleet = await startTestFleet(kind);
    controller = await runController(fleet.hub);
    await fleet.hub.client.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  });
  afterAll(async () => {
    await controller?.stop();
    await fleet?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Runs the script as a pipeline would. */
  function pipeline(name: string, port: number | string, test: string): Promise<{ code: number; output: string }> {
    const file = join(directory, `${name}.yaml`);
    writeFileSync(file, stringify(checkout(name, port)));
    const env = { PATH: process.env["PATH"], KUBECONFIG: fleet.hub.kubeconfig, TIMEOUT: "30s", HOME: directory };
    return new Promise((done) => {
      execFile("bash", [SCRIPT, file, NAMESPACE, name, "bash", "-c", test], { env }, (error, stdout, stderr) =>
        done({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
      );
    });
  }

  const portIn = (member: string, name: string) =>
    fleet.member(member).kubectl.do(`get service ${name} -n ${NAMESPACE} -o jsonpath={.spec.ports[0].port} --ignore-not-found`);

  it.skipIf(lack)(`a test that passes lets the change go everywhere${lack ? ` (skipped: ${lack})` : ""}`, async () => {
    const { code, output } = await pipeline("passes", 80, 'test "$STAGE" = canary && test -n "$REVISION"');
    expect(output).toContain("stage canary waits for a decision on passes-");
    expect(output).toMatch(/revision passes-[0-9a-f]{10} is everywhere/);
    expect([code, await portIn("lvs-1", "passes"), await portIn("lvs-2", "passes")]).toEqual([0, "80", "80"]);
  });

  it.skipIf(lack)(
    `a test that fails rejects it: the canary alone has it, and the script fails${lack ? ` (skipped: ${lack})` : ""}`,
    async () => {
      const { code, output } = await pipeline("fails", 80, "exit 1");
      expect(output).toContain("the rollout ended with Rejected");
      expect([code, await portIn("lvs-1", "fails"), await portIn("lvs-2", "fails")]).toEqual([1, "80", ""]);
    },
  );

  it.skipIf(lack)(`a change that a cluster refuses fails at once, without a test${lack ? ` (skipped: ${lack})` : ""}`, async () => {
    const { code, output } = await pipeline("refused", 700000, "echo THE TEST RAN");
    expect(output).toContain("the rollout ended with MaxFailuresBreached");
    expect(output).toContain("lvs-1 refuses it");
    expect(output).not.toContain("THE TEST RAN");
    expect(code).toBe(1);
  });

  it.skipIf(lack)(`fap wait knows both ends${lack ? ` (skipped: ${lack})` : ""}`, async () => {
    const hub = new KubeConfig();
    hub.loadFromString(fleet.hub.cluster.kubeconfig);
    const said: string[] = [];
    const wait = (name: string, condition: "AwaitingApproval" | "RolloutCompleted", timeoutMs: number) =>
      waitFor({ hub, namespace: NAMESPACE, name, condition, timeoutMs, print: (line) => said.push(line) });
    expect(await wait("passes", "RolloutCompleted", 10_000)).toBe("met");
    expect(await wait("fails", "RolloutCompleted", 10_000)).toBe("failed");
    expect(said.at(-1)).toMatch(/^failed: Rejected: stage canary was rejected/);
    await fleet.hub.kubectl.do("apply -f -", checkout("waits", 80));
    expect(await wait("waits", "AwaitingApproval", 20_000)).toBe("met");
    expect(await wait("waits", "RolloutCompleted", 700)).toBe("timeout");
  });
});
