#!/usr/bin/env node
import { Command, CommanderError, Option } from "commander";
import { DemoError, PreviewError } from "./cli/errors.ts";
import { addPreviewCommands } from "./cli/preview/commands.ts";
import { ConfigError, readConfig, readDuration } from "./config.ts";
import { ApiError, CredentialsError, UnreachableError } from "./kube/errors.ts";

/** Aborts at the first SIGINT or SIGTERM; a second one ends the process at once. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(130);
      stopping.abort();
    });
  }
  return stopping.signal;
}

interface WaitFlags {
  readonly namespace: string;
  readonly for: "AwaitingApproval" | "RolloutCompleted";
  readonly timeout: string;
  readonly kubeconfig?: string;
}

// Who reads only the beginning has read enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

// A command loads what it needs when it runs: the controller has no use for the demo's API servers.
const program = new Command("fap")
  .description("Federated AccessPoint: one object on the hub, the right objects in every cluster.")
  .showHelpAfterError()
  .exitOverride();

program
  .command("controller")
  .description("run the controller against a hub")
  .option("--kubeconfig <file>", "kubeconfig of the hub; default: the pod's own configuration, then KUBECONFIG")
  .option("--http-port <port>", "port of /metrics, /healthz and /readyz; 0 for any (default 8080)")
  .option("--leader-elect", "only one replica works at a time (default in a pod)")
  .option("--no-leader-elect", "work without asking the others")
  .option("--leader-elect-namespace <namespace>", "namespace of the Lease (default fap-system)")
  .option("--allow-exec", "member kubeconfigs may run programs (user.exec)")
  .option(
    "--certificate-namespaces <names>",
    "namespaces of members, besides an AccessPoint's own, in which certificates may be issued (default istio-ingress,istio-system)",
  )
  .option(
    "--fqdn-namespaces <rights>",
    "domains whose names NameServices may claim, by namespace: NAMESPACE=DOMAIN with commas between them, * for every namespace (default: all may claim all)",
  )
  .option("--gate-hosts <hosts>", "hosts that gates may call, with commas between them: name, *.domain or *")
  .option("--concurrency <number>", "AccessPoints that are looked at at once (default 8)")
  .option("--probe-seconds <seconds>", "time between two probes of a member cluster (default 10)")
  .option(
    "--probe-networks <networks>",
    "networks in which VIPs may be probed, with commas between them (default: all but loopback, NAT64 and 6to4)",
  )
  .option("--resolver <host:port>", "name server that is asked whether it answers what NameServices say (default: none)")
  .addOption(new Option("--log-level <level>", "(default info)").choices(["error", "warn", "info", "debug"]))
  .addOption(new Option("--log-format <format>", "(default text on a terminal, json elsewhere)").choices(["json", "text"]))
  .action(async (flags: Record<string, unknown>) => {
    const { runController } = await import("./cli/controller.ts");
    process.exitCode = await runController(readConfig(flags, process.env), stopSignal());
  });

program
  .command("crds")
  .description("print the CRDs for kubectl apply -f -")
  .option("--write <directory>", "write one file each instead")
  .action(async ({ write }: { write?: string }) => {
    const { printCrds, writeCrds } = await import("./cli/crds.ts");
    if (write === undefined) process.stdout.write(printCrds());
    else await writeCrds(write);
  });

addPreviewCommands(program);

program
  .command("wait")
  .description("wait until a rollout awaits approval or completes; fails as soon as it cannot any more")
  .argument("<name>", "name of the AccessPoint, or fap/NAME")
  .option("-n, --namespace <namespace>", "namespace of the AccessPoint", "default")
  .addOption(
    new Option("--for <condition>", "what to wait for")
      .choices(["AwaitingApproval", "RolloutCompleted"])
      .default("RolloutCompleted"),
  )
  .option("--timeout <duration>", "e.g. 90s, 10m, 1h", "10m")
  .option("--kubeconfig <file>", "kubeconfig of the hub; default KUBECONFIG")
  .addHelpText(
    "after",
    "\nExit codes: 0 it is so, 1 it failed or was refused, 2 wrong usage, or it could not be asked, 3 the time is over.",
  )
  .action(async (name: string, flags: WaitFlags) => {
    const [{ loadHub }, { OUTCOMES, waitFor }] = await Promise.all([import("./cli/hub.ts"), import("./cli/wait.ts")]);
    const outcome = await waitFor({
      hub: loadHub(flags.kubeconfig),
      name: name.slice(name.indexOf("/") + 1),
      namespace: flags.namespace,
      condition: flags.for,
      timeoutMs: readDuration(flags.timeout),
      print: (line) => console.log(line),
    });
    process.exitCode = OUTCOMES[outcome];
  });

program
  .command("demo")
  .description("start a hub and six members on this machine and roll the examples out")
  .option("--yes", "approve by itself, change a weight, roll that out too, and end")
  .option(
    "--real",
    "use kube-apiserver and etcd binaries (KUBEBUILDER_ASSETS, /usr/local/kubebuilder/bin, or a download) instead of embedded API servers",
  )
  .option("--clusters <number>", "how many member clusters, from 6 to 500", "6")
  .action(async ({ yes = false, real = false, clusters }: { yes?: boolean; real?: boolean; clusters: string }) => {
    const { KUBEBUILDER_ASSETS: assets, FAP_ISTIO_CRDS: istioCrds } = process.env;
    const size = Number(clusters);
    if (!Number.isInteger(size) || size < 6 || size > 500)
      throw new ConfigError(`--clusters takes a number from 6 to 500, not ${clusters}`);
    const { runDemo } = await import("./cli/demo/demo.ts");
    await runDemo({ yes, real, clusters: size, ...(assets ? { assets } : {}), ...(istioCrds ? { istioCrds } : {}) }, stopSignal());
  });

/** 1 is an answer of some commands (it differs, it failed): what went wrong on the way is 2. */
const WRONG = 2;

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : WRONG;
  else {
    const isAnswer = error instanceof ApiError || error instanceof UnreachableError || error instanceof CredentialsError;
    const isTold = isAnswer || error instanceof ConfigError || error instanceof DemoError || error instanceof PreviewError;
    console.error(isTold ? `fap: ${(error as Error).message}` : error);
    process.exitCode = error instanceof DemoError ? error.exitCode : WRONG;
  }
}
