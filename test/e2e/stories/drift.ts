import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import {
  DIGEST_ANNOTATION,
  deliverable,
  FIELD_MANAGER,
  MANAGED_BY_LABEL,
  OWNER_ANNOTATION,
  UID_LABEL,
} from "../../../src/api/kinds.ts";
import { NotFoundError } from "../../../src/kube/errors.ts";
import type { KubeObject, Resource } from "../../../src/kube/resource.ts";
import { type RunningController, runController } from "../../support/controller.ts";
import { find, type MemberStation, memberNames, type TestFleet } from "../../support/fleet.ts";
import { always, eventually } from "../../support/wait.ts";
import { ALL_AT_ONCE, manifests } from "../checkout.ts";
import { memberIs, Scene, weightOf } from "../scene.ts";
import { sentence } from "../sentence.ts";

const ROUTE = "VirtualService/checkout";
const VIRTUAL_SERVICES = deliverable("networking.istio.io/v1", "VirtualService")!;
const WEBHOOKS: Resource = {
  group: "admissionregistration.k8s.io",
  version: "v1",
  plural: "validatingwebhookconfigurations",
  kind: "ValidatingWebhookConfiguration",
  namespaced: false,
};
const ELSEWHERE = { spec: { hosts: ["elsewhere.example.com"] } };
const WANTED = ["checkout.example.com"];
const EDIT_REPAIRED = `DriftRepaired: ${ROUTE} in slc-1 was changed: spec.hosts[0] by kubectl-edit; it was written again`;

/** Objects of ours in the members that somebody else changes or takes away. */
export function driftStory(fleet: () => TestFleet): void {
  describe("an object that somebody else changes", () => {
    let controller: RunningController;

    beforeAll(async () => {
      controller = await runController(fleet().hub);
      for (const name of memberNames) await memberIs(fleet(), name, "True");
    });
    afterAll(() => controller.stop());

    const hostsOf = (object: KubeObject) => (object["spec"] as { hosts: readonly string[] }).hosts;
    const route = (scene: Scene) => scene.object("slc-1", ROUTE);
    const problems = async (scene: Scene, member = "slc-1") => (await scene.clusterStatus(member)).objects?.problems ?? [];
    const change = (scene: Scene, metadata: object) => scene.edit("slc-1", ROUTE, { metadata });
    const strip = (scene: Scene) => change(scene, { labels: { [UID_LABEL]: null } });
    const isRepaired = (scene: Scene) =>
      eventually("it is repaired", async () => expect(hostsOf(await route(scene))).toEqual(WANTED));
    /** Events about what somebody changed. */
    const told = async (scene: Scene) => (await scene.events()).filter((event) => event.startsWith("Drift")).sort();
    /** Everywhere at once. */
    const open = async (namespace: string, sync: Record<string, unknown> = {}) => {
      const scene = await Scene.open(fleet(), namespace);
      await scene.apply({ rollout: ALL_AT_ONCE, sync });
      await scene.until("RolloutCompleted");
      return scene;
    };

    test("whenDrifted Report: it is said who and where, and left as it is, until somebody undoes it", async () => {
      const scene = await open("drift-report", { whenDrifted: "Report" });
      await scene.edit("slc-1", ROUTE, ELSEWHERE);
      const { message } = await scene.until("Drifted", { reason: "ChangedByOthers" });
      expect(message).toBe("objects were changed by others in slc-1; status.clusters says which");
      const [problem] = await problems(scene);
      expect(problem).toMatchObject({ kind: "VirtualService", state: "Drifted" });
      expect(problem?.message).toMatch(
        sentence`changed by kubectl-edit at ${"20\\d\\d-\\S+Z"}; sync.whenDrifted is Report, so it is left as it is`,
      );
      const time = expect.stringMatching(/^20\d\d-/);
      expect(problem?.fields).toEqual([{ path: "spec.hosts[0]", manager: "kubectl-edit", time }]);
      await scene.event(
        /^DriftFound: VirtualService\/checkout in slc-1 was changed: spec\.hosts\[0\] by kubectl-edit; it is left as it is, as sync\.whenDrifted says$/,
      );
      await always(async () => expect(hostsOf(await route(scene))).toEqual(["elsewhere.example.com"]), 500);
      expect(await told(scene)).toHaveLength(1);

      await scene.edit("slc-1", ROUTE, { spec: { hosts: WANTED } });
      await scene.until("Drifted", { status: "False" });
      await scene.edit("slc-1", ROUTE, ELSEWHERE);
      await scene.until("Drifted", { reason: "ChangedByOthers" });
      await scene.apply({ rollout: ALL_AT_ONCE, sync: { whenDrifted: "Repair" } });
      await scene.until("RolloutCompleted");
      await scene.until("Drifted", { status: "False" });
      expect(hostsOf(await route(scene))).toEqual(WANTED);
    });

    test("Repair: an Event names the field and who changed it; a fight is recognised, told, and left", async () => {
      const scene = await open("fight");
      for (let round = 0; round < 5; round++) {
        await scene.edit("slc-1", ROUTE, ELSEWHERE);
        await isRepaired(scene);
      }
      await scene.edit("slc-1", ROUTE, ELSEWHERE);
      const { message } = await scene.until("Drifted", { reason: "Contested" });
      expect(message).toBe(
        "objects are changed back, or taken away, as often as they are written again in slc-1; status.clusters says which",
      );
      await scene.until("Degraded", { reason: "ClusterDegraded" });
      const [problem] = await problems(scene);
      expect(problem).toMatchObject({ kind: "VirtualService", state: "Drifted", fields: [{ path: "spec.hosts[0]" }] });
      expect(problem?.message).toMatch(
        /^it was changed back 5 times, now by kubectl-edit at \S+; it is left alone for 2 minutes: find who writes it/,
      );
      await always(async () => expect(hostsOf(await route(scene))).toEqual(["elsewhere.example.com"]), 500);
      expect(await told(scene)).toEqual([
        `DriftContested: ${ROUTE} in slc-1 was changed: spec.hosts[0] by kubectl-edit; that comes as often as it is written again, so that it is left alone ever longer; see status.clusters`,
        EDIT_REPAIRED,
      ]);
      // Another revision is no repair: it is written at once.
      await scene.apply({ rollout: ALL_AT_ONCE, weight: 20 });
      await scene.until("RolloutCompleted");
      await isRepaired(scene);
      await scene.until("Drifted", { status: "False" });
    });

    test("while it cannot be repaired that is no fight, and told as what it is; once it can be, it is", async () => {
      const scene = await open("webhook-down");
      const mend = await refuseOurs(fleet().member("slc-1"), scene.namespace);
      hurry();
      await scene.edit("slc-1", ROUTE, ELSEWHERE);
      await scene.until("Drifted", { reason: "ChangedByOthers" });
      const isTold = async () => {
        const [problem] = await problems(scene);
        expect(problem).toMatchObject({ state: "Failed", fields: [{ path: "spec.hosts[0]", manager: "kubectl-edit" }] });
        expect(problem?.message).toMatch(/^it will be tried again: .*failed calling webhook/);
        expect((await scene.clusterStatus("slc-1")).phase).toBe("Applying");
      };
      await eventually("why it is not repaired", isTold);
      await always(isTold, 1500);
      await mend();
      await isRepaired(scene);
      await scene.until("Drifted", { status: "False" });
      await scene.event(/^DriftRepaired/);
      expect(await told(scene)).toEqual([EDIT_REPAIRED]);
    });

    test("a manager that applies a field of ours as its own is named, not fought, until it lets go", async () => {
      const scene = await open("contested");
      await scene.plant("slc-1", manifests(66)[5]!, "argocd-controller", true);
      const isNamed = async () => {
        const [problem] = await problems(scene);
        expect(problem).toMatchObject({ kind: "VirtualService", name: "checkout", state: "Conflict" });
        expect(problem?.message).toMatch(/argocd-controller/);
        expect(problem?.fields).toMatchObject([
          { path: "spec.http[0].route[0].weight", manager: "argocd-controller" },
          { path: "spec.http[0].route[1].weight", manager: "argocd-controller" },
        ]);
      };
      await eventually("the conflict is in status", isNamed);
      await scene.until("Applied", { status: "False", reason: "Conflict" });
      // Whoever writes something else later is not whom the field belongs to.
      await change(scene, { labels: { "example.com/team": "shop" } });
      await always(async () => {
        await isNamed();
        expect(weightOf(await route(scene))).toBe(66);
      }, 500);

      hurry();
      await scene.plant("slc-1", { ...manifests()[5]!, spec: undefined }, "argocd-controller");
      await scene.until("Available");
      expect(weightOf(await route(scene))).toBe(10);
    });

    test("a field that somebody takes away is not laid to whoever applies another one", async () => {
      const scene = await open("taken-away");
      const annotated = {
        ...manifests()[5]!,
        spec: undefined,
        metadata: { name: "checkout", annotations: { "example.com/a": "b" } },
      };
      await scene.plant("slc-1", annotated, "flux");
      await scene.edit("slc-1", ROUTE, { spec: { http: null } });
      await eventually("it is repaired", async () => expect(weightOf(await route(scene))).toBe(10));
      await scene.event(sentence`DriftRepaired: VirtualService/checkout in slc-1 was changed: spec.http; it was written again`);
      expect((await route(scene)).metadata.annotations).toMatchObject({ "example.com/a": "b" });
    });

    test("what others add to an object of ours stays", async () => {
      const scene = await open("additions");
      const before = await scene.edit("lvs-1", "Service/checkout", { metadata: { annotations: { "example.com/note": "kept" } } });
      await always(async () => {
        expect((await scene.object("lvs-1", "Service/checkout")).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
      }, 500);
      await scene.rollOut({ weight: 20 });
      expect((await scene.object("lvs-1", "Service/checkout")).metadata.annotations).toMatchObject({ "example.com/note": "kept" });
    });

    describe("again and again", () => {
      /** Does it whenever the object is as it should be, six times and once more if that is possible, and tells how often it was. */
      const attack = async (scene: Scene, isWhole: (object: KubeObject) => boolean, deed: () => Promise<unknown>) => {
        const { client } = fleet().member("slc-1");
        let times = 0;
        for (let end = performance.now() + 20_000; times < 7 && performance.now() < end; await delay(5)) {
          const object = await find(client, VIRTUAL_SERVICES, "checkout", scene.namespace);
          if (!object || !isWhole(object)) continue;
          await deed();
          if (++times === 6) end = performance.now() + 700;
        }
        return times;
      };
      const tried = (what: string) => `DriftContested: ${ROUTE} in slc-1 ${what}; that comes as often as it is written again, `;

      test("who deletes it is not fought for ever", async () => {
        const scene = await open("delete-loop");
        const remove = () =>
          scene.remove("slc-1", ROUTE).catch((error: unknown) => {
            if (!(error instanceof NotFoundError)) throw error;
          });
        expect(await attack(scene, () => true, remove)).toBe(6);
        await scene.until("Drifted", { reason: "Contested" });
        await scene.until("Degraded", { reason: "ClusterDegraded" });
        expect((await problems(scene))[0]).toMatchObject({
          kind: "VirtualService",
          state: "Drifted",
          message: expect.stringMatching(
            /^it was deleted, or its label accesspoint\.dev\/uid taken off, 5 times; it is left alone for 2 minutes: /,
          ),
        });
        expect(await told(scene)).toEqual([
          expect.stringContaining(tried("was deleted, or its label accesspoint.dev/uid taken off")),
          `DriftRepaired: ${ROUTE} in slc-1 was deleted; it was written again`,
        ]);
      });

      test("who takes its digest off as well is not taken for another revision", async () => {
        const scene = await open("digest-loop");
        const isMarked = ({ metadata }: KubeObject) => metadata.annotations?.[DIGEST_ANNOTATION] !== undefined;
        const deed = () => scene.edit("slc-1", ROUTE, { ...ELSEWHERE, metadata: { annotations: { [DIGEST_ANNOTATION]: null } } });
        expect(await attack(scene, isMarked, deed)).toBe(6);
        await scene.until("Drifted", { reason: "Contested" });
        expect(await told(scene)).toEqual([
          expect.stringContaining(tried("was changed: spec.hosts[0] by kubectl-edit")),
          EDIT_REPAIRED,
        ]);

        const reported = await open("digest-report", { whenDrifted: "Report" });
        const { metadata } = await reported.edit("slc-1", ROUTE, {
          ...ELSEWHERE,
          metadata: { annotations: { [DIGEST_ANNOTATION]: "0" } },
        });
        await reported.until("Drifted", { reason: "ChangedByOthers" });
        await always(async () => expect((await route(reported)).metadata.resourceVersion).toBe(metadata.resourceVersion), 500);
      });

      test("who takes its label off is not fought for ever", async () => {
        const scene = await open("label-loop");
        expect(
          await attack(
            scene,
            ({ metadata }) => metadata.labels?.[UID_LABEL] !== undefined,
            () => strip(scene),
          ),
        ).toBe(6);
        await scene.until("Drifted", { reason: "Contested" });
        // Not even then it is left behind.
        await scene.delete();
        expect(await scene.contents("slc-1")).toEqual([]);
      });
    });

    describe("down to the labels by which it is ours", () => {
      const labels = async (scene: Scene) => {
        const { [UID_LABEL]: uid, [MANAGED_BY_LABEL]: by } = (await route(scene)).metadata.labels ?? {};
        return [uid, by];
      };
      const repairs = async (scene: Scene, deed: () => Promise<unknown>, fields: string) => {
        const before = await labels(scene);
        await deed();
        await eventually("its labels are as they were", async () => expect(await labels(scene)).toEqual(before));
        await eventually("that is told", async () =>
          expect(await told(scene)).toContain(`DriftRepaired: ${ROUTE} in slc-1 was changed: ${fields}; it was written again`),
        );
        await scene.until("Available");
      };

      test("Repair: they are written again, whichever it is, also after a while without a controller", async () => {
        const scene = await open("labels");
        const managedBy = (value: string | null) => () => change(scene, { labels: { [MANAGED_BY_LABEL]: value } });
        await repairs(scene, managedBy("Helm"), `metadata.labels['${MANAGED_BY_LABEL}'] by kubectl-edit`);
        await repairs(scene, managedBy(null), `metadata.labels['${MANAGED_BY_LABEL}']`);
        await repairs(scene, () => strip(scene), `metadata.labels['${UID_LABEL}']`);
        const relabel = () => change(scene, { labels: { [UID_LABEL]: "x" } });
        await repairs(scene, relabel, `metadata.labels['${UID_LABEL}'] by kubectl-edit`);
        await controller.stop();
        try {
          await strip(scene);
        } finally {
          controller = await runController(fleet().hub);
        }
        await eventually("it has its label", async () => expect((await labels(scene))[0]).toBeDefined());
        await scene.until("Available");
      });

      test("Report: they are reported and left, and nothing is left behind in the end", async () => {
        const scene = await open("labels-report", { whenDrifted: "Report" });
        await change(scene, { labels: { [MANAGED_BY_LABEL]: "Helm" } });
        await eventually("the label is named", async () =>
          expect((await problems(scene))[0]).toMatchObject({
            state: "Drifted",
            fields: [{ path: `metadata.labels['${MANAGED_BY_LABEL}']`, manager: "kubectl-edit" }],
          }),
        );
        const { metadata } = await strip(scene);
        await eventually("that it is not watched is told", async () =>
          expect((await problems(scene))[0]).toMatchObject({
            state: "Drifted",
            message: expect.stringMatching(
              /^its label accesspoint\.dev\/uid is not as it was written .*, so that it is not watched/,
            ),
          }),
        );
        await scene.until("Drifted", { reason: "ChangedByOthers" });
        await always(async () => expect((await route(scene)).metadata.resourceVersion).toBe(metadata.resourceVersion), 500);
        await scene.delete();
        expect(await scene.contents("slc-1")).toEqual([]);
      });

      test("Orphan: one whose label is gone stays as it is, and is nobody's", async () => {
        const scene = await open("labels-orphan", { whenDrifted: "Report", whenRemoved: "Orphan" });
        await strip(scene);
        await scene.edit("slc-1", ROUTE, ELSEWHERE);
        await scene.until("Drifted", { reason: "ChangedByOthers" });
        await scene.delete();
        const left = await route(scene);
        expect(hostsOf(left)).toEqual(["elsewhere.example.com"]);
        expect(Object.keys(left.metadata.annotations ?? {})).not.toContain(OWNER_ANNOTATION);
      });
    });
  });
}

/** Backs off for moments only. */
function hurry(): void {
  vi.spyOn(Math, "random").mockReturnValue(0.01);
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
}

/** A webhook that is down refuses what the controller writes, and nobody else. Returns what mends it. */
async function refuseOurs({ cluster, client }: MemberStation, namespace: string): Promise<() => Promise<void>> {
  if (cluster.embedded) {
    const message = 'Internal error occurred: failed calling webhook "validation.istio.io": connection refused';
    const mend = cluster.embedded.faults.add({
      match: { verb: "patch", resource: "virtualservices.networking.istio.io", namespace, userAgent: FIELD_MANAGER },
      effect: { type: "status", code: 500, reason: "InternalError", message },
    });
    onTestFinished(mend);
    return async () => mend();
  }
  const name = `down-${namespace}`;
  const webhook = {
    name: "validation.istio.io",
    admissionReviewVersions: ["v1"],
    sideEffects: "None",
    failurePolicy: "Fail",
    clientConfig: { url: "https://127.0.0.1:1/validate" },
    rules: [{ apiGroups: ["networking.istio.io"], apiVersions: ["*"], resources: ["*"], operations: ["*"] }],
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
    matchConditions: [{ name: "ours", expression: `request.options.?fieldManager.orValue("") == "${FIELD_MANAGER}"` }],
  };
  await client.create(WEBHOOKS, {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: WEBHOOKS.kind,
    metadata: { name },
    webhooks: [webhook],
  });
  const mend = async () => {
    if (await find(client, WEBHOOKS, name)) await client.delete(WEBHOOKS, name);
  };
  onTestFinished(mend);
  // Webhooks count a moment after they were written.
  await delay(1000);
  return mend;
}
