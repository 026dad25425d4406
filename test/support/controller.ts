import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { rolldown } from "rolldown";
import { Controller, type ControllerOptions } from "../../src/controller/controller.ts";
import { Metrics } from "../../src/controller/metrics.ts";
import type { Logger } from "../../src/kube/logger.ts";
import type { Station } from "./fleet.ts";

/** Short, so that a cluster that goes away is missed within two seconds. */
const PROBE = { intervalMs: 400, timeoutMs: 1000, failureThreshold: 3 } as const;

/** A start takes half the time when Node remembers what it made of the sources; it looks whether they changed. */
const COMPILE_CACHE = join(tmpdir(), "fap-e2e-compiled");

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The controller in this process, with everything that it measured and said. */
export interface RunningController {
  readonly metrics: Metrics;
  readonly log: readonly LogLine[];
  /** Sum of a counter over all series with these labels. */
  count(metric: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  stop(): Promise<void>;
}

export async function runController(
  { cluster }: Station,
  options: Pick<ControllerOptions, "resolver" | "probeNetworks" | "fqdnRights"> = {},
): Promise<RunningController> {
  const hub = new KubeConfig();
  hub.loadFromString(cluster.kubeconfig);
  const log: LogLine[] = [];
  const metrics = new Metrics();
  const controller = new Controller({ hub, logger: recorder(log), metrics, probe: PROBE, ...options });
  await controller.start();
  return {
    metrics,
    log,
    count: async (name, labels = {}) => {
      const found = await metrics.registry.getSingleMetric(name.replace(/_count$/, ""))?.get();
      if (!found) throw new Error(`there is no metric ${name}`);
      return found.values
        .filter((value) => !("metricName" in value) || value.metricName === name)
        .filter((value) => Object.entries(labels).every(([label, wanted]) => value.labels[label] === wanted))
        .reduce((sum, { value }) => sum + value, 0);
    },
    stop: () => controller.stop(),
  };
}

function recorder(log: LogLine[]): Logger {
  const at =
    (level: LogLine["level"]) =>
    (message: string, fields: object = {}): void => {
      log.push({ level, message, fields: fields as LogLine["fields"] });
      if (process.env["FAP_E2E_LOG"]) console.error(level, message, fields);
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** What Node is to run: the program, what loads it and holds it back, and how. */
interface Program {
  readonly main: string;
  readonly held: string;
  readonly flags: readonly string[];
}

const SOURCES: Program = {
  main: join(import.meta.dirname, "../../src/main.ts"),
  held: join(import.meta.dirname, "held.ts"),
  flags: [],
};

/** The sources in few and short files: who starts them often does not want to read some hundred of them, and of a library what is not used. */
async function bundle(directory: string): Promise<Program> {
  const treeshake = { moduleSideEffects: (id: string) => !id.includes("client-node") };
  const { main, held } = SOURCES;
  const bundle = await rolldown({ input: { main, held }, platform: "node", logLevel: "silent", treeshake });
  const names = { entryFileNames: "[name].mjs", chunkFileNames: "[name]-[hash].mjs" } as const;
  await bundle.write({ dir: directory, format: "esm", minify: true, ...names });
  await bundle.close();
  // Who lives for two seconds has nothing of code that was optimised for it.
  return { main: join(directory, "main.mjs"), held: join(directory, "held.mjs"), flags: ["--no-opt", "--no-maglev"] };
}

/** The controller as people start it: `fap controller`, a process of its own. */
export class ControllerProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #output = "";

  private constructor(kubeconfig: string, { main, held, flags }: Program) {
    const options = ["--kubeconfig", kubeconfig, "--http-port", "0", "--probe-seconds", String(PROBE.intervalMs / 1000)];
    const node = ["--disable-warning=ExperimentalWarning", ...flags, "--import", held];
    const args = [...node, main, "controller", ...options, "--log-format", "json"];
    const env = { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE };
    this.#child = spawn(process.execPath, args, { env, stdio: ["pipe", "ignore", "pipe"] });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#output += text;
    });
    this.#exited = new Promise((resolve) => this.#child.once("exit", () => resolve()));
  }

  /** One that is loaded, and does nothing yet. */
  static hold({ kubeconfig }: Station, program: Program): ControllerProcess {
    return new ControllerProcess(kubeconfig, program);
  }

  /** Resolves when it has read the hub and works. */
  static async start(station: Station): Promise<ControllerProcess> {
    const controller = ControllerProcess.hold(station, SOURCES);
    await controller.begin();
    return controller;
  }

  /** Lets it go; resolves when it has read the hub and works. */
  async begin(): Promise<void> {
    this.#child.stdin?.write("\n");
    await this.#says("controller runs");
  }

  get output(): string {
    return this.#output;
  }

  /** Ends it without a chance to put anything in order. */
  kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    return this.#exited;
  }

  /** Ends it as a pod is ended; resolves to its exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    await this.#exited;
    return this.#child.exitCode;
  }

  async #says(line: string): Promise<void> {
    const said = new Promise<void>((resolve) => {
      const look = () => {
        if (!this.#output.includes(line)) return;
        this.#child.stderr?.off("data", look);
        resolve();
      };
      this.#child.stderr?.on("data", look);
    });
    await Promise.race([said, this.#exited]);
    if (!this.#output.includes(line)) throw new Error(`the controller ended before it ran: ${this.#output}`);
  }
}

/** Controllers that follow one another: while one works the next is loaded, so that little time is lost when it is killed. */
export class Succession {
  readonly #hold: () => ControllerProcess;
  readonly #directory: string;
  #working: ControllerProcess;
  #next: ControllerProcess;

  private constructor(hold: () => ControllerProcess, directory: string) {
    this.#hold = hold;
    this.#directory = directory;
    this.#working = hold();
    this.#next = hold();
  }

  /** Resolves when the first one works. */
  static async start(station: Station): Promise<Succession> {
    const directory = await mkdtemp(join(tmpdir(), "fap-bundle-"));
    const program = await bundle(directory);
    const succession = new Succession(() => ControllerProcess.hold(station, program), directory);
    await succession.#working.begin();
    return succession;
  }

  /** Ends the one that works without a chance to put anything in order; resolves when the next one works. */
  async kill(): Promise<void> {
    await this.#working.kill();
    this.#working = this.#next;
    await this.#working.begin();
    this.#next = this.#hold();
  }

  async end(): Promise<void> {
    await Promise.all([this.#working.kill(), this.#next.kill()]);
    await rm(this.#directory, { recursive: true });
  }
}
