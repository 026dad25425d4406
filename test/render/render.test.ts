import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Comparison, diffAll, presentIn } from "../../src/cli/diff.ts";
import { bundlesOf } from "../../src/cli/preview/bundles.ts";
import { gather } from "../../src/cli/preview/gather.ts";
import { renderAll } from "../../src/cli/render.ts";
import { root } from "../examples/documents.ts";
import { accessPoint, FOLLOWING, fap, file, MEMBERS } from "./fap.ts";

const FLEET = join(root, "examples/member-clusters.yaml");
const examples = readdirSync(join(root, "examples")).filter((name) => name.endsWith(".yaml"));
const withAccessPoints = examples.filter((name) =>
  readFileSync(join(root, "examples", name), "utf8").includes("\nkind: AccessPoint\n"),
);

describe("fap render", () => {
  /** Read the change, then update the files: vitest run test/render -u. */
  it.each(withAccessPoints)("examples/%s", async (name) => {
    const { output, problems } = await renderAll(await gather([join(root, "examples", name), FLEET], undefined));
    expect(problems).toEqual([]);
    await expect(output).toMatchFileSnapshot(`golden/${name}`);
  });

  it("one cluster", async () => {
    const { output } = await renderAll(await gather([join(root, "examples/https-edge.yaml"), FLEET], undefined), "slc-2");
    expect([...output.matchAll(/^# (.*)$/gm)].map(([, title]) => title)).toEqual(["shop/checkout in slc-2 (zone slc, Remote)"]);
  });

  it("one cluster as it is in a stage", async () => {
    const gathered = await gather([join(root, "examples/weights-per-stage.yaml"), FLEET], undefined);
    const weights = async (stage?: string) =>
      [...(await renderAll(gathered, "lvs-1", stage)).output.matchAll(/weight: (\d+)/g)].map(([, weight]) => Number(weight));
    expect(await weights("canary")).toEqual([90, 10]);
    expect(await weights("canary-half")).toEqual([50, 50]);
    expect(await weights("canary-full")).toEqual([0, 100]);
    expect(await weights()).toEqual([0, 100]);
    await expect(weights("half")).rejects.toThrow(
      'the rollout of catalog/catalog has no stage "half"; its stages are canary, canary-half, canary-full, rest',
    );
  });

  it("places by a leader that stands in the files", async () => {
    const { output } = await renderAll(await gather([await file("all.yaml", FOLLOWING)], undefined));
    expect([...output.matchAll(/^# (.*)$/gm)].map(([, title]) => title)).toEqual(["shop/web in b (zone z2, Primary)"]);
  });

  it("an override that misses: everything else is printed, the mistake reads well, exit code 1", async () => {
    const path = "/spec/http/0/timeout";
    const overrides = `overrides: [{name: slow, clusters: [a], target: {kind: Service}, jsonPatch: [{op: replace, path: ${path}, value: 1s}]}]`;
    const { code, stdout, stderr } = await fap(["render", "-f", "-"], accessPoint(overrides, "clusters: [a, b]") + MEMBERS);
    expect(stderr).toBe(
      "fap: shop/web: spec.overrides: override slow, jsonPatch[0] (replace /spec/http/0/timeout) on Service/web for cluster a: this path does not exist in the object\n",
    );
    expect(stdout).toContain("# shop/web in b");
    expect(code).toBe(1);
  });

  it("wrong usage is a sentence and exit code 2", async () => {
    expect(await fap(["render", "-f", "-"], accessPoint("", "clusters: [a]"))).toEqual({
      code: 2,
      stdout: "",
      stderr: "fap: there is no MemberCluster: add the file with the fleet (-f), or name a hub (--kubeconfig)\n",
    });
  });

  it.each([
    ["no AccessPoint", MEMBERS, "there is no AccessPoint in the files or on the hub"],
    [
      "a field that does not exist",
      accessPoint("colour: red", "clusters: [a]"),
      'AccessPoint shop/web: spec: Unrecognized key: "colour"',
    ],
    ["no YAML", "a: [", "Flow sequence in block collection must be sufficiently indented"],
    ["no object", "a: 1", "a document has no apiVersion, kind or metadata.name"],
  ])("what cannot be used is said: %s", async (_, content, message) => {
    await expect(gather([await file("in.yaml", content)], undefined)).rejects.toThrow(message);
  });
});

describe("fap diff between files", () => {
  const between = async (before: string, after: string, color = false): Promise<Comparison> => {
    const read = async (name: string, content: string) => gather([await file(name, content + MEMBERS)], undefined);
    const [old, now] = [await read("before.yaml", before), await read("after.yaml", after)];
    const [present] = old.accessPoints.map((point) => bundlesOf(point, old.members, []));
    const at = (cluster: string) => present!.deliveries.find(({ target }) => target.member.name === cluster)?.manifests ?? [];
    const holders = async () => present!.deliveries.map(({ target }) => target.member.name);
    return diffAll(now, async (_, cluster) => presentIn(at(cluster)), { color, holders });
  };

  it.each([
    ["nothing differs", "clusters: [a]", 80, ""],
    ["another cluster", "clusters: [b]", 80, "shop/web in b\n  + Service/web\n\nshop/web in a\n  - Service/web\n"],
    [
      "another port",
      "clusters: [a]",
      81,
      'shop/web in a\n  ~ Service/web\n      ports port 80 − {"port":80}\n      ports port 81 + {"port":81}\n',
    ],
  ])("%s", async (_, placement, port, output) => {
    const before = accessPoint("", "clusters: [a]");
    expect(await between(before, accessPoint("", placement, port))).toEqual({ output, differs: output !== "", problems: [] });
  });

  it("colours when it is asked to", async () => {
    const { output } = await between(accessPoint("", "clusters: [a]"), accessPoint("", "clusters: [a]", 81), true);
    expect(output).toContain("\u001b[33m  ~ Service/web\u001b[39m\n");
  });

  it("offline, as a pipeline runs it: exit code 1 for a difference", async () => {
    const before = await file("before.yaml", accessPoint("", "clusters: [a]") + MEMBERS);
    const after = await file("after.yaml", accessPoint("", "clusters: [a, b]") + MEMBERS);
    expect(await fap(["diff", "-f", after, "--against", before])).toEqual({
      code: 1,
      stdout: "shop/web in b\n  + Service/web\n",
      stderr: "",
    });
  });
});
