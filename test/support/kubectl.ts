import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { stringify } from "yaml";

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const binary = [process.env["KUBEBUILDER_ASSETS"] ?? "/usr/local/kubebuilder/bin", ...(process.env["PATH"] ?? "").split(delimiter)]
  .map((directory) => join(directory, "kubectl"))
  .find((file) => existsSync(file));

/** Why a person's commands cannot be tried here; undefined when they can. */
export const noKubectl: string | undefined = binary ? undefined : "no kubectl in PATH or KUBEBUILDER_ASSETS";

/** kubectl, as a person has it who was given this kubeconfig. */
export class Kubectl {
  readonly #kubeconfig: string;

  /** @param kubeconfig a file; what kubectl remembers is kept beside it */
  constructor(kubeconfig: string) {
    this.#kubeconfig = kubeconfig;
  }

  /** Runs `kubectl ARGS`; objects are handed to it as YAML on its standard input (`-f -`). Never throws for a refusal. */
  run(args: string, ...objects: readonly object[]): Promise<Output> {
    if (!binary) throw new Error(noKubectl);
    const home = dirname(this.#kubeconfig);
    const env = { PATH: process.env["PATH"], HOME: home, KUBECONFIG: this.#kubeconfig };
    return new Promise((resolve) => {
      const child = execFile(binary, args.split(" "), { env, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
      );
      child.stdin?.end(objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join("---\n"));
    });
  }

  /**
   * What it wrote to standard output.
   *
   * @throws Error with what it wrote to standard error when it failed
   */
  async do(args: string, ...objects: readonly object[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, ...objects);
    if (code !== 0) throw new Error(`kubectl ${args}: ${stderr.trim()}`);
    return stdout;
  }

  /** What it wrote to standard error when it failed, as it must. */
  async refusal(args: string, ...objects: readonly object[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, ...objects);
    if (code === 0) throw new Error(`kubectl ${args} was to be refused, but said: ${stdout.trim()}`);
    return stderr.trim();
  }
}
