import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { customResourceDefinitions } from "../../../src/api/crd.ts";
import { type RunningController, runController } from "../../support/controller.ts";
import { clientFor, memberNames, type TestFleet } from "../../support/fleet.ts";
import { CUSTOM_RESOURCE_DEFINITIONS } from "../../support/istio.ts";
import { noKubectl } from "../../support/kubectl.ts";
import { memberIs, Scene } from "../scene.ts";

/** What a platform team sees that installs it. */
export function installationStory(fleet: () => TestFleet): void {
  describe("installation", () => {
    let controller: RunningController;

    beforeAll(async () => {
      controller = await runController(fleet().hub);
      for (const name of memberNames) await memberIs(fleet(), name, "True");
    });
    afterAll(() => controller.stop());

    test("the API server accepts the definitions without a warning", async () => {
      const warnings: string[] = [];
      const client = clientFor(fleet().hub.cluster.kubeconfig, { onWarning: (warning) => warnings.push(warning) });
      for (const definition of customResourceDefinitions()) {
        const [first = "", ...rest] = definition.metadata.name.split(".");
        const { spec } = definition as unknown as { spec: { names: object } };
        // Under another name, so that it is a new one; an update would be compared with what is there.
        const group = `trial.${rest.join(".")}`;
        const renamed = { ...definition, metadata: { name: `${first}.${group}` }, spec: { ...spec, group } };
        await client.create(CUSTOM_RESOURCE_DEFINITIONS, renamed, { dryRun: true, fieldValidation: "Strict" });
      }
      await client.close();
      expect(warnings).toEqual([]);
    });

    describe.skipIf(noKubectl)(`as kubectl shows it${noKubectl ? ` (skipped: ${noKubectl})` : ""}`, () => {
      const hub = (args: string) => fleet().hub.kubectl.do(args);

      test.for(["fap", "fap.spec", "fap.spec.rollout.stages", "fap.status.rollout", "mc.spec", "rolloutapproval.spec"])(
        "kubectl explain %s describes every field",
        async (path) => {
          const text = await hub(`explain ${path}`);
          expect(text).toMatch(/^DESCRIPTION:\n {4}\S/m);
          // A field is its name and type, perhaps its values, and below that, further in, what it is for. Every kind's own three
          // are the API server's to describe.
          const fields = text
            .slice(text.indexOf("FIELDS:"))
            .split(/\n(?= {2}(?!apiVersion|kind|metadata)\w+\t)/)
            .slice(1);
          const bare = fields.filter((field) => !/\n {4}(?!<no description>)\S/.test(field)).map((field) => field.trim());
          expect(bare).toEqual([]);
          expect(fields.length).toBeGreaterThan(1);
        },
      );

      test("kubectl get fap: phase, stage, how far, which revision", async () => {
        const scene = await Scene.open(fleet(), "columns");
        await scene.apply();
        const revision = await scene.canary();
        const [header, row] = (await hub(`get fap -n ${scene.namespace}`)).trim().split("\n");
        expect(header?.split(/\s+/)).toEqual(["NAME", "PHASE", "STAGE", "UPDATED", "READY", "REVISION", "AGE"]);
        expect(row?.split(/\s+/).slice(0, -1)).toEqual(["checkout", "AwaitingApproval", "canary", "1/3", "1/3", revision]);
      });

      test("kubectl get mc: who can be reached, where it stands, what it runs", async () => {
        const [header, ...rows] = (await hub("get mc"))
          .trim()
          .split("\n")
          .map((row) => row.split(/\s+/));
        expect(header).toEqual(["NAME", "READY", "REASON", "ZONE", "ROLE", "VERSION", "ISTIO", "AGE"]);
        const versions = rows.map((row) => row[5]);
        expect(rows.map((row) => row.slice(0, 5))).toEqual([
          ["lvs-1", "True", "ClusterReachable", "lvs", "Primary"],
          ["lvs-2", "True", "ClusterReachable", "lvs", "Remote"],
          ["slc-1", "True", "ClusterReachable", "slc", "Primary"],
        ]);
        for (const version of versions) expect(version).toMatch(/^v1\.\d+\.\d+/);
        expect(rows.map((row) => row[6])).toEqual(["true", "true", "true"]);
      });

      test("one name for everything of ours", async () => {
        expect(await hub("get accesspoint -A -o name")).toContain("membercluster.accesspoint.dev/lvs-1");
      });
    });
  });
}
