import { describe, expect, it } from "vitest";
import { diffAll, type Look, presentIn } from "../../src/cli/diff.ts";
import { PreviewError } from "../../src/cli/errors.ts";
import { bundlesOf } from "../../src/cli/preview/bundles.ts";
import { gather, type HubView } from "../../src/cli/preview/gather.ts";
import { renderAll } from "../../src/cli/render.ts";
import type { Manifest } from "../../src/domain/manifest.ts";
import { accessPoint, fap, file, MEMBERS } from "./fap.ts";

const placed = "clusters: [a, b]";
const read = async (content: string, hub?: HubView) => gather([await file("in.yaml", content)], hub);

/** Everything is in cluster a and b as the AccessPoint says it, and in c, too. */
async function preview(content: string, { silent = "", hub }: { silent?: string; hub?: HubView } = {}) {
  const gathered = await read(content, hub);
  const present: Look = async (_, cluster, wanted) => {
    if (cluster === silent) throw new PreviewError(`cluster ${cluster}: connection refused`);
    return presentIn(wanted.length > 0 ? wanted : [{ apiVersion: "v1", kind: "Service", metadata: { name: "web" } } as Manifest]);
  };
  return diffAll(gathered, present, { color: false, holders: async () => ["a", "b", "c"] });
}

describe("what an API server would refuse is refused offline", () => {
  it.each([
    ["neither jsonPatch nor mergePatch", "overrides: [{name: x, target: {kind: Service}}]", "spec.overrides[0]: Invalid value"],
    [
      "two overrides of one name",
      "overrides: [{name: x, target: {kind: Service}, mergePatch: {}}, {name: x, target: {kind: Service}, mergePatch: {}}]",
      "spec.overrides[1]: Duplicate value",
    ],
  ])("%s", async (_, spec, message) => {
    await expect(read(accessPoint(spec, placed) + MEMBERS)).rejects.toThrow(message);
  });

  it("labels that are no texts", async () => {
    const labelled = accessPoint("", placed).replace("name: web, namespace", "name: web, labels: {on: yes}, namespace");
    await expect(read(labelled + MEMBERS)).rejects.toThrow(/AccessPoint shop\/web: .*labels/);
  });

  it("stages that name clusters that are not there", async () => {
    const stages = "rollout: {stages: [{name: one, clusters: [aa]}]}";
    const { problems } = await renderAll(await read(accessPoint(stages, placed) + MEMBERS));
    expect(problems.join("\n")).toContain('stage one and its gates would be passed over: there is no MemberCluster "aa"');
  });
});

describe("files", () => {
  it("a list stands for its items", async () => {
    const items = MEMBERS.split("---\n")
      .filter(Boolean)
      .map((text) => `- ${text.trim().replaceAll("\n", "\n  ")}`);
    const list = `---\napiVersion: v1\nkind: List\nitems:\n${items.join("\n")}\n`;
    const { members } = await read(accessPoint("", placed) + list);
    expect(members.map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("what is there twice is said", async () => {
    await expect(read(accessPoint("", placed) + MEMBERS + accessPoint("", placed))).rejects.toThrow(
      "AccessPoint shop/web is there already",
    );
  });

  it("an alias of nothing is a mistake in a file", async () => {
    const { code, stderr } = await fap(["diff", "-f", "-", "--against", "-"], "a: *nothing\n");
    expect(stderr).toMatch(/^fap: -: .*nothing/);
    expect(code).toBe(2);
  });
});

describe("fap diff", () => {
  it("names a cluster that cannot be asked, and compares the others", async () => {
    expect(await preview(accessPoint("", placed, 81) + MEMBERS, { silent: "a" })).toMatchObject({
      output: "shop/web in c\n  - Service/web\n",
      problems: ["shop/web: cluster a: connection refused"],
    });
  });

  it("takes nothing from a cluster that only seems to have left", async () => {
    const twoPrimaries = MEMBERS.replace("zone: z2", "zone: z1");
    const zoned = accessPoint("", "clusters: [a]").replace("  - manifest", "  - scope: AvailabilityZone\n    manifest");
    const { output, problems } = await preview(zoned + twoPrimaries);
    expect(output).not.toContain("in a\n");
    expect(output).not.toContain("in b\n");
    expect(problems.join()).toContain("Primar");
    const typo = await preview(accessPoint("", "clusters: [a, bb]") + MEMBERS);
    expect(typo.output).toBe("");
  });

  it("says of what is only let go that it stays", async () => {
    const { output } = await preview(accessPoint("sync: {whenRemoved: Orphan}", placed) + MEMBERS);
    expect(output).toBe("shop/web in c\n  - Service/web (it stays, without our marks)\n");
  });

  it("a revision that is gone back to counts, and not the specification", async () => {
    const gathered = await read(accessPoint("rollout: {rollbackTo: web-0123456789}", placed) + MEMBERS);
    const [point] = gathered.accessPoints;
    expect(await gathered.revision(point!)).toMatchObject({ reason: "UnknownRevision" });
    const earlier = { ...point!.spec, templates: [{ manifest: { apiVersion: "v1", kind: "Service", metadata: { name: "old" } } }] };
    const { deliveries } = bundlesOf(point!, gathered.members, [], earlier);
    expect(deliveries.flatMap(({ manifests }) => manifests.map(({ metadata }) => metadata.name))).toEqual(["old", "old"]);
  });

  it("members of the files are added to the hub's", async () => {
    const { members: onHub } = await read(accessPoint("", placed) + MEMBERS);
    expect(onHub).toHaveLength(2);
    const hub = { accessPoints: [], memberClusters: [memberNamed("c"), memberNamed("a")], client: undefined as never };
    const { members } = await read(accessPoint("", placed) + MEMBERS, hub);
    expect(members.map(({ name, zone }) => `${name} ${zone}`)).toEqual(["a z1", "b z2", "c hub"]);
  });

  it.each([
    ["a cluster that is not there", ["--cluster", "aa"], /there is no MemberCluster aa/],
    ["a stage that is not there", ["--stage", "half"], /has no stage "half"/],
    ["a flag that is not there", ["--colour", "never"], /unknown option '--colour'/],
  ])("%s is wrong usage, and not a difference", async (_, flags, message) => {
    const path = await file("all.yaml", accessPoint("", placed) + MEMBERS);
    const { code, stderr } = await fap(["diff", "-f", path, "--against", path, ...flags]);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});

const memberNamed = (name: string) =>
  ({
    apiVersion: "accesspoint.dev/v1alpha1",
    kind: "MemberCluster",
    metadata: { name },
    spec: { zone: "hub", role: "Primary", unschedulable: false, access: {} },
  }) as unknown as HubView["memberClusters"][number];
