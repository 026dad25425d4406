import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { SECRETS } from "../../../src/api/kinds.ts";
import type { KubeObject } from "../../../src/kube/resource.ts";
import { Scene } from "../../e2e/scene.ts";
import { find } from "../../support/fleet.ts";
import { WriteRecorder } from "../../support/recorder.ts";
import { type Credential, makeCredential, secretOf, tlsSecret } from "../../support/tls.ts";
import { eventually } from "../../support/wait.ts";
import type { Stage } from "./index.ts";
import { certificateIs, GATEWAYS, install, shop } from "./shop.ts";

/** Certificates that a platform team puts into the members by hand. */
export function installedStory(stage: () => Stage): void {
  describe("a certificate that somebody installs", () => {
    /** A Secret's name of the test's own; the Secret goes when the test ends. */
    const secretFor = (name: string): string => {
      onTestFinished(async () => {
        for (const { client } of stage().fleet.members)
          if (await find(client, SECRETS, name, GATEWAYS)) await client.delete(SECRETS, name, GATEWAYS);
      });
      return name;
    };

    test("is seen in every state that it comes to, and nothing of its key is ever told", async () => {
      const { fleet, controller } = stage();
      const scene = await Scene.open(fleet, "certificate-states");
      const name = secretFor("states-tls");
      const [good, other, elsewhere, expired, tomorrow, month, week, weak] = await Promise.all([
        makeCredential(),
        makeCredential(),
        makeCredential({ hosts: ["other.example.com"] }),
        makeCredential({ until: -0.1 }),
        makeCredential({ from: 1 }),
        makeCredential({ until: 20 }),
        makeCredential({ until: 3 }),
        makeCredential({ rsaBits: 1024 }),
      ] as const);
      await scene.apply(shop(name));
      await scene.until("RolloutCompleted");
      await certificateIs(scene, { state: "Missing", reason: "SecretNotFound", installed: false });
      const { message } = await scene.until("Degraded", { reason: "CertificateUnusable" });
      expect(message).toContain("Secret istio-ingress/states-tls does not exist");
      expect((await fleet.hub.kubectl.run("get fap checkout -n certificate-states -o wide --no-headers")).stdout).toContain(
        message,
      );

      const tls = (credential: Credential) => tlsSecret(GATEWAYS, name, credential);
      const states: readonly (readonly [state: string, reason: string, secret: KubeObject])[] = [
        ["Invalid", "KeysMissing", secretOf(GATEWAYS, name, { "tls.crt": good.certificate })],
        ["Invalid", "Unreadable", secretOf(GATEWAYS, name, { "tls.crt": "hello", "tls.key": good.key })],
        ["Invalid", "KeyMismatch", secretOf(GATEWAYS, name, { "tls.crt": good.certificate, "tls.key": other.key })],
        ["Invalid", "KeyTooWeak", tls(weak)],
        ["NotYetValid", "NotYetValid", tls(tomorrow)],
        ["Expired", "Expired", tls(expired)],
        ["Invalid", "HostsNotCovered", tls(elsewhere)],
        ["Expiring", "ExpiresWithin7Days", tls(week)],
        ["Expiring", "ExpiresWithin30Days", tls(month)],
        ["Ready", "ChainBroken", tls({ ...good, intermediate: other.intermediate })],
        ["Ready", "Usable", tls(good)],
      ];
      for (const [state, reason, secret] of states) {
        await install(fleet, "lvs-1", secret);
        await certificateIs(scene, { state, reason } as never);
      }
      await scene.until("Degraded", { status: "False" });
      await scene.event(/CertificateExpired: certificate states-tls for shop\.example\.com in lvs-1: it expired at/);
      await scene.event(/CertificateExpiring: certificate states-tls for shop\.example\.com in lvs-1: it expires at/);

      const told = JSON.stringify([await scene.accessPoint(), await scene.events(), controller.log]);
      // What all keys of a kind begin with is no secret.
      for (const { key } of [good, other, elsewhere, expired, tomorrow, month, week, weak])
        for (const text of [key, Buffer.from(key).toString("base64")].flatMap((form) => form.match(/[A-Za-z0-9+/]{24}/g) ?? []))
          if (!good.key.includes(text) || !other.key.includes(text)) expect(told).not.toContain(text);

      await fleet.member("lvs-1").client.delete(SECRETS, name, GATEWAYS);
      await certificateIs(scene, { state: "Missing", reason: "SecretNotFound", installed: false });
      await scene.event(/CertificateMissing: certificate states-tls/);
    });

    test("and replaced all the time costs the hub one write a second", async () => {
      const { fleet } = stage();
      const scene = await Scene.open(fleet, "restless");
      const name = secretFor("restless-tls");
      const credentials = await Promise.all([makeCredential(), makeCredential({ until: -0.1 })]);
      const secrets = credentials.map((credential) => tlsSecret(GATEWAYS, name, credential));
      await install(fleet, "lvs-1", secrets[0]!);
      await scene.apply(shop(name));
      await scene.until("RolloutCompleted");
      await certificateIs(scene, { state: "Ready" });

      const recorder = await WriteRecorder.start([], fleet.hub);
      onTestFinished(() => recorder.stop());
      const began = performance.now();
      for (let turn = 1; performance.now() - began < 5000; turn++) {
        await install(fleet, "lvs-1", secrets[turn % 2]!);
        await delay(30);
      }
      const times = recorder.reports("restless").map(({ at }) => at);
      const inWorstSecond = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1000).length));
      expect(times.length).toBeGreaterThanOrEqual(3);
      expect(times.length).toBeLessThanOrEqual(6);
      // Two, where the first of them was heard of late.
      expect(inWorstSecond).toBeLessThanOrEqual(2);
      await install(fleet, "lvs-1", secrets[0]!);
      await certificateIs(scene, { state: "Ready" });
      await scene.until("Degraded", { status: "False" });
    });

    test("holds a rollout that asks for it, as something that is waited for", async () => {
      const { fleet } = stage();
      const scene = await Scene.open(fleet, "verified");
      const name = secretFor("verified-tls");
      await scene.apply(shop(name, { rollout: { stages: [{ name: "all" }], verify: ["Certificates"] } }));
      await certificateIs(scene, { state: "Missing" });
      await eventually("it is being verified", async () => {
        const { phase, message } = await scene.clusterStatus("lvs-1");
        expect({ phase, message }).toEqual({
          phase: "Verifying",
          message: `certificate ${name} for shop.example.com: Secret istio-ingress/${name} does not exist: create it, or let it be issued with traffic.certificates.issuerRef`,
        });
      });
      expect((await scene.status()).rollout?.phase).toBe("Progressing");
      await install(fleet, "lvs-1", tlsSecret(GATEWAYS, name, await makeCredential()));
      await scene.until("RolloutCompleted");
    });

    test("has another version when it was renewed, and clusters that have another one are told apart", async () => {
      const { fleet, controller } = stage();
      const scene = await Scene.open(fleet, "renewed");
      const name = secretFor("renewed-tls");
      const [first, second] = await Promise.all([makeCredential(), makeCredential({ until: 60 })]);
      for (const cluster of ["lvs-1", "slc-1"]) await install(fleet, cluster, tlsSecret(GATEWAYS, name, first));
      await scene.apply(shop(name, { placement: { clusters: ["lvs-1", "slc-1"] } }));
      await scene.until("RolloutCompleted");
      const before = await certificateIs(scene, { state: "Ready" });
      expect(await certificateIs(scene, { state: "Ready" }, "slc-1")).toEqual(before);
      const { certificates, certificateExpiry } = await scene.status();
      expect(certificates).toEqual([
        { host: "shop.example.com", secretName: name, clusters: 2, usable: 2, state: "Ready", notAfter: before.notAfter },
      ]);
      expect(certificateExpiry).toBe(before.notAfter);
      expect(await controller.count("fap_certificate_expiry_timestamp_seconds", { namespace: "renewed", name: "checkout" })).toBe(
        Date.parse(before.notAfter!) / 1000,
      );

      await install(fleet, "lvs-1", tlsSecret(GATEWAYS, name, second));
      await scene.event(/CertificateRenewed: certificate renewed-tls for shop\.example\.com in lvs-1: version \w+ was replaced by/);
      const after = await certificateIs(scene, { state: "Ready" });
      expect([after.version, after.serial, after.fingerprint]).not.toEqual([before.version, before.serial, before.fingerprint]);
      expect((await scene.status()).certificates?.[0]?.message).toBe(
        `versions differ: ${after.version}, valid until ${after.notAfter}, in lvs-1; ${before.version}, valid until ${before.notAfter}, in slc-1`,
      );
    });

    test("is not written about again and again", async () => {
      const { fleet } = stage();
      const scene = await Scene.open(fleet, "quiet");
      const name = secretFor("quiet-tls");
      await install(fleet, "lvs-1", tlsSecret(GATEWAYS, name, await makeCredential({ until: 20 })));
      await scene.apply(shop(name));
      await scene.until("RolloutCompleted");
      await certificateIs(scene, { state: "Expiring" });
      const version = async () => (await scene.accessPoint()).metadata.resourceVersion;
      const before = await version();
      // Another AccessPoint's pass, the same Secret, nothing new.
      await install(fleet, "lvs-1", { ...tlsSecret(GATEWAYS, "unrelated", await makeCredential()) });
      secretFor("unrelated");
      await scene.annotate({ note: "look again" });
      const noted = await version();
      expect(noted).not.toBe(before);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      expect(await version()).toBe(noted);
      const events = (await scene.events()).filter((event) => event.startsWith("CertificateExpiring"));
      expect(events).toHaveLength(1);
    });
  });
}
