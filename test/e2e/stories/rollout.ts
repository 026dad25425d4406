import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MANAGED_BY_LABEL, NAMESPACES, UID_LABEL } from "../../../src/api/kinds.ts";
import { ControllerProcess } from "../../support/controller.ts";
import { memberNames, type TestFleet } from "../../support/fleet.ts";
import { noKubectl } from "../../support/kubectl.ts";
import { eventually } from "../../support/wait.ts";
import { CHECKOUT, checkout, manifests } from "../checkout.ts";

const KINDS = "services,virtualservices,gateways,destinationrules,serviceentries,workloadentries";
const FOREIGN = [
  { prefix: "other", labels: {} },
  { prefix: "alien", labels: { [MANAGED_BY_LABEL]: "federated-accesspoint", [UID_LABEL]: "00000000-0000-4000-8000-000000000000" } },
];

/** Objects of the same kinds that are not ours, some of which look as if they were. */
const foreignObjects = FOREIGN.flatMap(({ prefix, labels }) =>
  manifests().map((manifest) => {
    const { name } = manifest["metadata"] as { name: string };
    return { ...manifest, metadata: { name: `${prefix}-${name}`, namespace: "shop", labels } };
  }),
);

/** The main story, step by step: `fap controller`, and everything else with kubectl. */
export function rolloutStory(fleet: () => TestFleet): void {
  describe.skipIf(noKubectl)(`a rollout by kubectl${noKubectl ? ` (skipped: ${noKubectl})` : ""}`, () => {
    const hub = (args: string, ...objects: object[]) => fleet().hub.kubectl.do(`-n shop ${args}`, ...objects);
    const member = (name: string, args: string, ...objects: object[]) =>
      fleet()
        .member(name)
        .kubectl.do(`-n shop ${args}`, ...objects);
    const wait = (condition: string) => hub(`wait fap/checkout --for=condition=${condition} --timeout=60s`);
    const field = (path: string) => hub(`get fap/checkout -o jsonpath={${path}}`);

    /** `Kind/name resourceVersion` of everything in a member's namespace. */
    async function contents(name: string): Promise<ReadonlyMap<string, string>> {
      const columns = "KIND:.kind,NAME:.metadata.name,VERSION:.metadata.resourceVersion";
      const table = await member(name, `get ${KINDS} --no-headers -o custom-columns=${columns}`);
      const rows = table
        .split("\n")
        .filter(Boolean)
        .map((row) => row.split(/\s+/) as [string, string, string]);
      return new Map(rows.map(([kind, object, version]) => [`${kind}/${object}`, version]));
    }
    const ours = async (name: string) =>
      [...(await contents(name)).keys()].filter((title) => (CHECKOUT as readonly string[]).includes(title)).sort();
    const foreign = async (name: string) => [...(await contents(name))].filter(([title]) => /\/(other|alien)-/.test(title));
    const weight = (name: string) => member(name, "get virtualservice checkout -o jsonpath={.spec.http[0].route[1].weight}");
    const approval = (name: string, revision: string) => ({
      apiVersion: "accesspoint.dev/v1alpha1",
      kind: "RolloutApproval",
      metadata: { name, namespace: "shop" },
      spec: { accessPoint: "checkout", revision, stage: "canary", decision: "Approve", reason: "smoke tests passed" },
    });

    let controller: ControllerProcess;
    let untouched: readonly (readonly (readonly [string, string])[])[];

    beforeAll(async () => {
      const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } };
      await fleet().hub.client.create(NAMESPACES, namespace);
      for (const { kubectl } of fleet().members) await kubectl.do("create -f -", namespace, ...foreignObjects);
      untouched = await Promise.all(memberNames.map(foreign));
      controller = await ControllerProcess.start(fleet().hub);
    });
    afterAll(async () => {
      expect(await controller.stop(), controller.output).toBe(0);
    });

    test("the canary alone has the six objects while AwaitingApproval is True", async () => {
      await hub("apply -f -", checkout("shop"));
      await wait("AwaitingApproval");

      expect(await ours("lvs-1")).toEqual(CHECKOUT);
      expect(await ours("lvs-2")).toEqual([]);
      expect(await ours("slc-1")).toEqual([]);
      const [name, phase, stage, updated, ready] = (await hub("get fap --no-headers")).split(/\s+/);
      expect([name, phase, stage, updated, ready]).toEqual(["checkout", "AwaitingApproval", "canary", "1/3", "1/3"]);
    });

    test("an approval for another revision is refused with a reason", async () => {
      const revision = await field(".status.updateRevision");
      await hub("apply -f -", approval("of-another", "checkout-0000000000"));
      await hub("wait rolloutapproval/of-another --for=condition=Accepted=False --timeout=60s");

      const answer = await hub(
        "get rolloutapproval/of-another -o jsonpath={.status.conditions[0].reason}:{.status.conditions[0].message}",
      );
      expect(answer).toBe(
        `StaleRevision:it decides on revision checkout-0000000000, but ${revision} is being rolled out (status.updateRevision)`,
      );
      expect(await field(".status.rollout.phase")).toBe("AwaitingApproval");
      expect(await ours("slc-1")).toEqual([]);
    });

    test("after the right one all three have them and RolloutCompleted is True", async () => {
      await hub("apply -f -", approval("first", await field(".status.updateRevision")));
      await wait("RolloutCompleted");

      for (const name of memberNames) expect(await ours(name)).toEqual(CHECKOUT);
      expect(await field(".status.currentRevision")).toBe(await field(".status.updateRevision"));
      expect((await hub("get fap --no-headers")).split(/\s+/).slice(1, 4)).toEqual(["Completed", "3/3", "3/3"]);
      expect(await hub("get rolloutapproval/first -o jsonpath={.status.conditions[0].status}")).toBe("True");
    });

    test("a repeated apply causes no write in any member", async () => {
      const before = await Promise.all(memberNames.map(contents));
      expect(await hub("apply -f -", checkout("shop"))).toContain("unchanged");
      await hub("annotate fap/checkout team.example.com/looked-at=today");
      await new Promise((resolve) => setTimeout(resolve, 1000));
      expect(await Promise.all(memberNames.map(contents))).toEqual(before);
      expect(await field(".status.rollout.phase")).toBe("Completed");
    });

    test("a changed weight goes the same way", async () => {
      const before = await field(".status.currentRevision");
      await hub("apply -f -", checkout("shop", { weight: 50 }));
      await wait("AwaitingApproval");

      expect(await Promise.all(memberNames.map(weight))).toEqual(["50", "10", "10"]);
      expect(await field(".status.currentRevision")).toBe(before);
      const summary = expect.stringContaining("weight 10 → 50");
      expect(JSON.parse(await field(".status.rollout.diff"))).toEqual([
        { stage: "canary", cluster: "lvs-1", object: "VirtualService/checkout", summary },
        { stage: "rest", cluster: "lvs-2, slc-1", object: "VirtualService/checkout", summary },
      ]);
      expect(await field(".status.rollout.message")).toContain("what follows changes 2 objects in 2 clusters");
      await hub("apply -f -", approval("second", await field(".status.updateRevision")));
      await wait("RolloutCompleted");
      expect(await Promise.all(memberNames.map(weight))).toEqual(["50", "50", "50"]);
    });

    test("a hand edit in a member is repaired", async () => {
      const edit = JSON.stringify([{ op: "replace", path: "/spec/http/0/route/1/weight", value: 77 }]);
      await member("slc-1", `patch virtualservice checkout --type=json -p ${edit}`);
      await eventually("the weight is what the bundle says", async () => expect(await weight("slc-1")).toBe("50"));

      await member("lvs-2", "delete service checkout");
      await eventually("the Service is back", async () => expect(await ours("lvs-2")).toEqual(CHECKOUT));
    });

    test("delete leaves nothing behind and touches nothing foreign", async () => {
      await hub("delete fap/checkout --timeout=60s");

      for (const name of memberNames) expect(await ours(name)).toEqual([]);
      expect(await Promise.all(memberNames.map(foreign))).toEqual(untouched);
      expect(untouched.map((objects) => objects.length)).toEqual([12, 12, 12]);
    });
  });
}
