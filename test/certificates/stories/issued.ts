import { describe, expect, onTestFinished, test } from "vitest";
import { CERTIFICATES, SECRETS } from "../../../src/api/kinds.ts";
import type { KubeObject } from "../../../src/kube/resource.ts";
import { Scene } from "../../e2e/scene.ts";
import { find, gone, type TestFleet } from "../../support/fleet.ts";
import { define } from "../../support/istio.ts";
import { peerDefinition } from "../../support/peers.ts";
import { type Credential, makeCredential, tlsSecret } from "../../support/tls.ts";
import { eventually } from "../../support/wait.ts";
import type { Stage } from "./index.ts";
import { certificateIs, GATEWAYS, install, shop } from "./shop.ts";

const TRAFFIC = { certificates: { issuerRef: { name: "corp-ca" } } };

/** What cert-manager does in a member, done by the test. */
class CertManager {
  readonly #fleet: TestFleet;
  readonly #cluster: string;

  constructor(fleet: TestFleet, cluster = "lvs-1") {
    this.#fleet = fleet;
    this.#cluster = cluster;
  }

  certificate(name: string): Promise<KubeObject | undefined> {
    return find(this.#fleet.member(this.#cluster).client, CERTIFICATES, name, GATEWAYS);
  }

  written(name: string): Promise<KubeObject> {
    return eventually(`Certificate ${name} is written`, async () => {
      const found = await this.certificate(name);
      if (!found) throw new Error("it is not there");
      return found;
    });
  }

  async say(name: string, status: object): Promise<void> {
    const { client } = this.#fleet.member(this.#cluster);
    const { metadata } = await client.get(CERTIFICATES, name, GATEWAYS);
    const body = {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: { name, namespace: GATEWAYS, resourceVersion: metadata.resourceVersion },
      status,
    };
    await client.patch(CERTIFICATES, name, GATEWAYS, body, "merge", { subresource: "status", fieldManager: "cert-manager" });
  }

  /** Writes the Secret as the Certificate asks for it, and says so. */
  async issue(name: string, revision: number, credential: Credential, renewalTime: string): Promise<void> {
    const { spec } = (await this.certificate(name)) as { spec?: { secretTemplate?: { annotations?: Record<string, string> } } };
    const annotations = { ...spec?.secretTemplate?.annotations, "cert-manager.io/certificate-name": name };
    await install(this.#fleet, this.#cluster, tlsSecret(GATEWAYS, name, credential, annotations));
    await this.say(name, { conditions: [condition("Ready", "True", "it is up to date")], revision, renewalTime });
  }
}

const condition = (type: string, status: string, message: string) => ({ type, status, message, reason: "Test" });

/** Certificates that are issued because an AccessPoint names an issuer. */
export function issuedStory(stage: () => Stage): void {
  describe("a certificate that is issued", () => {
    /** The Secret stays when its Certificate goes, as cert-manager leaves it. */
    const secretsGo = (...names: readonly string[]) =>
      onTestFinished(async () => {
        for (const { client } of stage().fleet.members)
          for (const name of names) if (await find(client, SECRETS, name, GATEWAYS)) await client.delete(SECRETS, name, GATEWAYS);
      });

    test("is asked for, waited for, told, renewed, and taken back with the AccessPoint", async () => {
      const { fleet } = stage();
      const manager = new CertManager(fleet);
      secretsGo("issued-tls");
      const scene = await Scene.open(fleet, "issued");
      await scene.apply(shop("issued-tls", { traffic: TRAFFIC, rollout: { stages: [{ name: "all" }], verify: ["Certificates"] } }));
      const { metadata, spec } = await manager.written("issued-tls");
      expect(spec).toMatchObject({ secretName: "issued-tls", dnsNames: ["shop.example.com"], issuerRef: { name: "corp-ca" } });
      expect(metadata.annotations).toMatchObject({ "accesspoint.dev/owner": "issued/checkout" });
      await certificateIs(scene, { state: "Pending", reason: "Issuing" });
      await manager.say("issued-tls", {
        conditions: [condition("Ready", "False", "not there"), condition("Issuing", "True", "waiting for approval by corp-ca")],
      });
      await certificateIs(scene, { state: "Pending", message: "waiting for approval by corp-ca" });
      expect((await scene.status()).rollout?.phase).toBe("Progressing");
      expect((await scene.clusterStatus("lvs-1")).phase).toBe("Verifying");

      const renewalTime = `${new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 19)}Z`;
      await manager.issue("issued-tls", 1, await makeCredential({ until: 20 }), renewalTime);
      await certificateIs(scene, { state: "Ready", reason: "Usable", version: "1", renewalTime });
      await scene.until("RolloutCompleted");
      const refusal = condition("Issuing", "False", "the account is suspended");
      await manager.say("issued-tls", { conditions: [condition("Ready", "True", "it is up to date"), refusal] });
      await certificateIs(scene, { state: "Ready", reason: "NotRenewed" });
      await scene.event(/CertificateNotRenewed: certificate issued-tls .*the account is suspended/);
      await scene.until("Degraded", { status: "False" });
      await manager.issue("issued-tls", 2, await makeCredential(), "2099-02-01T00:00:00Z");
      await certificateIs(scene, { state: "Ready", version: "2" });
      await scene.event(/CertificateRenewed: certificate issued-tls/);

      await scene.delete();
      await gone(fleet.member("lvs-1").client, CERTIFICATES, "issued-tls", GATEWAYS);
      expect(await find(fleet.member("lvs-1").client, SECRETS, "issued-tls", GATEWAYS)).toBeDefined();
    });

    test("names another host when the Gateway does", async () => {
      const { fleet } = stage();
      const manager = new CertManager(fleet);
      secretsGo("moved-tls");
      const scene = await Scene.open(fleet, "certificate-moved");
      await scene.apply(shop("moved-tls", { traffic: TRAFFIC }));
      await manager.written("moved-tls");
      await manager.issue("moved-tls", 1, await makeCredential(), "2099-01-01T00:00:00Z");
      await certificateIs(scene, { state: "Ready" });
      await scene.apply(shop("moved-tls", { traffic: TRAFFIC }, "pay.example.com"));
      await eventually("the Certificate names it", async () =>
        expect((await manager.written("moved-tls"))["spec"]).toMatchObject({ dnsNames: ["pay.example.com"] }),
      );
      await manager.say("moved-tls", { conditions: [condition("Issuing", "True", "names have changed")] });
      await certificateIs(scene, { state: "Pending", message: "names have changed" });
      await manager.issue("moved-tls", 2, await makeCredential({ hosts: ["pay.example.com"] }), "2099-01-01T00:00:00Z");
      await certificateIs(scene, { state: "Ready", version: "2", host: "pay.example.com" });
      await scene.until("RolloutCompleted");
    });

    test("does not write over another team's Certificate or Secret, whatever sync says", async () => {
      const { fleet } = stage();
      const manager = new CertManager(fleet);
      secretsGo("taken-tls", "bank-tls");
      const theirs = await Scene.open(fleet, "certificate-theirs");
      await theirs.apply(shop("taken-tls", { traffic: TRAFFIC }));
      await manager.written("taken-tls");
      await theirs.until("RolloutCompleted");

      const ours = await Scene.open(fleet, "certificate-ours");
      const sync = { whenAlreadyExists: "TakeOver" };
      await ours.apply(shop("taken-tls", { traffic: TRAFFIC, sync }, "evil.example.com"));
      const { message } = await ours.until("Applied", { status: "False", reason: "Conflict" });
      expect(message).toContain(
        "Certificate/taken-tls: it belongs to AccessPoint certificate-theirs/checkout; remove it from one of the two bundles",
      );
      expect((await manager.written("taken-tls"))["spec"]).toMatchObject({ dnsNames: ["shop.example.com"] });
      await ours.delete();
      expect((await manager.written("taken-tls"))["spec"]).toMatchObject({ dnsNames: ["shop.example.com"] });

      await install(fleet, "lvs-1", tlsSecret(GATEWAYS, "bank-tls", await makeCredential()));
      await ours.apply(shop("bank-tls", { traffic: TRAFFIC, sync }, "evil.example.com"));
      const refusal = await ours.until("Applied", { status: "False", reason: "Conflict" });
      expect(refusal.message).toContain(
        "Certificate/bank-tls: Secret istio-ingress/bank-tls exists already and was not issued for an AccessPoint: use another credentialName, or delete it",
      );
      expect(await manager.certificate("bank-tls")).toBeUndefined();
    });

    test("is refused where the platform allows none, and for any host", async () => {
      const scene = await Scene.open(stage().fleet, "refused");
      const traffic = { certificates: { ...TRAFFIC.certificates, namespace: "bank" } };
      await scene.apply(shop("refused-tls", { traffic }));
      const { message } = await scene.until("Accepted", { status: "False", reason: "ForeignNamespace" });
      expect(message).toContain("the platform allows refused, istio-ingress, istio-system (--certificate-namespaces)");
      await scene.apply(shop("refused-tls", { traffic: TRAFFIC }, "*"));
      await scene.until("Accepted", { status: "False", reason: "CertificateNotIssuable" });
    });

    test("waits for cert-manager where it is missing, says so, and goes on once it is installed", async () => {
      const { fleet } = stage();
      const manager = new CertManager(fleet, "slc-1");
      const scene = await Scene.open(fleet, "absent");
      await scene.apply(shop("absent-tls", { traffic: TRAFFIC, placement: { clusters: ["slc-1"] } }));
      const { message } = await scene.until("Applied", { status: "False", reason: "Waiting" });
      expect(message).toBe(
        "slc-1: Certificate/absent-tls: slc-1 does not serve Certificate (cert-manager.io/v1): install cert-manager there",
      );
      expect((await scene.clusterStatus("slc-1")).phase).toBe("Applying");
      await scene.until("RolloutCompleted", { status: "False", reason: "InProgress" });
      await define(fleet.member("slc-1").client, [peerDefinition(CERTIFICATES)]);
      await manager.written("absent-tls");
      await scene.until("RolloutCompleted");
      await certificateIs(scene, { state: "Pending" }, "slc-1");
    });
  });
}
