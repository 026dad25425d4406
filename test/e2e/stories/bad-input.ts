import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { MEMBER_CLUSTERS, SECRETS } from "../../../src/api/kinds.ts";
import { type RunningController, runController } from "../../support/controller.ts";
import { expiredKubeconfig, tokenKubeconfig } from "../../support/credentials.ts";
import { gone, memberNames, SYSTEM, secret, type TestFleet } from "../../support/fleet.ts";
import { define, istioDefinitions } from "../../support/istio.ts";
import { noKubectl } from "../../support/kubectl.ts";
import { eventually } from "../../support/wait.ts";
import { ALL_AT_ONCE, CHECKOUT, type CheckoutOptions, checkout, manifests } from "../checkout.ts";
import { memberIs, Scene } from "../scene.ts";
import { sentence, TIME } from "../sentence.ts";

const breached = { status: "False", reason: "MaxFailuresBreached" } as const;
const [service, , , , , virtualService] = manifests() as [object, object, object, object, object, object];
const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
const template = (manifest: object) => ({ scope: "Cluster", manifest });

/** What people do wrong, and the sentence that each of them reads. */
export function badInputStory(fleet: () => TestFleet): void {
  describe("bad input", () => {
    let controller: RunningController;

    beforeAll(async () => {
      controller = await runController(fleet().hub);
      for (const name of memberNames) await memberIs(fleet(), name, "True");
    });
    afterAll(() => controller.stop());

    describe.skipIf(noKubectl)(`is refused by the hub's API server${noKubectl ? ` (skipped: ${noKubectl})` : ""}`, () => {
      const refusals: readonly [string, CheckoutOptions, RegExp][] = [
        ["an unknown field", { rollout: { pausd: true } }, /strict decoding error: unknown field "spec\.rollout\.pausd"/],
        [
          "no kind",
          { templates: [{ manifest: { apiVersion: "v1", metadata: { name: "checkout" } } }] },
          /spec\.templates\[0\]\.manifest\.kind: Required value/,
        ],
        [
          "a kind that is not delivered",
          { templates: [{ manifest: { apiVersion: "v1", kind: "Secret", metadata: { name: "s" } } }] },
          /spec\.templates\[0\]\.manifest\.kind: Unsupported value: "Secret": supported values: "Service"/,
        ],
        [
          "an override with two ways to change",
          {
            overrides: [
              { name: "both", target: { kind: "Service" }, mergePatch: {}, jsonPatch: [{ op: "remove", path: "/spec" }] },
            ],
          },
          /spec\.overrides\[0\]: Invalid value: .*an override has either jsonPatch or mergePatch/,
        ],
        [
          "a way to clusters that does not say where it leads",
          { placement: { follow: [{ apiVersion: "example.com/v1", kind: "Rollout", name: "r", clustersPath: "$..*..*" }] } },
          /clustersPath is made of names, positions and \[\*\].*; neither \.\. nor filters nor expressions are taken/,
        ],
        [
          "a name that is too long",
          { name: "c".repeat(53) },
          /an AccessPoint's name has at most 52 characters, because revisions are named <name>-<digest>/,
        ],
        [
          "a bundle of more than an API server takes",
          { templates: [template({ ...service, metadata: { name: "checkout", annotations: { text: "x".repeat(3 << 20) } } })] },
          /limit is 3145728|Request entity too large/,
        ],
      ];
      test.for(refusals)("%s", async ([, options, words]) => {
        const refusal = await fleet().hub.kubectl.refusal("create -f -", checkout("default", options));
        expect(refusal).toMatch(words);
      });
    });

    test("what has no effect is told in Accepted and by an Event, and holds nothing", async () => {
      const scene = await Scene.open(fleet(), "without-effect");
      await scene.apply({
        placement: { zones: ["slc"] },
        rollout: ALL_AT_ONCE,
        traffic: { vip: { loadBalancerClass: "edge" } },
      });
      const message =
        "spec.traffic.vip.loadBalancerClass: the bundle has no Service of type LoadBalancer, so that it has no effect";
      expect(await scene.until("Accepted", { reason: "ValidWithWarnings" })).toMatchObject({ message });
      await scene.until("RolloutCompleted");
      expect((await scene.events()).filter((event) => event === `ValidWithWarnings: ${message}`)).toHaveLength(1);
    });

    describe("is reported in Accepted, and no member is touched", () => {
      const overrides = (path: string, value: unknown = 1) => [
        { name: "slc-weight", zones: ["slc"], target: { kind: "VirtualService" }, jsonPatch: [{ op: "replace", path, value }] },
      ];
      const reports: readonly [string, CheckoutOptions, string, RegExp][] = [
        [
          "another namespace",
          { templates: [template({ ...service, metadata: { name: "checkout", namespace: "kube-system" } })] },
          "ForeignNamespace",
          sentence`spec.templates[0].manifest.metadata.namespace: Service/checkout is for namespace kube-system, but an AccessPoint in ${"bad-.*"} writes to ${"bad-.*"} alone: leave the field out`,
        ],
        [
          "the same object twice",
          { templates: [template(service), { ...template(service), name: "again" }] },
          "DuplicateObject",
          sentence`spec.templates[1].manifest: Service/checkout stands in the bundle twice; the first is spec.templates[0].manifest: remove one of them`,
        ],
        [
          "an override whose path does not exist",
          { overrides: overrides("/spec/http/7/route/1/weight") },
          "OverrideFailed",
          sentence`spec.overrides: override slc-weight, jsonPatch[0] (replace /spec/http/7/route/1/weight) on VirtualService/checkout for cluster slc-1: this path does not exist in the object`,
        ],
        [
          "an override that meets no object",
          { overrides: [{ name: "typo", target: { kind: "VirtualServices" }, mergePatch: {} }] },
          "OverrideFailed",
          sentence`spec.overrides[0].target: override typo meets no object; templates are service-checkout, workloadentry-ledger, ${".*"}`,
        ],
        [
          "an override that leaves no object",
          { overrides: [{ name: "all-of-it", target: { kind: "Service" }, jsonPatch: [{ op: "remove", path: "" }] }] },
          "OverrideFailed",
          sentence`spec.overrides: override all-of-it, jsonPatch[0] (remove the whole object) on Service/checkout for clusters lvs-1, lvs-2, slc-1: it leaves no object`,
        ],
        [
          "a value for the last cluster that the schema of its kind refuses",
          { overrides: overrides("/spec/http/0/route/1/weight", "ninety") },
          "SchemaValidationError",
          sentence`spec.overrides: override slc-weight, spec.http[0].route[1].weight of VirtualService/checkout for cluster slc-1: must be integer, and is "ninety" (IST0106)`,
        ],
        [
          "a port that there is not",
          { specs: { Service: { ports: [{ name: "http", port: 70_000 }] } } },
          "SchemaValidationError",
          sentence`spec.templates: template service-checkout, spec.ports[0].port of Service/checkout for clusters lvs-1, lvs-2, slc-1: must be at most 65535, and is 70000`,
        ],
        [
          "an object that has no end",
          { specs: { VirtualService: { http: nested(1200) } } },
          "InvalidSpec",
          sentence`spec.templates[5].manifest: is nested deeper than 100 levels`,
        ],
        [
          "a variable that no target has",
          { templates: [template({ ...service, metadata: { name: "checkout", annotations: { a: "${cluster.colour}" } } })] },
          "UnknownVariable",
          /\$\{cluster\.colour\}/,
        ],
        [
          "a Service's name that is too long",
          { templates: [template({ ...service, metadata: { name: "c".repeat(64) } })] },
          "NameTooLong",
          sentence`spec.templates[0].manifest.metadata.name: the name of a Service has at most 63 characters; cccccccccccccccccccc… has 64`,
        ],
        [
          "a status in a manifest",
          { templates: [template({ ...virtualService, status: {} })] },
          "InvalidManifest",
          sentence`spec.templates[0].manifest.status: VirtualService/checkout: this is not a template's to set; a manifest has metadata.name, labels and annotations, and the kind's own fields`,
        ],
        [
          "a bundle of 1 MiB",
          {
            templates: [
              template({
                ...virtualService,
                spec: { hosts: Array.from({ length: 1 << 15 }, (_, i) => `host-${String(i).padStart(24, "0")}`) },
              }),
            ],
          },
          "BundleTooLarge",
          sentence`spec.templates: templates and overrides are ${"10\\d\\d"} KiB; a revision holds at most 512 KiB: split the bundle into several AccessPoints`,
        ],
        [
          "a roll back to a revision that is not kept",
          { rollout: { rollbackTo: "checkout-0000000000" } },
          "UnknownRevision",
          sentence`spec.rollout.rollbackTo: there is no revision checkout-0000000000; kept are none`,
        ],
      ];
      test.for(reports.map((report, index) => [...report, index] as const))("%s", async ([, options, reason, words, index]) => {
        const scene = await Scene.open(fleet(), `bad-${index}`);
        await scene.apply({ rollout: ALL_AT_ONCE, ...options });
        const { message } = await scene.until("Accepted", { status: "False", reason });
        expect(message).toMatch(words);
        await scene.until("RolloutCompleted", { status: "False", reason: "NotStarted" });
        for (const name of memberNames) expect(await scene.contents(name)).toEqual([]);
      });

      test("and what is there already stays as it is", async () => {
        const scene = await Scene.open(fleet(), "bad-later");
        await scene.apply({ rollout: ALL_AT_ONCE });
        await scene.until("RolloutCompleted");
        const before = await Promise.all(memberNames.map((name) => scene.versions(name)));
        await scene.apply({ rollout: ALL_AT_ONCE, overrides: overrides("/spec/nothing/here") });
        await scene.until("Accepted", { status: "False", reason: "OverrideFailed" });
        expect(await Promise.all(memberNames.map((name) => scene.versions(name)))).toEqual(before);
        await scene.apply({ rollout: ALL_AT_ONCE });
        await scene.until("RolloutCompleted");
      });
    });

    test("one team's brackets, in texts and in depth, are nobody else's trouble", async () => {
      const hostile = await Scene.open(fleet(), "bad-brackets");
      await hostile.apply({ specs: { Service: { ports: nested(1200) } }, rollout: ALL_AT_ONCE });
      const annotations = { text: "[{".repeat(55_000) };
      await hostile.apply({ name: "text", annotations, templates: [template(service)], rollout: ALL_AT_ONCE });
      await hostile.until("RolloutCompleted", {}, "text");
      await controller.stop();
      controller = await runController(fleet().hub);
      const scene = await Scene.open(fleet(), "good-beside");
      await scene.apply({ rollout: ALL_AT_ONCE });
      await scene.until("RolloutCompleted");
    });

    describe("is reported in Scheduled", () => {
      test("a cluster that does not exist", async () => {
        const scene = await Scene.open(fleet(), "bad-cluster");
        await scene.apply({ placement: { clusters: ["lvs-1", "slc-2"] } });
        const { message } = await scene.until("Scheduled", { status: "False", reason: "ClusterNotFound" });
        expect(message).toBe('spec.placement.clusters[1]: there is no MemberCluster "slc-2"; did you mean "slc-1"?');
      });

      test("a placement that matches nothing", async () => {
        const scene = await Scene.open(fleet(), "bad-placement");
        await scene.apply({ placement: { clusterSelector: { matchLabels: { planet: "mars" } } } });
        const { message } = await scene.until("Scheduled", { status: "False", reason: "NoClusters" });
        expect(message).toMatch(
          sentence`spec.placement: none of the 3 member clusters matches: 3 OtherLabels (lvs-1, lvs-2, slc-1)`,
        );
      });

      test("a stage of a zone in which there is nobody: it is not passed over, and neither is its approval", async () => {
        const scene = await Scene.open(fleet(), "bad-zone");
        const stages = [{ name: "canary", zones: ["lvss"], after: [{ type: "Approval" }] }, { name: "rest" }];
        await scene.apply({ placement: { zones: ["lvs", "slcc"] }, rollout: { stages } });
        const { message } = await scene.until("Scheduled", { status: "False", reason: "StageZoneNotFound" });
        expect(message).toBe(
          'spec.rollout.stages[0].zones: stage canary and its gates would be passed over: no MemberCluster is in zone "lvss"; did you mean "lvs"?; spec.placement.zones[1]: no MemberCluster is in zone "slcc"; did you mean "slc"?',
        );
        for (const name of memberNames) expect(await scene.contents(name)).toEqual([]);
      });

      test("a stage that names a cluster that does not exist", async () => {
        const scene = await Scene.open(fleet(), "bad-stage");
        await scene.apply({ rollout: { stages: [{ name: "canary", clusters: ["lvs1"] }] } });
        const { message } = await scene.until("Scheduled", { status: "False", reason: "StageClusterNotFound" });
        expect(message).toBe(
          'spec.rollout.stages[0].clusters: stage canary and its gates would be passed over: there is no MemberCluster "lvs1"; did you mean "lvs-1"?',
        );
        for (const name of memberNames) expect(await scene.contents(name)).toEqual([]);
      });
    });

    describe("is refused by a member: the canary fails, the others are not touched", () => {
      const mend = "; correct it in the template, or in the override that sets it";

      /** The rollout of a bundle ends at its canary, because of this object; the mended bundle goes through. */
      async function fails(
        namespace: string,
        options: CheckoutOptions,
        kind: string,
        words: RegExp,
        before: (scene: Scene) => Promise<void> = async () => {},
      ): Promise<void> {
        const scene = await Scene.open(fleet(), namespace);
        await scene.apply(options);
        await before(scene);
        const { message } = await scene.until("RolloutCompleted", breached);
        expect(message).toContain(`1 failed: lvs-1: ${kind}/checkout: `);
        const { phase, objects } = await scene.clusterStatus("lvs-1");
        expect(phase).toBe("Failed");
        const problem = { kind, name: "checkout", state: "Failed", message: expect.stringMatching(words) };
        expect(objects?.problems).toMatchObject([problem]);
        expect(await scene.contents("slc-1")).toEqual([]);
        await scene.rollOut();
      }

      test("an unknown field in a manifest", async () => {
        const options = { specs: { VirtualService: { htpp: [] } } };
        await fails(
          "refused-field",
          options,
          "VirtualService",
          sentence`lvs-1 refuses it: .spec.htpp: field not declared in schema${mend}`,
        );
      });

      test("a value that may be known to a newer cluster, of which people are warned", async () => {
        const words = sentence`lvs-1 refuses it: ${".*"}spec.sessionAffinity${".*"}${mend}`;
        await fails("refused-value", { specs: { Service: { sessionAffinity: "Sometimes" } } }, "Service", words, async (scene) => {
          const { message } = await scene.until("Accepted", { reason: "ValidWithWarnings" });
          expect(message).toBe(
            'spec.templates: template service-checkout, spec.sessionAffinity of Service/checkout for clusters lvs-1, lvs-2, slc-1: is none of None, ClientIP, and is "Sometimes"',
          );
        });
      });

      test("an immutable field that is changed", async () => {
        const scene = await Scene.open(fleet(), "immutable");
        await scene.rollOut();
        await scene.apply({ specs: { Service: { clusterIP: "None" } } });
        await scene.until("RolloutCompleted", breached);
        const { objects } = await scene.clusterStatus("lvs-1");
        expect(objects?.problems?.[0]?.message).toMatch(
          /^lvs-1 refuses it: .*spec\.clusterIPs?.*; such a field cannot be changed: give the object another name, or delete it in the cluster$/,
        );
        expect(await scene.contents("lvs-1")).toEqual(CHECKOUT);
      });
    });

    describe("credentials of a member", () => {
      const good = () => fleet().member("slc-1").credentials;
      const secrets = () => fleet().hub.client;
      const put = (content: string) =>
        secrets().apply(SECRETS, secret("slc-1", content), { fieldManager: "platform", force: true });

      const cases: readonly [string, () => Promise<unknown>, string, RegExp][] = [
        [
          "a Secret that is missing",
          () => secrets().delete(SECRETS, "slc-1", SYSTEM),
          "SecretNotFound",
          sentence`Secret fap-system/slc-1 does not exist; it should hold a kubeconfig under the key kubeconfig`,
        ],
        [
          "a Secret without the key",
          () => secrets().patch(SECRETS, "slc-1", SYSTEM, { data: { kubeconfig: null, config: "YQ==" } }, "merge"),
          "SecretNotFound",
          sentence`Secret fap-system/slc-1 has no key kubeconfig; it has config`,
        ],
        [
          "an empty Secret",
          () => put(" "),
          "KubeconfigInvalid",
          sentence`Secret fap-system/slc-1, key kubeconfig, is empty; it should hold a kubeconfig`,
        ],
        [
          "garbage",
          () => put("}{ token: s3cr3t"),
          "KubeconfigInvalid",
          /^the Secret's content is not a kubeconfig: it is not YAML of that form$/,
        ],
        [
          "a kubeconfig that runs a program",
          () =>
            put(
              good().replace(
                /client-certificate-data: .*\n\s+client-key-data: .*/,
                "exec: {apiVersion: client.authentication.k8s.io/v1, command: touch}",
              ),
            ),
          "ExecNotAllowed",
          /which is refused; use a token or a client certificate, or start the controller with --allow-exec$/,
        ],
        [
          "a client certificate that expired",
          async () => put(await expiredKubeconfig(good())),
          "Unauthorized",
          sentence`the client certificate expired on ${TIME}: put a new one into the Secret`,
        ],
        [
          "a token that the cluster does not accept",
          () => put(good().replace(/client-certificate-data: .*\n\s+client-key-data: .*/, "token: not-a-token")),
          "Unauthorized",
          sentence`the cluster does not accept the credentials (401): put a valid kubeconfig into the Secret`,
        ],
      ];
      test("credentials that may not read what is delivered", async () => {
        const scene = await Scene.open(fleet(), "credentials-rights");
        await scene.apply({ rollout: ALL_AT_ONCE });
        await scene.until("RolloutCompleted");
        const slc = fleet().member("slc-1");
        const faults = slc.cluster.embedded?.faults;
        try {
          faults?.add({ match: { verb: "list", resource: "gateways.networking.istio.io" }, effect: { type: "status", code: 403 } });
          await fleet().register("slc-1", { zone: "slc", credentials: await tokenKubeconfig(slc, "viewer", "view") });
          const { message } = await memberIs(fleet(), "slc-1", "False", "Forbidden");
          // Several kinds are refused, one after the other: the last word may name another kind than the first.
          const words =
            /the credentials may not do what is needed \(403\): GET \/(api|apis\/networking\.istio\.io)\/v1\/\w+: 403 Forbidden/;
          expect(message).toMatch(words);
          await eventually("the AccessPoint says so too", async () => {
            const entry = await scene.clusterStatus("slc-1");
            expect(entry).toMatchObject({ phase: "Unreachable", message: expect.stringMatching(words) });
          });
        } finally {
          faults?.clear();
          await fleet().register("slc-1", { zone: "slc" });
        }
        await memberIs(fleet(), "slc-1", "True");
        await scene.until("Available");
      });

      test.for(cases)("%s", async ([, spoil, reason, words]) => {
        const scene = await Scene.open(fleet(), `credentials-${reason.toLowerCase()}-${Math.floor(performance.now())}`);
        await scene.apply({ rollout: ALL_AT_ONCE });
        await scene.until("RolloutCompleted");
        try {
          await spoil();
          const { message } = await memberIs(fleet(), "slc-1", "False", reason);
          expect(message).toMatch(words);
          await eventually("the AccessPoint says so too", async () => {
            const entry = await scene.clusterStatus("slc-1");
            expect(entry.phase).toBe("Unreachable");
            expect(entry.message).toContain(message);
          });
        } finally {
          await fleet().register("slc-1", { zone: "slc" });
        }
        await memberIs(fleet(), "slc-1", "True");
        await scene.until("Available");
      });
    });

    test("a member without Istio's CRDs: it says what to install, and goes on by itself once that is done", {
      timeout: 90_000,
    }, async () => {
      const bare = await fleet().add("bare-1", { istio: false });
      onTestFinished(() => fleet().drop("bare-1"));
      await fleet().register("bare-1", { zone: "bare" });
      await memberIs(fleet(), "bare-1", "True");
      const scene = await Scene.open(fleet(), "bare");
      await scene.apply({ placement: { zones: ["bare"] }, rollout: ALL_AT_ONCE });
      const { message } = await scene.until("RolloutCompleted", breached);
      expect(message).toBe(
        "1 failed: bare-1: WorkloadEntry/ledger: bare-1 does not serve WorkloadEntry (networking.istio.io/v1): install its CRD there",
      );

      await define(bare.client, istioDefinitions());
      await eventually("it is written by itself", async () => expect(await scene.contents("bare-1")).toEqual(CHECKOUT));
      await scene.annotate({ "accesspoint.dev/retry": (await scene.status()).updateRevision! });
      await scene.until("RolloutCompleted");
      await scene.delete();
      await fleet().hub.client.delete(MEMBER_CLUSTERS, "bare-1");
      await gone(fleet().hub.client, MEMBER_CLUSTERS, "bare-1");
    });
  });
}
