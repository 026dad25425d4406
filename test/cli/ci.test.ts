import { execFile, execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { NAMESPACES } from "../../src/api/kinds.ts";
import { waitFor } from "../../src/cli/wait.ts";
import { realBinaries } from "../support/clusters.ts";
import { type RunningController, runController } from "../support/controller.ts";
import { startTestFleet, type TestFleet } from "../support/fleet.ts";
import { noIstioDefinitions } from "../support/istio.ts";
import { noKubectl } from "../support/kubectl.ts";
import { complaints, noShellcheck } from "../support/shellcheck.ts";
import { eventually } from "../support/wait.ts";

const EXAMPLES = resolve(import.meta.dirname, "../../examples/ci");
const SCRIPT = join(EXAMPLES, "rollout.sh");
const NAMESPACE = "pipeline";

const lackOfReal = realBinaries() ? noIstioDefinitions : "no kube-apiserver";

interface Change {
  readonly namespace?: string;
  readonly port?: number;
  readonly zones?: readonly string[];
  readonly rollout?: object;
  readonly overrides?: readonly object[];
}

/** What a team keeps in Git: a Service, whose port is what a change changes. */
const checkout = (
  name: string,
  { namespace = NAMESPACE, port = 80, zones = ["lvs"], rollout = {}, overrides = [] }: Change = {},
) => ({
  apiVersion: "accesspoint.dev/v1alpha1",
  kind: "AccessPoint",
  metadata: { name, namespace },
  spec: {
    placement: { zones },
    sync: { createNamespace: true },
    overrides,
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
    rollout,
  },
});

const APPROVAL = { type: "Approval" };
const ONE_AND_REST = [{ name: "one", clusters: ["lvs-1"], after: [APPROVAL] }, { name: "rest" }];

/** What these files use of GitHub's workflow syntax. */
const workflow = z.strictObject({
  name: z.string(),
  on: z.strictObject({ push: z.strictObject({ branches: z.array(z.string()), paths: z.array(z.string()) }) }),
  concurrency: z.string(),
  jobs: z.strictObject({
    rollout: z.strictObject({
      "runs-on": z.literal("ubuntu-latest"),
      "timeout-minutes": z.int(),
      steps: z.array(
        z.strictObject({
          name: z.string().optional(),
          uses: z.literal("actions/checkout@v4").optional(),
          run: z.string().optional(),
          env: z.record(z.string(), z.string()).optional(),
        }),
      ),
    }),
  }),
});

const source = readFileSync(SCRIPT, "utf8");
const { on, jobs } = workflow.parse(parse(readFileSync(join(EXAMPLES, "github-actions.yaml"), "utf8")));
const { steps } = jobs.rollout;

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs a program to its end, with nothing else in its environment than what is given and where programs are. */
function run(file: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  return new Promise((done) => {
    execFile(file, args, { cwd, env: { PATH: process.env["PATH"], ...env } }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
  });
}

describe("examples/ci/rollout.sh", () => {
  it("is an executable that any POSIX shell can read, and stops at the first error", () => {
    expect(statSync(SCRIPT).mode & 0o111).toBe(0o111);
    expect(source).toMatch(/^#!\/bin\/sh\n(#.*\n)+set -eu\n/);
    expect(execFileSync("sh", ["-n", SCRIPT], { encoding: "utf8" })).toBe("");
  });

  it.skipIf(noShellcheck)(`has nothing that shellcheck would change${noShellcheck ? ` (skipped: ${noShellcheck})` : ""}`, () => {
    expect(complaints(SCRIPT)).toBe("");
  });

  it.each<[string, readonly string[], Readonly<Record<string, string>>, string]>([
    ["without a test", ["checkout.yaml", "shop", "checkout"], {}, "usage: rollout.sh FILE NAMESPACE NAME TEST [ARG ...]"],
    ["with a time that is none", ["a", "b", "c", "true"], { TIMEOUT: "1h30m" }, "TIMEOUT is 1h30m; write 90s, 30m or 2h"],
    ["with a time without a unit", ["a", "b", "c", "true"], { TIMEOUT: "90" }, "TIMEOUT is 90; write 90s, 30m or 2h"],
  ])("%s it says so before it does anything", async (_, args, env, expected) => {
    expect(await run(SCRIPT, args, tmpdir(), env)).toEqual({ code: 2, output: `${expected}\n` });
  });
});

describe("examples/ci/github-actions.yaml", () => {
  const step = steps.find((each) => each.run?.includes("rollout.sh"))!;
  const [script, file, ...rest] = step.run!.split(" ");

  it("runs the script with everything that it takes, for the file that starts it", () => {
    expect([script, rest.length, on.push.paths]).toEqual(["./deploy/rollout.sh", 3, [file]]);
  });

  it("sets what the script reads, and nothing else", () => {
    const read = [...source.matchAll(/\$\{([A-Z_]+):-/g)].map(([, name]) => name);
    expect(Object.keys(step.env!).sort()).toEqual([...new Set(read)].sort());
    for (const name of read) expect(source, "it is explained").toMatch(new RegExp(`^# {3}${name} `, "m"));
  });

  it("lets the script say why it gives up before the job is cancelled", () => {
    expect(step.env!["TIMEOUT"]).toMatch(/^\d+m$/);
    expect(Number.parseInt(step.env!["TIMEOUT"]!, 10)).toBeLessThan(jobs.rollout["timeout-minutes"]);
  });
});

const kind = lackOfReal ? "embedded" : "real";
const lack = noKubectl;

// kubectl runs some hundred times: on real API servers where there are some, and only there.
describe(`examples/ci on ${kind} API servers`, () => {
  const directory = mkdtempSync(join(tmpdir(), "fap-ci-"));
  let fleet: TestFleet;
  let controller: RunningController;

  beforeAll(async () => {
    if (lack) return;
    fleet = await startTestFleet(kind);
    controller = await runController(fleet.hub);
    for (const name of [NAMESPACE, "shop"])
      await fleet.hub.client.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  });
  afterAll(async () => {
    await controller?.stop();
    await fleet?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const skipped = lack ? ` (skipped: ${lack})` : "";
  const story = it.skipIf(lack);

  /** Runs the script as a pipeline would; the test is a line of shell. */
  function pipeline(name: string, test: string, change: Change = {}, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const file = join(directory, `${name}.yaml`);
    writeFileSync(file, stringify(checkout(name, change)));
    const surroundings = { KUBECONFIG: fleet.hub.kubeconfig, TIMEOUT: "40s", HOME: directory, NAME: name, ...env };
    return run(SCRIPT, [file, NAMESPACE, name, "sh", "-c", test], directory, surroundings);
  }

  const portIn = (member: string, name: string, namespace = NAMESPACE) =>
    fleet.member(member).kubectl.do(`get service ${name} -n ${namespace} -o jsonpath={.spec.ports[0].port} --ignore-not-found`);

  story(`a test that passes lets the change go everywhere${skipped}`, async () => {
    const { code, output } = await pipeline("passes", 'test "$STAGE $GATE" = "canary After" && test -n "$REVISION"');
    expect(output).toMatch(/stage canary waits for a decision on passes-[0-9a-f]{10} \(gate After\): running the test/);
    expect(output).toMatch(/Accepted: it lets the rollout go on/);
    expect(output).toMatch(/revision passes-[0-9a-f]{10} is in all 2 targets/);
    expect([code, await portIn("lvs-1", "passes"), await portIn("lvs-2", "passes")]).toEqual([0, "80", "80"]);
  });

  story(`a test that fails rejects it: the canary alone has it, and the script fails${skipped}`, async () => {
    const { code, output } = await pipeline("fails", "exit 1");
    expect(output).toContain("the rollout ended with Rejected");
    expect([code, await portIn("lvs-1", "fails"), await portIn("lvs-2", "fails")]).toEqual([1, "80", ""]);
  });

  /** What only an API server knows to be wrong. */
  const refusedOf = (name: string) => ({
    name: "refused",
    target: { kind: "Service", name },
    mergePatch: { spec: { sessionAffinity: "Sometimes" } },
  });

  story(`a change that a cluster refuses fails at once, without a test${skipped}`, async () => {
    const { code, output } = await pipeline("refused", "echo THE TEST RAN", { overrides: [refusedOf("refused")] });
    expect(output).toContain("the rollout ended with MaxFailuresBreached");
    expect(output).toContain("lvs-1 refuses it");
    expect(output).not.toContain("THE TEST RAN");
    expect(code).toBe(1);
  });

  it.skipIf(lack).each<[string, object, readonly string[]]>([
    [
      "after one stage and before the next",
      {
        stages: [
          { name: "one", clusters: ["lvs-1"], after: [APPROVAL] },
          { name: "two", before: [APPROVAL] },
        ],
      },
      ["one After", "two Before"],
    ],
    [
      "after several stages",
      {
        stages: [
          { name: "one", clusters: ["lvs-1"], after: [APPROVAL] },
          { name: "two", after: [APPROVAL] },
        ],
      },
      ["one After", "two After"],
    ],
    [
      "twice on one side, and next to another gate",
      {
        stages: [
          { name: "one", clusters: ["lvs-1"], after: [{ type: "Wait", duration: "1s" }, APPROVAL, APPROVAL] },
          { name: "two", after: [{ type: "Wait", duration: "1s" }] },
        ],
      },
      ["one After", "one After"],
    ],
  ])(`Approvals that stand %s are each put to the test${skipped}`, async (title, rollout, expected) => {
    const name = title.replaceAll(/\W+/g, "-");
    const { code, output } = await pipeline(name, 'echo "asked: $STAGE $GATE"', { rollout });
    expect([...output.matchAll(/^asked: (.*)$/gm)].map(([, gate]) => gate)).toEqual(expected);
    expect([code, await portIn("lvs-2", name)], output).toEqual([0, "80"]);
  });

  story(`so is the clean-up of clusters that left${skipped}`, async () => {
    const rollout = { stages: [{ name: "all", maxConcurrency: "100%" }], beforeRemoval: [APPROVAL] };
    const first = await pipeline("leaves", "false", { rollout, zones: ["lvs", "slc"] });
    expect([first.code, await portIn("slc-1", "leaves")], first.output).toEqual([0, "80"]);
    const second = await pipeline("leaves", 'test "$STAGE $GATE" = "removal Before"', { rollout });
    expect([second.code, await portIn("slc-1", "leaves")], second.output).toEqual([0, ""]);
  });

  story(`a decision is waited for, and not put anew, while nobody is there to take it${skipped}`, async () => {
    const [asked, go] = [join(directory, "asked"), join(directory, "go")];
    const pipe = pipeline("waits", `echo "asked: $STAGE"; touch ${asked}; until test -e ${go}; do sleep 0.1; done`);
    await eventually("the test runs", () => expect(existsSync(asked)).toBe(true));
    await controller.stop();
    writeFileSync(go, "");
    await delay(3000);
    controller = await runController(fleet.hub);
    const { code, output } = await pipe;
    expect(output).toMatch(/^waiting until \S+ is answered$/m);
    expect([code, [...output.matchAll(/^asked: .*$/gm)].map(([line]) => line)], output).toEqual([0, ["asked: canary"]]);
  });

  story(`it gives up in time, and says on what, although a cluster has failed within its budget${skipped}`, async () => {
    const override = { ...refusedOf("late"), clusters: ["lvs-2"] };
    const stages = [{ name: "all", maxConcurrency: "100%", maxFailures: 1, after: [{ type: "Wait", duration: "10m" }] }];
    const { code, output } = await pipeline("late", "true", { rollout: { stages }, overrides: [override] }, { TIMEOUT: "6s" });
    expect(output).toMatch(/^late: gave up after 6s: Waiting: waits after stage all until 20\S+Z$/m);
    expect(code).toBe(1);
  });

  story(`a rollout that gave way to another revision is none of its affair any more${skipped}`, async () => {
    const edit = `kubectl patch fap "$NAME" -n ${NAMESPACE} --type=json -p '[{"op":"replace","path":"/spec/templates/0/manifest/spec/ports/0/port","value":81}]'
      until test "$(kubectl get fap "$NAME" -n ${NAMESPACE} -o 'jsonpath={.status.updateRevision}')" != "$REVISION"; do sleep 0.2; done`;
    const approved = await pipeline("gives-way", edit);
    expect(approved.output).toMatch(/was refused: StaleRevision: /);
    expect(approved.output).toMatch(/^gives-way: revision \S+ gave way to \S+$/m);
    const rejected = await pipeline("gives-way-too", `${edit}; exit 1`);
    expect(rejected.output).toMatch(/^gives-way-too: the test failed, and \S+ was refused: StaleRevision: /m);
    expect([approved.code, rejected.code]).toEqual([1, 1]);
  });

  story(`somebody who decides while the test runs is no harm, unless the test fails${skipped}`, async () => {
    const decide = `kubectl create -f - <<EOT
apiVersion: accesspoint.dev/v1alpha1
kind: RolloutApproval
metadata: {name: $NAME, namespace: ${NAMESPACE}}
spec: {accessPoint: $NAME, revision: $REVISION, stage: $STAGE, decision: Approve}
EOT
      kubectl wait rolloutapproval "$NAME" -n ${NAMESPACE} --for=condition=Accepted --timeout=60s`;
    const rollout = { stages: ONE_AND_REST };
    const passed = await pipeline("decided", decide, { rollout });
    expect(passed.output).toMatch(/was refused: AlreadyDecided: the gate was decided by RolloutApproval decided/);
    expect(passed.output).toMatch(/revision \S+ is in all 2 targets/);
    const failed = await pipeline("decided-too", `${decide}; exit 1`, { rollout });
    expect(failed.output).toMatch(/^decided-too: the test failed, and \S+ was refused: AlreadyDecided: /m);
    expect([passed.code, failed.code]).toEqual([0, 1]);
  });

  story(`what was rejected is tried again where somebody says so, as often as somebody does${skipped}`, async () => {
    const RETRY = { RETRY: "true" };
    expect(await pipeline("again", "exit 1")).toMatchObject({ code: 1 });
    const unasked = await pipeline("again", "echo THE TEST RAN");
    expect(unasked.output).toMatch(/^again: the rollout ended with Rejected: /m);
    expect([unasked.code, unasked.output.includes("THE TEST RAN")]).toEqual([1, false]);
    const inVain = await pipeline("again", "exit 1", {}, RETRY);
    expect(inVain.output).toMatch(/it had failed \(Rejected: .*\): trying again/);
    expect([inVain.code, await portIn("lvs-2", "again")]).toEqual([1, ""]);
    const asked = await pipeline("again", "true", {}, RETRY);
    expect([asked.code, await portIn("lvs-2", "again")], asked.output).toEqual([0, "80"]);
    const idle = await pipeline("again", "echo THE TEST RAN", {}, RETRY);
    expect([idle.code, idle.output.includes("trying again"), idle.output.includes("THE TEST RAN")]).toEqual([0, false, false]);
  });

  describe("the steps of the workflow", () => {
    const workspace = join(directory, "workspace");
    const temp = join(directory, "runner");
    const testing = (line: string) =>
      writeFileSync(join(workspace, "deploy/smoke-test.sh"), `#!/bin/sh\n${line}\n`, { mode: 0o755 });

    /** As GitHub runs them: one shell for each, the environment handed on in a file, until one fails. */
    async function attempt(number: number): Promise<Ended> {
      const values: Readonly<Record<string, string>> = {
        "secrets.HUB_KUBECONFIG": fleet.hub.cluster.kubeconfig,
        "github.run_id": "4711",
        "github.run_attempt > 1": String(number > 1),
      };
      const known = (expression: string) => {
        if (values[expression] === undefined) throw new Error(`nobody knows what ${expression} is`);
        return values[expression];
      };
      const handedOn = join(temp, "env");
      rmSync(temp, { recursive: true, force: true });
      mkdirSync(temp);
      writeFileSync(handedOn, "");
      let output = "";
      for (const { run: script, env = {} } of steps) {
        if (!script) continue;
        const own = Object.entries(env).map(([key, value]) => [key, value.replaceAll(/\$\{\{ (.*?) \}\}/g, (_, it) => known(it))]);
        const before = readFileSync(handedOn, "utf8").trim().split("\n").filter(Boolean);
        const common = { RUNNER_TEMP: temp, GITHUB_ENV: handedOn, HOME: directory };
        const handed = Object.fromEntries(before.map((line) => line.split(/=(.*)/s)));
        const ended = await run("bash", ["-e", "-c", script], workspace, { ...common, ...handed, ...Object.fromEntries(own) });
        output += ended.output;
        if (ended.code !== 0) return { code: ended.code, output };
      }
      return { code: 0, output };
    }

    story(`roll out what they name; run again they try again${skipped}`, async () => {
      mkdirSync(join(workspace, "deploy"), { recursive: true });
      cpSync(SCRIPT, join(workspace, "deploy/rollout.sh"));
      writeFileSync(join(workspace, "deploy/checkout.yaml"), stringify(checkout("checkout", { namespace: "shop" })));
      testing('echo "p99 doubled in $STAGE" >&2; exit 1');
      const first = await attempt(1);
      expect(first.output).toContain("p99 doubled in canary");
      expect(first.output).toMatch(/the rollout ended with Rejected: .*CI 4711/);
      expect([first.code, await portIn("lvs-2", "checkout", "shop")]).toEqual([1, ""]);
      expect(statSync(join(temp, "kubeconfig")).mode & 0o077, "credentials are for nobody else").toBe(0);
      testing("exit 0");
      const second = await attempt(2);
      expect([second.code, await portIn("lvs-2", "checkout", "shop")], second.output).toEqual([0, "80"]);
      expect(existsSync(join(workspace, "kubeconfig"))).toBe(false);
    });
  });

  story(`fap wait knows both ends${skipped}`, async () => {
    const hub = new KubeConfig();
    hub.loadFromString(fleet.hub.cluster.kubeconfig);
    const said: string[] = [];
    const wait = (name: string, condition: "AwaitingApproval" | "RolloutCompleted", timeoutMs: number) =>
      waitFor({ hub, namespace: NAMESPACE, name, condition, timeoutMs, print: (line) => said.push(line) });
    expect(await wait("passes", "RolloutCompleted", 10_000)).toBe("met");
    expect(await wait("fails", "RolloutCompleted", 10_000)).toBe("failed");
    expect(said.at(-1)).toMatch(/^failed: Rejected: stage canary was rejected/);
    await fleet.hub.kubectl.do("apply -f -", checkout("stays"));
    expect(await wait("stays", "AwaitingApproval", 20_000)).toBe("met");
    expect(await wait("stays", "RolloutCompleted", 700)).toBe("timeout");
  });
});
