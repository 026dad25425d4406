import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const MAIN = resolve(import.meta.dirname, "../../src/main.ts");

/** `fap demo`, in a folder of its own, because it leaves its kubeconfig where it is started. */
describe("fap demo", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "fap-demo-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const demo = (...args: string[]): Promise<{ code: number; output: string }> =>
    new Promise((done) => {
      execFile(process.execPath, [MAIN, "demo", ...args], { cwd: directory, timeout: 110_000 }, (error, stdout, stderr) =>
        done({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr }),
      );
    });

  it("--yes rolls every example out, stops for decisions, changes a weight, and ends well", { timeout: 120_000 }, async () => {
    const { code, output } = await demo("--yes");
    expect(output).toContain("shop/checkout: approved, after stage canary.");
    expect(output).toMatch(/warehouse\/warehouse +Completed/);
    expect(output).toMatch(/lvs-1 +10\.1\.0\.\d+ +checkout\.example\.com +Ready +to \d{4}-\d\d-\d\d +Configured/);
    expect(output).toMatch(/checkout\.example\.com 30 A 10\.1\.0\.\d+, 10\.3\.0\.\d+ \(Locality west\)/);
    expect(output).toContain("weights 90/10 become 10/90");
    expect(output).toMatch(/Done: both rollouts went cluster by cluster/);
    expect([code, existsSync(join(directory, ".demo"))]).toEqual([0, false]);
  });

  it("alone, it waits for a person: says how to approve and how to look, and leaves nothing behind when it is ended", {
    timeout: 60_000,
  }, async () => {
    const child = spawn(process.execPath, [MAIN, "demo"], { cwd: directory, stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    await new Promise<void>((reached) => {
      child.stdout.on("data", (data: Buffer) => {
        output += data.toString();
        if (output.includes("shop/checkout waits after stage canary")) reached();
      });
    });
    expect(output).toContain("export KUBECONFIG=$PWD/.demo/kubeconfig");
    expect(output).toMatch(
      /kubectl create -f - <<< '\{.*"kind":"RolloutApproval".*"revision":"checkout-[0-9a-f]{10}","stage":"canary"/,
    );
    expect(existsSync(join(directory, ".demo/kubeconfig"))).toBe(true);
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGINT");
    await ended;
    expect(existsSync(join(directory, ".demo"))).toBe(false);
  });

  it.each(["5", "many", "501"])("refuses --clusters %s", async (size) => {
    const { code, output } = await demo("--clusters", size);
    expect([code, output.trim()]).toEqual([2, `fap: --clusters takes a number from 6 to 500, not ${size}`]);
  });
});
