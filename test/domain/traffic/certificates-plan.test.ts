import { expect, it } from "vitest";
import type { KubeObject } from "../../../src/api/resource.ts";
import { FLEET } from "../../placement/builders.ts";
import { makeCredential, tlsSecret } from "../../support/tls.ts";
import { FakeHub } from "../hub.ts";

const DAY_MS = 86_400_000;

const SERVICE: KubeObject = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { namespace: "istio-ingress", name: "ingress" },
  spec: { type: "LoadBalancer", selector: { istio: "ingressgateway" }, ports: [{ port: 443 }] },
};

const GATEWAY = {
  apiVersion: "networking.istio.io/v1",
  kind: "Gateway",
  metadata: { name: "edge" },
  spec: {
    selector: { istio: "ingressgateway" },
    servers: [
      {
        port: { number: 443, name: "https", protocol: "HTTPS" },
        hosts: ["shop.example.com"],
        tls: { mode: "SIMPLE", credentialName: "shop-tls" },
      },
    ],
  },
};

it("passes wake when a certificate comes to need people, tell it once, and judge the AccessPoint by it", async () => {
  const hub = new FakeHub(
    FLEET.filter(({ name }) => name === "lvs-1"),
    {
      templates: [{ scope: "Cluster", manifest: GATEWAY }],
      placement: { clusters: ["lvs-1"] },
      rollout: { stages: [{ name: "all" }] },
    },
  );
  const began = new Date(hub.now);
  hub.others = [SERVICE, tlsSecret("istio-ingress", "shop-tls", await makeCredential({ now: began, until: 40 }))];
  hub.settle();
  const told: string[] = [];
  const look = () => {
    const { notes, status, wakeAt } = hub.pass();
    const degraded = status.conditions?.find(({ type }) => type === "Degraded");
    const day = Math.round((hub.now - began.getTime()) / DAY_MS);
    told.push(
      `day ${day}: ${status.certificates?.[0]?.state}, Degraded=${degraded?.status} ${degraded?.reason}, ${notes.map(({ reason }) => reason).join() || "nothing said"}`,
    );
    return wakeAt;
  };
  for (let wakeAt = look(); wakeAt; wakeAt = look()) {
    hub.now = wakeAt.getTime() - 1000;
    look();
  }
  expect(told).toEqual([
    "day 0: Ready, Degraded=False AsExpected, nothing said",
    "day 10: Expiring, Degraded=False AsExpected, CertificateExpiring",
    "day 10: Expiring, Degraded=False AsExpected, nothing said",
    "day 33: Expiring, Degraded=True CertificateExpiring, CertificateExpiring",
    "day 33: Expiring, Degraded=True CertificateExpiring, nothing said",
    "day 40: Expired, Degraded=True CertificateUnusable, CertificateExpired",
    "day 40: Expired, Degraded=True CertificateUnusable, nothing said",
  ]);
});
