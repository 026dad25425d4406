import { describe, expect, it } from "vitest";
import { traffic } from "../../../src/api/accesspoint/traffic.ts";
import type { CertificateStatus } from "../../../src/api/accesspoint.ts";
import type { KubeObject } from "../../../src/api/resource.ts";
import type { Manifest } from "../../../src/domain/manifest.ts";
import { withServed } from "../../../src/domain/traffic/certificates/served.ts";
import type { ProbeFacts } from "../../../src/domain/traffic/probes.ts";
import { makeCredential, tlsSecret } from "../../support/tls.ts";
import { surroundingsOf } from "../surroundings.ts";

const manifest = {
  apiVersion: "networking.istio.io/v1",
  kind: "Gateway",
  metadata: { name: "web" },
  spec: {
    selector: { istio: "edge" },
    servers: [
      {
        port: { number: 443, name: "https", protocol: "HTTPS" },
        hosts: ["checkout.example.com"],
        tls: { mode: "SIMPLE", credentialName: "checkout-tls" },
      },
    ],
  },
} as unknown as Manifest;

const installed: CertificateStatus = {
  host: "checkout.example.com",
  secretName: "checkout-tls",
  namespace: "istio-ingress",
  installed: true,
  fingerprint: "sha256:aaaa",
  notAfter: "2026-06-01T00:00:00.000Z",
  state: "Ready",
  reason: "Usable",
};

const since = "2026-01-01T00:00:00Z";
const shows = (fingerprint: string, notAfter = installed.notAfter!): ProbeFacts => ({
  healthy: true,
  since,
  certificate: { fingerprint, notAfter },
});

const look = ({
  answers = {},
  served = {},
  certificate = installed,
  unread = {},
  before = [],
  gateway = manifest,
  secrets = [],
}: {
  gateway?: Manifest;
  secrets?: readonly KubeObject[];
  answers?: Readonly<Record<string, readonly ProbeFacts[]>>;
  served?: object | null;
  certificate?: CertificateStatus;
  unread?: Parameters<typeof surroundingsOf>[1];
  before?: readonly CertificateStatus[];
}) =>
  withServed(
    { certificates: [certificate], needs: [], loading: false },
    {
      manifests: [gateway],
      gateways: [{ name: "web", vips: ["192.0.2.1", "192.0.2.2"], fqdns: [], state: "Ready" }],
      spec: traffic.parse({ certificates: served ? { served } : {} }).certificates,
      surroundings: surroundingsOf(secrets, unread, answers),
      before,
    },
  );

describe("the certificate that is served", () => {
  it("is not asked for unless somebody wants it", () => {
    expect(look({ served: null })).toEqual({ certificates: [installed], needs: [], loading: false });
  });

  it("is asked for at every VIP of the Gateways that name it, by the host that it is for", () => {
    const { needs } = look({ answers: { "192.0.2.1": [shows("aaaa")], "192.0.2.2": [shows("aaaa")] } });
    expect(needs.map(({ probe }) => [probe?.protocol, probe?.address, probe?.port, probe?.host, probe?.certificate])).toEqual([
      ["TLS", "192.0.2.1", 443, "checkout.example.com", true],
      ["TLS", "192.0.2.2", 443, "checkout.example.com", true],
    ]);
  });

  it.each<[string, Parameters<typeof look>[0], CertificateStatus["served"]]>([
    [
      "the installed one everywhere",
      { answers: { "192.0.2.1": [shows("aaaa")], "192.0.2.2": [shows("aaaa")] } },
      { state: "Installed" },
    ],
    [
      "one VIP still serves the one before a renewal",
      { answers: { "192.0.2.1": [shows("aaaa")], "192.0.2.2": [shows("bbbb", "2026-02-01T00:00:00.000Z")] } },
      {
        state: "Other",
        message: "192.0.2.2 serves an older certificate than the installed one: sha256:bbbb, valid until 2026-02-01T00:00:00.000Z",
      },
    ],
    [
      "something else answers there",
      { answers: { "192.0.2.1": [shows("cccc", "2027-01-01T00:00:00.000Z")], "192.0.2.2": [] } },
      {
        state: "Other",
        message: "192.0.2.1 serves another certificate than the installed one: sha256:cccc, valid until 2027-01-01T00:00:00.000Z",
      },
    ],
    [
      "one does not answer",
      {
        answers: {
          "192.0.2.1": [shows("aaaa")],
          "192.0.2.2": [{ healthy: false, since, message: "TLS on port 443: ECONNREFUSED" }],
        },
      },
      { state: "Unknown", message: "192.0.2.2: TLS on port 443: ECONNREFUSED" },
    ],
    [
      "the platform does not let it be asked",
      { unread: { Probe: { state: "Forbidden", message: "not probed: 192.0.2.1 is in no network that may be probed" } } },
      { state: "Unknown", message: "192.0.2.1: not probed: 192.0.2.1 is in no network that may be probed" },
    ],
    [
      "what is served says no time for its end",
      { answers: { "192.0.2.1": [{ healthy: true, since, certificate: { fingerprint: "cccc" } }], "192.0.2.2": [] } },
      {
        state: "Other",
        message: "192.0.2.1 serves another certificate than the installed one: sha256:cccc, with an end that is no time",
      },
    ],
    ["nothing is known yet", { unread: { Probe: { state: "Loading" } } }, undefined],
    [
      "nothing is known yet, but was before a restart",
      { unread: { Probe: { state: "Loading" } }, before: [{ ...installed, served: { state: "Installed" } }] },
      { state: "Installed" },
    ],
    ["nothing is installed that it could be held against", { certificate: { ...installed, fingerprint: undefined } }, undefined],
  ])("%s", (_, situation, served) => {
    expect(look(situation).certificates[0]?.served).toEqual(served);
  });

  it("a wildcard is asked for by a name below it, any host by none, nor what is no host name", () => {
    const named = (host: string) => look({ certificate: { ...installed, host } }).needs[0]?.probe?.host;
    expect([named("*.example.com"), named("*"), named("a一b.example.com")]).toEqual([
      "certificate.example.com",
      undefined,
      undefined,
    ]);
  });

  it("of a pair each is asked for by the kind of its key, whichever is named first", async () => {
    const [rsa, ecdsa] = await Promise.all([makeCredential({ rsaBits: 2048 }), makeCredential()]);
    const secrets = [tlsSecret("istio-ingress", "one", ecdsa), tlsSecret("istio-ingress", "two", rsa)];
    const pair = structuredClone(manifest) as unknown as { spec: { servers: { tls: object }[] } };
    pair.spec.servers[0]!.tls = { mode: "SIMPLE", credentialNames: ["one", "two"] };
    const algorithms = ["one", "two"].map((secretName) => {
      const { needs } = look({ gateway: pair as unknown as Manifest, secrets, certificate: { ...installed, secretName } });
      return needs.map(({ probe }) => probe?.algorithm);
    });
    expect(algorithms).toEqual([
      ["ECDSA", "ECDSA"],
      ["RSA", "RSA"],
    ]);
  });
});
