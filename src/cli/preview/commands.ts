import { type Command, Option } from "commander";
import { loadHub } from "../controller.ts";
import { type Comparison, diffAll, presentIn } from "../diff.ts";
import { renderAll } from "../render.ts";
import { allBundles } from "./bundles.ts";
import { type Gathered, gather, type HubView, readHub } from "./gather.ts";
import { LiveFleet } from "./live.ts";

interface RenderFlags {
  readonly filename?: readonly string[];
  readonly kubeconfig?: string;
  readonly cluster?: string;
  readonly stage?: string;
}

interface DiffFlags extends RenderFlags {
  readonly against?: readonly string[];
  readonly color: "auto" | "always" | "never";
}

const FILES = "-f, --filename <files...>";
const STAGE = "with the overrides that are bound to this stage of the rollout; default: what clusters end with";
const HUB = "kubeconfig of a hub, for what the files do not have; without -f everything is the hub's";

/** `fap render` and `fap diff`: see it before you ship it. Neither writes anything anywhere. */
export function addPreviewCommands(program: Command): void {
  program
    .command("render")
    .description("print what each cluster would get, from files or from the hub, without touching anything")
    .option(FILES, "AccessPoints, and MemberClusters and followed objects where no hub is asked; directories, - for standard input")
    .option("--kubeconfig <file>", HUB)
    .option("--cluster <name>", "only this cluster")
    .option("--stage <name>", STAGE)
    .addHelpText(
      "after",
      "\nExit codes: 0 everything was rendered, 1 the controller would refuse or report something, 2 wrong usage.",
    )
    .action(async ({ filename, kubeconfig, cluster, stage }: RenderFlags) => {
      const { output, problems } = await withHub(filename, kubeconfig, async (hub) =>
        renderAll(await gather(filename ?? [], hub), cluster, stage),
      );
      process.stdout.write(output);
      report(problems);
      process.exitCode = problems.length > 0 ? 1 : 0;
    });

  program
    .command("diff")
    .description("compare what each cluster would get with what it has, or with other files")
    .option(FILES, "AccessPoints, and MemberClusters and followed objects where no hub is asked; directories, - for standard input")
    .option("--against <files...>", "compare with what these files render to, and ask no cluster")
    .option("--kubeconfig <file>", HUB)
    .option("--cluster <name>", "only this cluster")
    .option("--stage <name>", STAGE)
    .addOption(new Option("--color <when>", "colours").choices(["auto", "always", "never"]).default("auto"))
    .addHelpText("after", "\nExit codes: 0 nothing differs, 1 something does, 2 it could not be told.")
    .action(async (flags: DiffFlags) => {
      const { output, problems, differs } = await compare(flags);
      process.stdout.write(output);
      report(problems);
      process.exitCode = problems.length > 0 ? 2 : differs ? 1 : 0;
    });
}

const report = (problems: readonly string[]): void => {
  for (const problem of problems) console.error(`fap: ${problem}`);
};

/** Files alone need no hub; a hub is asked when one is named, or when there are no files. */
async function withHub<T>(
  files: readonly string[] | undefined,
  kubeconfig: string | undefined,
  run: (hub: HubView | undefined) => Promise<T>,
): Promise<T> {
  if (files !== undefined && kubeconfig === undefined) return run(undefined);
  const hub = await readHub(loadHub(kubeconfig));
  try {
    return await run(hub);
  } finally {
    await hub.client.close();
  }
}

async function compare({ filename, kubeconfig, against, cluster, stage, color }: DiffFlags): Promise<Comparison> {
  const options = {
    ...(cluster === undefined ? {} : { cluster }),
    ...(stage === undefined ? {} : { stage }),
    color: color === "always" || (color === "auto" && process.stdout.isTTY === true && !process.env["NO_COLOR"]),
  };
  if (against) {
    return withHub(filename, kubeconfig, async (hub) => {
      const present = await rendered(await gather(against, hub));
      return diffAll(
        await gather(filename ?? [], hub),
        async (accessPoint, name) => presentIn(present.get(accessPoint)?.get(name) ?? []),
        { ...options, holders: async (accessPoint) => [...(present.get(accessPoint)?.keys() ?? [])] },
      );
    });
  }
  // What clusters have is reached through the hub, named or kubectl's.
  return withHub(undefined, kubeconfig, async (hub) => {
    const fleet = new LiveFleet(hub!);
    try {
      return await diffAll(await gather(filename ?? [], hub), fleet.look, { ...options, holders: fleet.holders });
    } finally {
      await fleet.close();
    }
  });
}

/** By AccessPoint, then cluster. */
async function rendered(gathered: Gathered) {
  const bundles = await allBundles(gathered);
  return new Map(
    bundles.map(({ accessPoint, deliveries }) => [
      accessPoint,
      new Map(deliveries.map(({ target, manifests }) => [target.member.name, manifests])),
    ]),
  );
}
