// The certificate library asks for it, before it is loaded itself.
import "reflect-metadata";
import { generateKeyPairSync } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { beforeAll, describe, expect, it } from "vitest";
import type { CertificateStatus, CertificatesSpec } from "../../../src/api/accesspoint.ts";
import type { KubeObject } from "../../../src/api/resource.ts";
import type { Manifest } from "../../../src/domain/manifest.ts";
import { credentialFacts } from "../../../src/domain/traffic/certificates/credential.ts";
import { certificatesOf } from "../../../src/domain/traffic/certificates.ts";
import { exposureOf } from "../../../src/domain/traffic/exposure.ts";
import { type Credential, makeCredential, secretOf, tlsSecret } from "../../support/tls.ts";
import { surroundingsOf } from "../surroundings.ts";
import { WAYS } from "./builders.ts";

const NOW = new Date("2026-03-01T00:00:00Z");
const HOST = "shop.example.com";

const server = (tls: object, hosts: readonly string[] = [`shop/${HOST}`]) => ({
  port: { number: 443, name: "https", protocol: "HTTPS" },
  hosts,
  tls,
});

const gateway = (
  servers: readonly object[] = [server({ mode: "SIMPLE", credentialName: "shop-tls" })],
  name = "edge",
): Manifest => ({
  apiVersion: "networking.istio.io/v1",
  kind: "Gateway",
  metadata: { name, namespace: "shop" },
  spec: { selector: { istio: "ingressgateway" }, servers },
});

/** A Service that exposes the gateway's pods in its namespace. */
const exposing = (namespace = "istio-ingress"): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { namespace, name: "ingress" },
  spec: { type: "LoadBalancer", selector: { istio: "ingressgateway" }, ports: [{ port: 443 }] },
});

const maker = (status: object, spec: object = {}): KubeObject => ({
  apiVersion: "cert-manager.io/v1",
  kind: "Certificate",
  metadata: { namespace: "istio-ingress", name: "shop-tls", generation: 2 },
  spec: { secretName: "shop-tls", dnsNames: [HOST], ...spec },
  status,
});

const ready = (more: object = {}, ...conditions: readonly object[]) => ({
  conditions: [{ type: "Ready", status: "True", message: "it is up to date", observedGeneration: 2 }, ...conditions],
  ...more,
});
const failing = (message: string) => ({
  conditions: [{ type: "Ready", status: "False", message, observedGeneration: 2 }],
});
const issuing = (message: string) => ({
  conditions: [
    { type: "Ready", status: "False", message: "not there", observedGeneration: 2 },
    { type: "Issuing", status: "True", message, observedGeneration: 2 },
  ],
});

interface Case {
  readonly gateways?: readonly Manifest[];
  readonly objects?: readonly KubeObject[];
  readonly spec?: CertificatesSpec;
  readonly unread?: Parameters<typeof surroundingsOf>[1];
  readonly before?: readonly CertificateStatus[];
  readonly now?: Date;
  /** Default: exposed in istio-ingress. */
  readonly services?: readonly KubeObject[];
}

function look({ gateways = [gateway()], objects = [], spec, unread = {}, before = [], now = NOW, services = [exposing()] }: Case) {
  const surroundings = surroundingsOf([...services, ...objects], unread);
  return certificatesOf({
    manifests: gateways,
    namespace: "shop",
    spec,
    exposure: (view) => exposureOf(view, { ...WAYS, surroundings }),
    surroundings,
    before,
    now,
  });
}

const ISSUER: CertificatesSpec = { issuerRef: { name: "corp-ca", kind: "ClusterIssuer", group: "cert-manager.io" } };

describe("what a Secret holds", () => {
  let good: Credential;
  beforeAll(async () => {
    good = await makeCredential({ now: NOW });
  });

  it("is told without the key, and without anything that tells it", () => {
    const facts = credentialFacts(tlsSecret("istio-ingress", "shop-tls", good));
    expect(facts).toEqual({
      namespace: "istio-ingress",
      name: "shop-tls",
      missing: [],
      unreadable: [],
      keyOf: 0,
      chainNotAfter: expect.any(String),
      leaf: {
        serial: expect.stringMatching(/^[0-9a-f]+$/),
        fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
        issuer: "CN=Test Root Intermediate",
        notBefore: "2026-02-28T00:00:00Z",
        notAfter: "2026-05-30T00:00:00Z",
        names: [HOST],
        addresses: [],
        algorithm: "ECDSA",
      },
    });
    const kept = JSON.stringify(facts);
    for (const line of good.key.split("\n").filter((text) => text.length > 20 && !text.startsWith("-----")))
      expect(kept).not.toContain(line.slice(0, 20));
  });

  it("is read as Istio reads it: cert and key before tls.crt and tls.key", async () => {
    const other = await makeCredential({ now: NOW, hosts: ["other.example.com"] });
    const both = secretOf("n", "s", { cert: good.certificate, key: good.key, "tls.crt": other.certificate, "tls.key": other.key });
    expect(credentialFacts(both)).toMatchObject({ keyOf: 0, leaf: { names: [HOST] } });
  });

  it.each([
    ["nothing", {}],
    ["a list for data", { data: ["x"] }],
    ["a number for a key", { data: { "tls.crt": 5, "tls.key": null } }],
    ["what is no base64", { data: { "tls.crt": "%%%", "tls.key": "%%%" } }],
    ["a file that is too long", { data: { "tls.crt": "A".repeat(1 << 20), "tls.key": "AAAA" } }],
  ])("does not throw at %s", (_, more) => {
    const facts = credentialFacts({ apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, ...more });
    expect(facts.leaf).toBeUndefined();
    expect([...facts.missing, ...facts.unreadable]).not.toEqual([]);
  });
});

describe("how a certificate stands", () => {
  const credentials: Record<string, Credential> = {};
  beforeAll(async () => {
    const make = async (name: string, options: Parameters<typeof makeCredential>[0] = {}) => {
      credentials[name] = await makeCredential({ now: NOW, ...options });
    };
    await Promise.all([
      make("good"),
      make("other"),
      make("wildcard", { hosts: ["*.example.com"] }),
      make("deep", { hosts: ["*.com"] }),
      make("none", { hosts: [] }),
      make("elsewhere", { hosts: ["a.test", "b.test", "c.test", "d.test"] }),
      make("expired", { until: -0.5 }),
      make("tomorrow", { from: 1 }),
      make("month", { until: 29 }),
      make("week", { until: 6 }),
      make("weak", { rsaBits: 1024 }),
      make("strong", { rsaBits: 2048 }),
      make("client", { usages: ["1.3.6.1.5.5.7.3.2"] }),
      make("any", { usages: [] }),
      make("oldChain", { intermediateUntil: -1 }),
      make("shortChain", { intermediateUntil: 5 }),
      make("twoChains", { formerIntermediateUntil: -1 }),
      make("oldRoot", { rootUntil: -1 }),
      make("ancient", { now: new Date("2016-02-29T00:00:00Z") }),
      make("many", { hosts: [...Array.from({ length: 500 }, (_, index) => `h${index}.test`), HOST] }),
      make("address", { hosts: ["192.0.2.2"], addresses: ["192.0.2.1"] }),
      make("signing", { keyUsage: x509.KeyUsageFlags.digitalSignature }),
      make("encrypting", { keyUsage: x509.KeyUsageFlags.keyEncipherment }),
      make("rsaEncrypting", { rsaBits: 2048, keyUsage: x509.KeyUsageFlags.keyEncipherment }),
      make("rsaAuthority", { rsaBits: 2048, keyUsage: x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign }),
      make("ed25519", { keys: generateKeyPairSync("ed25519") }),
      make("rsa-pss", { keys: generateKeyPairSync("rsa-pss", { modulusLength: 2048 }) }),
      ...["secp224r1", "secp256k1", "secp384r1", "secp521r1", "brainpoolP256r1"].map((namedCurve) =>
        make(namedCurve, { keys: generateKeyPairSync("ec", { namedCurve }) }),
      ),
    ]);
  });
  const secret = (name: string, annotations: Record<string, string> = {}) =>
    tlsSecret("istio-ingress", "shop-tls", credentials[name]!, annotations);
  const files = (texts: () => Record<string, string>) => secretOf("istio-ingress", "shop-tls", texts());
  const at = (name: string) => credentials[name]!;
  const mutual = (tls: object = {}) => [gateway([server({ mode: "MUTUAL", credentialName: "shop-tls", ...tls })])];
  const made = { "cert-manager.io/certificate-name": "shop-tls" };
  const withAuthority = (name: string) =>
    files(() => ({ "tls.crt": at(name).certificate + at(name).intermediate, "tls.key": at(name).key, "ca.crt": at(name).root }));
  const beside = (texts: Record<string, string>) => secretOf("istio-ingress", "shop-tls-cacert", texts);

  it.each<[string, () => Case, string, string, string?]>([
    ["it is good", () => ({ objects: [secret("good")] }), "Ready", "Usable"],
    ["RSA with 2048 bits is good", () => ({ objects: [secret("strong")] }), "Ready", "Usable"],
    ["one for any use is good", () => ({ objects: [secret("any")] }), "Ready", "Usable"],
    [
      "there is no Secret",
      () => ({}),
      "Missing",
      "SecretNotFound",
      "Secret istio-ingress/shop-tls does not exist: create it, or let it be issued with traffic.certificates.issuerRef",
    ],
    [
      "the key is not there",
      () => ({ objects: [files(() => ({ "tls.crt": at("good").certificate }))] }),
      "Invalid",
      "KeysMissing",
      "Secret istio-ingress/shop-tls has no tls.key",
    ],
    [
      "the key is not there, in Istio's own form",
      () => ({ objects: [files(() => ({ cert: at("good").certificate }))] }),
      "Invalid",
      "KeysMissing",
      "Secret istio-ingress/shop-tls has no key",
    ],
    [
      "it is empty",
      () => ({ objects: [files(() => ({}))] }),
      "Invalid",
      "KeysMissing",
      "Secret istio-ingress/shop-tls has no tls.crt and no tls.key",
    ],
    [
      "neither is PEM",
      () => ({ objects: [files(() => ({ "tls.crt": "hello", "tls.key": "world" }))] }),
      "Invalid",
      "Unreadable",
      "the certificate and the key in Secret istio-ingress/shop-tls cannot be parsed",
    ],
    [
      "the key is another one's",
      () => ({ objects: [files(() => ({ "tls.crt": at("good").certificate, "tls.key": at("other").key }))] }),
      "Invalid",
      "KeyMismatch",
      "the key belongs to another certificate than the one beside it",
    ],
    [
      "the leaf comes last",
      () => ({
        objects: [files(() => ({ "tls.crt": at("good").intermediate + at("good").certificate, "tls.key": at("good").key }))],
      }),
      "Invalid",
      "KeyMismatch",
      "the key belongs to certificate 2 of the file: put that one first",
    ],
    [
      "the key is weak",
      () => ({ objects: [secret("weak")] }),
      "Invalid",
      "KeyTooWeak",
      "its key is RSA with 1024 bits; Envoy takes RSA from 2048 bits, and ECDSA on P-256, P-384 or P-521",
    ],
    ["ECDSA on P-384 is good", () => ({ objects: [secret("secp384r1")] }), "Ready", "Usable"],
    ["ECDSA on P-521 is good", () => ({ objects: [secret("secp521r1")] }), "Ready", "Usable"],
    ...["secp224r1", "secp256k1", "brainpoolP256r1"].map((curve): [string, () => Case, string, string, string] => [
      `the key is ECDSA on ${curve}`,
      () => ({ objects: [secret(curve)] }),
      "Invalid",
      "KeyTooWeak",
      `its key is ECDSA on the curve ${curve}; Envoy takes RSA from 2048 bits, and ECDSA on P-256, P-384 or P-521`,
    ]),
    [
      "the key is Ed25519",
      () => ({ objects: [secret("ed25519")] }),
      "Ready",
      "NotForAllClients",
      "its key is of the kind ed25519: browsers and others refuse it",
    ],
    [
      "the key is one of RSA-PSS",
      () => ({ objects: [secret("rsa-pss")] }),
      "Invalid",
      "KeyTooWeak",
      "its key is of the kind rsa-pss; Envoy takes RSA from 2048 bits, and ECDSA on P-256, P-384 or P-521",
    ],
    ["its key may sign", () => ({ objects: [secret("signing")] }), "Ready", "Usable"],
    [
      "its key may not sign",
      () => ({ objects: [secret("encrypting")] }),
      "Invalid",
      "NotForServers",
      "its key usage does not name digital signatures",
    ],
    [
      "it is a CA's",
      () => ({ objects: [secret("rsaAuthority")] }),
      "Invalid",
      "NotForServers",
      "its key usage does not name digital signatures",
    ],
    [
      "its RSA key may encrypt, and not sign",
      () => ({ objects: [secret("rsaEncrypting")] }),
      "Ready",
      "NotForAllClients",
      "its key usage does not name digital signatures: browsers and others refuse it",
    ],
    [
      "what stands behind it is cut off",
      () => ({
        objects: [
          files(() => ({
            "tls.crt": at("good").certificate + at("good").intermediate.slice(0, 200),
            "tls.key": at("good").key,
          })),
        ],
      }),
      "Invalid",
      "Unreadable",
      "the certificate in Secret istio-ingress/shop-tls cannot be parsed",
    ],
    ["it is for more hosts than anybody reads", () => ({ objects: [secret("many")] }), "Ready", "Usable"],
    [
      "it is for an address",
      () => ({
        gateways: [gateway([server({ mode: "SIMPLE", credentialName: "shop-tls" }, ["192.0.2.1"])])],
        objects: [secret("address")],
      }),
      "Ready",
      "Usable",
    ],
    [
      "an address is no DNS name",
      () => ({
        gateways: [gateway([server({ mode: "SIMPLE", credentialName: "shop-tls" }, ["192.0.2.2"])])],
        objects: [secret("address")],
      }),
      "Invalid",
      "HostsNotCovered",
      "it is for 192.0.2.2, 192.0.2.1, not for 192.0.2.2",
    ],
    [
      "it is for clients",
      () => ({ objects: [secret("client")] }),
      "Invalid",
      "NotForServers",
      "its extended key usage does not name server authentication",
    ],
    [
      "it is not valid yet",
      () => ({ objects: [secret("tomorrow")] }),
      "NotYetValid",
      "NotYetValid",
      "it becomes valid at 2026-03-02T00:00:00Z",
    ],
    ["it has expired", () => ({ objects: [secret("expired")] }), "Expired", "Expired", "it expired at 2026-02-28T12:00:00Z"],
    [
      "its intermediate has expired",
      () => ({ objects: [secret("oldChain")] }),
      "Expired",
      "Expired",
      "an intermediate certificate that is sent with it expired at 2026-02-28T00:00:00Z",
    ],
    [
      "its intermediate expires soon",
      () => ({ objects: [secret("shortChain")] }),
      "Expiring",
      "ExpiresWithin7Days",
      "an intermediate certificate that is sent with it expires at 2026-03-06T00:00:00Z",
    ],
    [
      "its intermediate expires before cert-manager renews it",
      () => ({ objects: [secret("shortChain", made), maker(ready({ renewalTime: "2026-04-30T00:00:00Z" }))] }),
      "Expiring",
      "ExpiresWithin7Days",
      "an intermediate certificate that is sent with it expires at 2026-03-06T00:00:00Z; cert-manager has not renewed it",
    ],
    [
      "its intermediate was renewed, and the old one is sent, too",
      () => ({
        objects: [
          files(() => ({
            "tls.crt": at("twoChains").certificate + at("twoChains").formerIntermediate + at("twoChains").intermediate,
            "tls.key": at("twoChains").key,
          })),
        ],
      }),
      "Ready",
      "ChainBroken",
      "certificate 3 of the file did not sign certificate 2: some clients will refuse it",
    ],
    [
      "its own root, which nobody needs to be sent, has expired",
      () => ({
        objects: [
          files(() => ({
            "tls.crt": at("oldRoot").certificate + at("oldRoot").intermediate + at("oldRoot").root,
            "tls.key": at("oldRoot").key,
          })),
        ],
      }),
      "Ready",
      "Usable",
    ],
    [
      "an old root of somebody else stands behind it",
      () => ({
        objects: [
          files(() => ({
            "tls.crt": at("good").certificate + at("good").intermediate + at("ancient").root,
            "tls.key": at("good").key,
          })),
        ],
      }),
      "Ready",
      "ChainBroken",
      "certificate 3 of the file did not sign certificate 2: some clients will refuse it",
    ],
    [
      "it is for other hosts",
      () => ({ objects: [secret("elsewhere")] }),
      "Invalid",
      "HostsNotCovered",
      "it is for a.test, b.test, c.test and 1 more, not for shop.example.com",
    ],
    [
      "it is for no host",
      () => ({ objects: [secret("none")] }),
      "Invalid",
      "HostsNotCovered",
      "it is for no DNS name, not for shop.example.com",
    ],
    ["a wildcard covers a host", () => ({ objects: [secret("wildcard")] }), "Ready", "Usable"],
    [
      "a wildcard does not cover two labels",
      () => ({ objects: [secret("deep")] }),
      "Invalid",
      "HostsNotCovered",
      "it is for *.com, not for shop.example.com",
    ],
    [
      "a Gateway's wildcard is covered by the same wildcard",
      () => ({
        gateways: [gateway([server({ mode: "SIMPLE", credentialName: "shop-tls" }, ["*.example.com"])])],
        objects: [secret("wildcard")],
      }),
      "Ready",
      "Usable",
    ],
    [
      "a Gateway's wildcard is not covered by a host of it",
      () => ({
        gateways: [gateway([server({ mode: "SIMPLE", credentialName: "shop-tls" }, ["*.example.com"])])],
        objects: [secret("good")],
      }),
      "Invalid",
      "HostsNotCovered",
      "it is for shop.example.com, not for *.example.com",
    ],
    [
      "any certificate is for any host",
      () => ({
        gateways: [gateway([server({ mode: "SIMPLE", credentialName: "shop-tls" }, ["*"])])],
        objects: [secret("elsewhere")],
      }),
      "Ready",
      "Usable",
    ],
    [
      "less than 30 days are left",
      () => ({ objects: [secret("month")] }),
      "Expiring",
      "ExpiresWithin30Days",
      "it expires at 2026-03-30T00:00:00Z",
    ],
    [
      "less than 7 days are left",
      () => ({ objects: [secret("week")] }),
      "Expiring",
      "ExpiresWithin7Days",
      "it expires at 2026-03-07T00:00:00Z",
    ],
    [
      "cert-manager is going to renew it",
      () => ({ objects: [secret("week", made), maker(ready({ revision: 3, renewalTime: "2026-03-05T00:00:00Z" }))] }),
      "Ready",
      "Usable",
    ],
    [
      "cert-manager should have renewed it",
      () => ({ objects: [secret("week", made), maker(ready({ revision: 3, renewalTime: "2026-02-28T22:00:00Z" }))] }),
      "Expiring",
      "ExpiresWithin7Days",
      "it expires at 2026-03-07T00:00:00Z; cert-manager has not renewed it",
    ],
    [
      "cert-manager is not well, and it can be used for long",
      () => ({ objects: [secret("good", made), maker(failing("ACME account suspended"))] }),
      "Ready",
      "NotRenewed",
      "it can be used until 2026-05-30T00:00:00Z, but: ACME account suspended",
    ],
    [
      "cert-manager has failed to renew it",
      () => ({
        objects: [
          secret("good", made),
          maker(ready({}, { type: "Issuing", status: "False", message: "the order failed", observedGeneration: 2 })),
        ],
      }),
      "Ready",
      "NotRenewed",
      "it can be used until 2026-05-30T00:00:00Z, but: the order failed",
    ],
    [
      "cert-manager is late, and it can be used for long",
      () => ({ objects: [secret("good", made), maker(ready({ renewalTime: "2026-02-28T22:00:00Z" }))] }),
      "Ready",
      "NotRenewed",
      "it can be used until 2026-05-30T00:00:00Z, but: cert-manager has not renewed it",
    ],
    [
      "cert-manager issues another one, and it can be used",
      () => ({ objects: [secret("good", made), maker(issuing("renewal was scheduled"))] }),
      "Ready",
      "Usable",
      "renewal was scheduled",
    ],
    [
      "cert-manager has said nothing yet, and it can be used",
      () => ({ objects: [secret("good", made), maker({})] }),
      "Ready",
      "Usable",
    ],
    [
      "another chain stands behind it",
      () => ({
        objects: [files(() => ({ "tls.crt": at("good").certificate + at("other").intermediate, "tls.key": at("good").key }))],
      }),
      "Ready",
      "ChainBroken",
      "certificate 2 of the file did not sign certificate 1: some clients will refuse it",
    ],
    [
      "there is no CA for clients",
      () => ({ gateways: mutual(), objects: [secret("good")] }),
      "Invalid",
      "AuthorityMissing",
      "clients are to present certificates, but neither Secret istio-ingress/shop-tls-cacert nor shop-tls has a CA under cacert or ca.crt",
    ],
    [
      "the CA for clients stands beside it",
      () => ({ gateways: mutual(), objects: [secret("good"), beside({ cacert: at("good").root })] }),
      "Ready",
      "Usable",
    ],
    ["the CA for clients is in it", () => ({ gateways: mutual(), objects: [withAuthority("good")] }), "Ready", "Usable"],
    [
      "the CA for clients is in it, and a broken one beside it, which goes first",
      () => ({ gateways: mutual(), objects: [withAuthority("good"), beside({ cacert: "hello" })] }),
      "Invalid",
      "AuthorityMissing",
      "clients are to present certificates, but the CA under cacert in Secret istio-ingress/shop-tls-cacert cannot be parsed",
    ],
    [
      "the CA for clients is in it, and an empty Secret beside it, which goes first",
      () => ({ gateways: mutual(), objects: [withAuthority("good"), beside({})] }),
      "Invalid",
      "AuthorityMissing",
      "clients are to present certificates, but Secret istio-ingress/shop-tls-cacert, which goes before shop-tls, has no CA under cacert or ca.crt",
    ],
    [
      "the CA for clients has expired",
      () => ({ gateways: mutual(), objects: [secret("good"), beside({ "ca.crt": at("ancient").root })] }),
      "Expired",
      "Expired",
      "the CA that clients are checked by expired at 2026-02-26T00:00:00Z",
    ],
    [
      "one of the CAs for clients has expired",
      () => ({ gateways: mutual(), objects: [secret("good"), beside({ "ca.crt": at("ancient").root + at("good").root })] }),
      "Ready",
      "Usable",
    ],
    [
      "the CA for clients expires soon",
      () => ({
        gateways: mutual(),
        objects: [secret("good", made), beside({ "ca.crt": at("shortChain").intermediate }), maker(ready())],
      }),
      "Expiring",
      "ExpiresWithin7Days",
      "the CA that clients are checked by expires at 2026-03-06T00:00:00Z",
    ],
    [
      "the CA for clients has a name of its own",
      () => ({
        gateways: mutual({ caCertCredentialName: "clients-cacert" }),
        objects: [secret("good"), secretOf("istio-ingress", "clients", { "ca.crt": at("good").root })],
      }),
      "Ready",
      "Usable",
    ],
    [
      "the CA for clients has a name of its own, and is not there",
      () => ({ gateways: mutual({ caCertCredentialName: "clients-cacert" }), objects: [withAuthority("good")] }),
      "Invalid",
      "AuthorityMissing",
      "clients are to present certificates, but neither Secret istio-ingress/clients-cacert nor clients has a CA under cacert or ca.crt",
    ],
    [
      "the CA for clients has a name that Istio takes for something else",
      () => ({
        gateways: mutual({ caCertCredentialName: "clients" }),
        objects: [secret("good"), secretOf("istio-ingress", "clients", { "ca.crt": at("good").root })],
      }),
      "Invalid",
      "AuthorityMissing",
      "clients are to present certificates, but istiod takes caCertCredentialName clients for a certificate with its key, because it does not end in -cacert",
    ],
    [
      "the CA for clients is in what is no Secret",
      () => ({ gateways: mutual({ caCertCredentialName: "configmap://edge/clients" }), objects: [secret("good")] }),
      "Ready",
      "Usable",
    ],
    [
      "cert-manager issues it",
      () => ({ objects: [maker(issuing("waiting for corp-ca"))] }),
      "Pending",
      "Issuing",
      "waiting for corp-ca",
    ],
    ["its Certificate was not written yet", () => ({ spec: ISSUER }), "Pending", "Issuing", "its Certificate is being written"],
    [
      "it is issued anew for a host that was added",
      () => ({ spec: ISSUER, objects: [secret("elsewhere", made), maker(issuing("re-issuing for new names"))] }),
      "Pending",
      "Issuing",
      "re-issuing for new names",
    ],
    [
      "cert-manager has spoken of an earlier Certificate",
      () => ({ objects: [maker({ conditions: [{ type: "Ready", status: "True", observedGeneration: 1 }] })] }),
      "Pending",
      "Issuing",
      "cert-manager has not begun to issue it",
    ],
    [
      "it is issued where the gateway is not",
      () => ({ spec: ISSUER, services: [exposing("istio-system")] }),
      "Invalid",
      "OtherNamespace",
      "it is issued in namespace istio-ingress, but the gateway's pods are in istio-system: set spec.traffic.certificates.namespace to istio-system",
    ],
    [
      "no Service exposes the gateway",
      () => ({ services: [], objects: [secret("good")] }),
      "Unknown",
      "NotExposed",
      "no Service exposes Gateway edge, so that the namespace of its pods is not known; traffic.certificates.namespace can say it",
    ],
    [
      "its namespace is said",
      () => ({ services: [], spec: { namespace: "istio-ingress" }, objects: [secret("good")] }),
      "Ready",
      "Usable",
    ],
    [
      "two internal Services expose it",
      () => ({
        services: ["a", "b"].map((namespace) => ({ ...exposing(namespace), spec: { selector: { istio: "ingressgateway" } } })),
      }),
      "Unknown",
      "SeveralNamespaces",
      "Services in a, b expose Gateway edge: say in traffic.certificates.namespace where its Secrets are",
    ],
    [
      "Secrets may not be read",
      () => ({ unread: { Secret: { state: "Forbidden", message: "no right" } } }),
      "Unknown",
      "NotReadable",
      "no right",
    ],
    [
      "the credential is a URI",
      () => ({ gateways: [gateway([server({ mode: "SIMPLE", credentialName: "kubernetes-gateway://a/b" })])] }),
      "Unknown",
      "NotPlain",
      "credentialName kubernetes-gateway://a/b is not the plain name of a Secret",
    ],
    [
      "nothing was read yet",
      () => ({ unread: { Secret: { state: "Loading" } } }),
      "Unknown",
      "NotRead",
      "it has not been read yet",
    ],
  ])("%s", (_, input, state, reason, message) => {
    const [certificate, ...more] = look(input()).certificates;
    expect({ state: certificate?.state, reason: certificate?.reason, message: certificate?.message }).toEqual({
      state,
      reason,
      message,
    });
    expect(more).toEqual([]);
  });

  it("tells everything that people ask for", () => {
    const { certificates, needs, wakeAt } = look({
      gateways: [gateway([server({ mode: "SIMPLE", credentialName: "shop-tls" }, [HOST, "www.example.com"])])],
      objects: [secret("wildcard", made), maker(ready({ revision: 7, renewalTime: "2026-04-30T10:00:00Z" }))],
    });
    expect(certificates).toEqual([
      {
        host: HOST,
        moreHosts: ["www.example.com"],
        secretName: "shop-tls",
        namespace: "istio-ingress",
        installed: true,
        version: "7",
        fingerprint: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        serial: expect.stringMatching(/^[0-9a-f]+$/),
        issuer: "CN=Test Root Intermediate",
        notBefore: "2026-02-28T00:00:00Z",
        notAfter: "2026-05-30T00:00:00Z",
        renewalTime: "2026-04-30T10:00:00Z",
        state: "Ready",
        reason: "Usable",
      },
    ]);
    expect(needs).toEqual([
      { kind: "Secret", namespace: "istio-ingress", name: "shop-tls" },
      { kind: "Certificate", namespace: "istio-ingress", name: "shop-tls" },
    ]);
    // 30 days ahead comes before cert-manager would be late.
    expect(wakeAt).toEqual(new Date("2026-04-30T00:00:00Z"));
  });

  it("nobody asks for cert-manager where it does nothing, and the version is the certificate's own", () => {
    const { certificates, needs } = look({ objects: [secret("good")] });
    expect(needs).toEqual([{ kind: "Secret", namespace: "istio-ingress", name: "shop-tls" }]);
    expect(certificates[0]!.version).toBe(certificates[0]!.fingerprint!.slice("sha256:".length, "sha256:".length + 10));
  });

  it("what is not read yet is said to stand as it stood", () => {
    const [before] = look({ objects: [secret("good")] }).certificates;
    for (const unread of [{ Secret: { state: "Loading" } }, { Service: { state: "Loading" } }] as const) {
      const { certificates, loading } = look({ unread, before: [before!] });
      expect({ certificates, loading }).toEqual({ certificates: [before], loading: true });
    }
  });

  describe("what cannot be read any more", () => {
    const failing = { state: "Failing", message: "Secret (v1) has not been readable since noon: 500" } as const;

    it.each(["Secret", "Service"] as const)("is not said to stand as it stood (%s), but what was known is told", (kind) => {
      const [before] = look({ objects: [secret("good")] }).certificates;
      expect(look({ unread: { [kind]: failing }, before: [before!] })).toMatchObject({
        certificates: [{ ...before, state: "Unknown", reason: "NotReadable", message: failing.message }],
        loading: false,
        failing: failing.message,
      });
    });

    it("and never was, is unknown for that cause", () => {
      const { certificates, failing: why } = look({ unread: { Secret: failing } });
      expect(certificates).toMatchObject([{ installed: false, state: "Unknown", message: failing.message }]);
      expect(why).toBe(failing.message);
    });

    it("of cert-manager: what it meant to do counts until it should have done it", () => {
      const objects = [secret("week", made), maker(ready({ revision: 7, renewalTime: "2026-03-05T00:00:00Z" }))];
      const [before] = look({ objects }).certificates;
      const blind = (now: string) =>
        look({ objects, before: [before!], unread: { Certificate: failing }, now: new Date(now) }).certificates[0];
      expect(blind("2026-03-04T00:00:00Z")).toEqual(before);
      expect(blind("2026-03-06T00:00:00Z")).toMatchObject({ state: "Expiring", version: "7" });
    });
  });

  it("what time changes is looked at when it does, and not before", () => {
    const moments: string[] = [];
    let now: Date | undefined = NOW;
    while (now && moments.length < 10) {
      const { certificates, wakeAt } = look({ objects: [secret("tomorrow")], now });
      moments.push(`${now.toISOString().slice(0, 10)} ${certificates[0]!.reason}`);
      now = wakeAt;
    }
    expect(moments).toEqual([
      "2026-03-01 NotYetValid",
      "2026-03-02 Usable",
      "2026-04-30 ExpiresWithin30Days",
      "2026-05-23 ExpiresWithin7Days",
      "2026-05-30 Expired",
    ]);
  });
});

describe("which servers need a certificate", () => {
  const names = (...servers: readonly object[]) =>
    look({ gateways: [gateway(servers)] }).certificates.map(({ secretName, host, moreHosts = [] }) =>
      [secretName, host, ...moreHosts].join(" "),
    );

  it.each([
    ["plain HTTP", {}],
    ["a redirect", { httpsRedirect: true }],
    ["PASSTHROUGH", { mode: "PASSTHROUGH", credentialName: "x" }],
    ["AUTO_PASSTHROUGH", { mode: "AUTO_PASSTHROUGH" }],
    ["ISTIO_MUTUAL", { mode: "ISTIO_MUTUAL" }],
    ["files of the gateway's pods", { mode: "SIMPLE", serverCertificate: "/etc/tls.crt", privateKey: "/etc/tls.key" }],
    ["a name of the wrong type", { mode: "SIMPLE", credentialName: 5 }],
  ])("%s does not", (_, tls) => {
    expect(names(server(tls))).toEqual([]);
  });

  it("two servers with one credential are one certificate for the hosts of both", () => {
    expect(
      names(
        server({ mode: "SIMPLE", credentialName: "a" }, ["x/A.test", "b.test"]),
        server({ mode: "SIMPLE", credentialName: "a" }, ["./b.test", "c.test"]),
        server({ mode: "MUTUAL", credentialNames: ["rsa", "ecdsa"], credentialName: "ignored" }, ["d.test"]),
      ),
    ).toEqual(["a a.test b.test c.test", "rsa d.test", "ecdsa d.test"]);
  });

  it("two Gateways with one credential are one certificate", () => {
    const tls = { mode: "SIMPLE", credentialName: "a" };
    const gateways = [gateway([server(tls, ["a.test"])], "one"), gateway([server(tls, ["b.test"])], "two")];
    expect(look({ gateways }).certificates).toMatchObject([{ secretName: "a", host: "a.test", moreHosts: ["b.test"] }]);
  });
});
