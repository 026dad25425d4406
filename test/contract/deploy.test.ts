import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EmbeddedApiServer, startApiServer } from "../../src/embedded/server.ts";
import { Kubectl, noKubectl } from "../support/kubectl.ts";

/** What is installed on a hub is installed on a demo's as well. */

const repository = join(import.meta.dirname, "../..");

describe.skipIf(noKubectl)(`the project's own manifests${noKubectl ? ` (skipped: ${noKubectl})` : ""}`, () => {
  let server: EmbeddedApiServer;
  let directory: string;
  let kubectl: Kubectl;

  beforeAll(async () => {
    server = await startApiServer();
    directory = await mkdtemp(join(tmpdir(), "deploy-"));
    const kubeconfig = join(directory, "kubeconfig");
    await writeFile(kubeconfig, server.kubeconfig);
    kubectl = new Kubectl(kubeconfig);
  });

  afterAll(async () => {
    await server.stop();
    await rm(directory, { recursive: true });
  });

  /** What became of each object, and how often. */
  const outcomes = async (args: string): Promise<Record<string, number>> => {
    const { code, stdout, stderr } = await kubectl.run(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const words = stdout
      .trim()
      .split("\n")
      .map((line) => line.split(" ").at(-1)!);
    return Object.fromEntries([...Map.groupBy(words, (word) => word)].map(([word, all]) => [word, all.length]));
  };

  test.each(["-f crds", "-k deploy", "-k deploy/member"])("apply %s creates, and then leaves alone", async (what) => {
    const args = `apply ${what.replace(" ", ` ${repository}/`)}`;
    const { created = 0 } = await outcomes(args);
    expect(created).toBeGreaterThan(0);
    const { unchanged = 0, ...others } = await outcomes(args);
    expect(others).toEqual({});
    expect(unchanged).toBeGreaterThanOrEqual(created);
  });
});
