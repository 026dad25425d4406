import { type Command, Option } from "commander";

export interface RenderFlags {
  readonly filename?: readonly string[];
  readonly kubeconfig?: string;
  readonly cluster?: string;
  readonly stage?: string;
}

export interface DiffFlags extends RenderFlags {
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
    .action(async (flags: RenderFlags) => {
      const { renderPreview } = await import("./preview.ts");
      const { output, problems } = await renderPreview(flags);
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
      const { diffPreview } = await import("./preview.ts");
      const { output, problems, differs } = await diffPreview(flags);
      process.stdout.write(output);
      report(problems);
      process.exitCode = problems.length > 0 ? 2 : differs ? 1 : 0;
    });
}

const report = (problems: readonly string[]): void => {
  for (const problem of problems) console.error(`fap: ${problem}`);
};
