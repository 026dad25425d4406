import { KubeConfig } from "@kubernetes/client-node";
import { describe, expect, test } from "vitest";
import { NAMESPACES, SERVICES } from "../../../src/api/kinds.ts";
import { diffAll } from "../../../src/cli/diff.ts";
import { gather, readHub } from "../../../src/cli/preview/gather.ts";
import { LiveFleet } from "../../../src/cli/preview/live.ts";
import { ALL_AT_ONCE, checkout } from "../../e2e/checkout.ts";
import { Scene } from "../../e2e/scene.ts";
import { file } from "../../render/fap.ts";
import type { TestFleet } from "../../support/fleet.ts";

/** `fap diff` against live clusters. */
export function previewStory(fleet: () => TestFleet): void {
  describe("fap diff", () => {
    /** What would change in each cluster if the AccessPoint were as these options make it. */
    async function diff(namespace: string, options: Parameters<typeof checkout>[1]): Promise<string> {
      const config = new KubeConfig();
      config.loadFromString(fleet().hub.cluster.kubeconfig);
      const hub = await readHub(config);
      const live = new LiveFleet(hub);
      try {
        const path = await file("checkout.yaml", JSON.stringify(checkout(namespace, options)));
        const { output, problems, differs } = await diffAll(await gather([path], hub), live.look, {
          color: false,
          holders: live.holders,
        });
        expect(problems).toEqual([]);
        expect(differs).toBe(output !== "");
        return output;
      } finally {
        await live.close();
        await hub.client.close();
      }
    }

    test("nothing after a rollout; the change before it; what somebody changed by hand", async () => {
      const scene = await Scene.open(fleet(), "preview");
      const options = { placement: { zones: ["lvs"] }, rollout: ALL_AT_ONCE, sync: { whenDrifted: "Report" } };
      await scene.apply(options);
      await scene.until("RolloutCompleted");

      expect(await diff("preview", options)).toBe("");
      expect(await diff("preview", { ...options, weight: 50 })).toBe(
        ["lvs-1", "lvs-2"]
          .map(
            (cluster) =>
              `preview/checkout in ${cluster}\n  ~ VirtualService/checkout\n      any path checkout v1 weight 90 → 50\n      any path checkout v2 weight 10 → 50\n`,
          )
          .join("\n"),
      );
      expect(await diff("preview", { ...options, placement: { clusters: ["lvs-1"] } })).toMatch(
        /^preview\/checkout in lvs-2\n( {2}- [A-Z][A-Za-z]+\/[a-z]+\n){6}$/,
      );
      await scene.edit("lvs-2", "WorkloadEntry/ledger", { spec: { address: "10.9.9.9" } });
      expect(await diff("preview", options)).toBe(
        "preview/checkout in lvs-2\n  ~ WorkloadEntry/ledger\n      address 10.9.9.9 → 10.9.8.7\n",
      );

      const { client } = fleet().member("slc-1");
      const metadata = { name: "checkout", namespace: "preview" };
      await client.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: "preview" } });
      await client.create(SERVICES, { apiVersion: "v1", kind: "Service", metadata, spec: { ports: [{ port: 80 }] } });
      const further = { ...options, placement: { clusters: ["lvs-1", "slc-1"] } };
      const foreign = "Service/checkout stays as it is: it exists already and is not ours;";
      expect(await diff("preview", further)).toContain(`in slc-1\n  ! ${foreign}`);
      expect(await diff("preview", { ...further, sync: { whenAlreadyExists: "TakeOver" } })).toContain("~ Service/checkout\n");
    });
  });
}
