import { execFileSync } from "node:child_process";

/** Why scripts cannot be checked here; undefined when they can. */
export const noShellcheck: string | undefined = lackOf();

function lackOf(): string | undefined {
  try {
    execFileSync("shellcheck", ["--version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "no shellcheck found";
  }
}

/** What shellcheck would change in a script; empty when it is content. */
export function complaints(file: string): string {
  try {
    return execFileSync("shellcheck", [file], { encoding: "utf8" });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}
