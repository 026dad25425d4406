import { describe, expect, it } from "vitest";
import type { CertificateStatus, CertificatesSpec, ClusterStatus } from "../../../src/api/accesspoint.ts";
import { nextWave } from "../../../src/domain/delivery.ts";
import { render } from "../../../src/domain/render.ts";
import { RenderError } from "../../../src/domain/render-error.ts";
import { certificateNotes, differenceNotes } from "../../../src/domain/traffic/certificates/notes.ts";
import { summarise } from "../../../src/domain/traffic/certificates/summary.ts";
import { member } from "../../placement/builders.ts";
import { FakeMember } from "../member.ts";

const SYNC = { whenAlreadyExists: "Fail", whenDrifted: "Repair", whenRemoved: "Delete", createNamespace: false } as const;
const OWNER = { namespace: "shop", name: "checkout", uid: "u" };
const ISSUER: CertificatesSpec = { issuerRef: { name: "corp-ca", kind: "ClusterIssuer", group: "cert-manager.io" } };

const gateway = (name: string, servers: readonly (readonly [credentialName: string, ...hosts: string[]])[]) => ({
  apiVersion: "networking.istio.io/v1",
  kind: "Gateway",
  metadata: { name },
  spec: {
    selector: { istio: "ingressgateway" },
    servers: servers.map(([credentialName, ...hosts], index) => ({
      port: { number: 443 + index, name: `https-${index}`, protocol: "HTTPS" },
      hosts,
      tls: { mode: "SIMPLE", credentialName },
    })),
  },
});
const OWN_SERVICE = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "edge" },
  spec: { type: "LoadBalancer", selector: { istio: "ingressgateway", app: "edge" }, ports: [{ port: 443 }] },
};
const ROUTE = {
  apiVersion: "networking.istio.io/v1",
  kind: "VirtualService",
  metadata: { name: "web" },
  spec: { hosts: ["a.test"] },
};

const renderFor = (templates: readonly object[], certificates?: CertificatesSpec, allowed?: readonly string[]) =>
  render(
    {
      templates: templates.map((manifest) => ({ manifest })) as never,
      ...(certificates ? { traffic: { certificates } } : {}),
      sync: SYNC,
    },
    { member: member("lvs-1"), placed: true, zonePrimary: true },
    OWNER,
    ...(allowed ? [{ certificateNamespaces: allowed }] : []),
  ).objects;

const issued = (...args: Parameters<typeof renderFor>) =>
  renderFor(...args)
    .map(({ manifest }) => manifest)
    .filter(({ kind }) => kind === "Certificate");

const findings = (...args: Parameters<typeof renderFor>): readonly string[] => {
  try {
    renderFor(...args);
    return [];
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    return error.faults.map(({ reason, subject, why }) => `${reason} ${subject}: ${why}`);
  }
};

describe("what is issued", () => {
  it("is a Certificate a Secret, for exactly the hosts of the servers that name it, marked as ours", () => {
    const servers = [
      ["shop-tls", "shop/b.test", "*.a.test"],
      ["shop-tls", "b.test", "c.test"],
    ] as const;
    expect(issued([gateway("edge", servers)], ISSUER)).toEqual([
      {
        apiVersion: "cert-manager.io/v1",
        kind: "Certificate",
        metadata: {
          name: "shop-tls",
          namespace: "istio-ingress",
          labels: { "app.kubernetes.io/managed-by": "federated-accesspoint", "accesspoint.dev/uid": "u" },
          annotations: { "accesspoint.dev/owner": "shop/checkout", "accesspoint.dev/digest": expect.any(String) },
        },
        spec: {
          secretName: "shop-tls",
          dnsNames: ["*.a.test", "b.test", "c.test"],
          issuerRef: { name: "corp-ca", kind: "ClusterIssuer", group: "cert-manager.io" },
          usages: ["digital signature", "key encipherment", "server auth"],
          secretTemplate: { annotations: { "accesspoint.dev/owner": "shop/checkout" } },
        },
      },
    ]);
  });

  it("is an RSA and an ECDSA certificate for a pair, in the order in which they are named", () => {
    const tls = { mode: "SIMPLE", credentialNames: ["b", "a"] };
    const pair = gateway("edge", [["", "a.test", "192.0.2.1"]]);
    const keys = issued([{ ...pair, spec: { ...pair.spec, servers: [{ ...pair.spec.servers[0], tls }] } }], ISSUER).map(
      ({ metadata, spec }) => [metadata.name, spec],
    );
    expect(keys).toMatchObject([
      ["a", { privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" }, dnsNames: ["a.test"] }],
      ["b", { privateKey: { algorithm: "RSA", size: 2048, rotationPolicy: "Always" }, ipAddresses: ["192.0.2.1"] }],
    ]);
  });

  it.each<[string, readonly object[], CertificatesSpec | undefined, readonly string[]]>([
    ["nothing without an issuer", [gateway("edge", [["a", "a.test"]])], { namespace: "istio-system" }, []],
    ["nothing without a Gateway", [ROUTE], ISSUER, []],
    ["in istio-ingress for a shared gateway", [gateway("edge", [["a", "a.test"]])], ISSUER, ["istio-ingress/a"]],
    ["in its own namespace for a gateway of its own", [OWN_SERVICE, gateway("edge", [["a", "a.test"]])], ISSUER, ["shop/a"]],
    ["where it is said", [gateway("edge", [["a", "a.test"]])], { ...ISSUER, namespace: "istio-system" }, ["istio-system/a"]],
    [
      "one each for several credentials of several Gateways",
      [
        gateway("one", [
          ["b", "b.test"],
          ["a", "a.test"],
        ]),
        gateway("two", [["a", "c.test"]]),
      ],
      ISSUER,
      ["istio-ingress/a", "istio-ingress/b"],
    ],
  ])("%s", (_, templates, certificates, names) => {
    expect(issued(templates, certificates).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual(names);
  });

  it.each<[string, Parameters<typeof renderFor>, string]>([
    [
      "for any host",
      [[gateway("edge", [["a", "*"]])], ISSUER],
      "CertificateNotIssuable Gateway/edge: a certificate cannot be issued for the host *: name the hosts of the servers with credentialName a",
    ],
    [
      "into what is no Secret's name",
      [[gateway("edge", [["kubernetes-gateway://a/b", "a.test"]])], ISSUER],
      'CertificateNotIssuable Gateway/edge: credentialName "kubernetes-gateway://a/b" is not the plain name of a Secret, so that nothing can be issued into it',
    ],
    [
      "in a namespace of somebody else",
      [[gateway("edge", [["a", "a.test"]])], { ...ISSUER, namespace: "bank" }],
      "ForeignNamespace Gateway/edge: its certificates would be issued in namespace bank; the platform allows shop, istio-ingress, istio-system (--certificate-namespaces): say another one in spec.traffic.certificates.namespace",
    ],
    [
      "in a shared namespace, where the platform allows none",
      [[gateway("edge", [["a", "a.test"]])], ISSUER, []],
      "ForeignNamespace Gateway/edge: its certificates would be issued in namespace istio-ingress; the platform allows shop (--certificate-namespaces): say another one in spec.traffic.certificates.namespace",
    ],
  ])("is refused %s", (_, args, message) => {
    expect(findings(...args)).toEqual([message]);
  });

  it("is written before everything that may need it, and removed after it", () => {
    const cluster = new FakeMember("u");
    const desired = renderFor([ROUTE, gateway("edge", [["a", "a.test"]]), OWN_SERVICE], ISSUER);
    const kinds: string[] = [];
    const work = (objects: typeof desired) => {
      for (let round = 0; round < 10; round++) {
        for (const action of nextWave(objects, "u", cluster.holdings, SYNC, new Set()).actions) {
          kinds.push("desired" in action ? `+${action.desired.resource.kind}` : `-${action.found.resource.kind}`);
          cluster.carryOut(action, "r");
        }
        cluster.confirm();
      }
    };
    work(desired);
    work([]);
    expect(kinds).toEqual([
      "+Certificate",
      "+Service",
      "+Gateway",
      "+VirtualService",
      "-VirtualService",
      "-Gateway",
      "-Service",
      "-Certificate",
    ]);
  });
});

const certificate = (parts: Partial<CertificateStatus> = {}): CertificateStatus => ({
  host: "a.test",
  secretName: "a",
  namespace: "istio-ingress",
  installed: true,
  version: "aaaaaaaaaa",
  fingerprint: "sha256:aaaaaaaaaa",
  serial: "1",
  issuer: "CN=Corp",
  notAfter: "2026-05-30T00:00:00Z",
  state: "Ready",
  reason: "Usable",
  ...parts,
});

const cluster = (name: string, ...certificates: readonly CertificateStatus[]): ClusterStatus => ({
  name,
  phase: "Ready",
  certificates: [...certificates],
});

const other = { version: "bbbbbbbbbb", fingerprint: "sha256:bbbbbbbbbb", notAfter: "2026-04-01T00:00:00Z" };

describe("the certificates of all clusters", () => {
  it.each<[string, readonly ClusterStatus[], object]>([
    [
      "are one",
      [cluster("lvs-1", certificate()), cluster("slc-1", certificate())],
      { clusters: 2, usable: 2, state: "Ready", notAfter: "2026-05-30T00:00:00Z" },
    ],
    [
      "are not the same",
      [cluster("lvs-1", certificate()), cluster("rno-1", certificate()), cluster("slc-1", certificate(other))],
      {
        clusters: 3,
        usable: 3,
        notAfter: "2026-04-01T00:00:00Z",
        message:
          "versions differ: aaaaaaaaaa, valid until 2026-05-30T00:00:00Z, in lvs-1, rno-1; bbbbbbbbbb, valid until 2026-04-01T00:00:00Z, in slc-1",
      },
    ],
    [
      "are each issued in its cluster, which is as it should be",
      ["lvs-1", "slc-1"].map((name, index) =>
        cluster(name, certificate({ fingerprint: `sha256:${index}`, renewalTime: "2026-04-30T00:00:00Z" })),
      ),
      { clusters: 2, usable: 2, message: undefined },
    ],
    [
      "are issued by different issuers",
      [
        cluster("lvs-1", certificate({ renewalTime: "2026-04-30T00:00:00Z" })),
        cluster("slc-1", certificate({ renewalTime: "2026-04-30T00:00:00Z", issuer: "CN=Staging" })),
      ],
      { message: "issuers differ: CN=Corp in lvs-1; CN=Staging in slc-1" },
    ],
    [
      "are missing somewhere",
      [
        cluster("lvs-1", certificate()),
        cluster("slc-1", certificate({ installed: false, state: "Missing", reason: "SecretNotFound" })),
      ],
      { clusters: 2, usable: 1, state: "Missing", message: undefined },
    ],
  ])("%s", (_, clusters, summary) => {
    expect(summarise(clusters)).toEqual([
      expect.objectContaining({ host: "a.test", secretName: "a", ...withoutUndefined(summary) }),
    ]);
    for (const [field, value] of Object.entries(summary))
      if (value === undefined) expect(summarise(clusters)[0]).not.toHaveProperty(field);
  });

  const withoutUndefined = (value: object) => Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));
});

describe("what people are told", () => {
  const week = certificate({ state: "Expiring", reason: "ExpiresWithin7Days", message: "it expires at 2026-05-30T00:00:00Z" });
  const month = certificate({ state: "Expiring", reason: "ExpiresWithin30Days", message: "it expires at 2026-05-30T00:00:00Z" });
  const missing: CertificateStatus = {
    host: "a.test",
    secretName: "a",
    namespace: "istio-ingress",
    installed: false,
    state: "Missing",
    reason: "SecretNotFound",
    message: "it is not there",
  };
  const told = (before: readonly CertificateStatus[], after: readonly CertificateStatus[]) =>
    certificateNotes([cluster("lvs-1", ...before)], [cluster("lvs-1", ...after)]).map(
      ({ type, reason, message }) => `${type} ${reason} ${message}`,
    );

  it.each<[string, readonly CertificateStatus[], readonly CertificateStatus[], readonly string[]]>([
    ["nothing of a good one", [], [certificate()], []],
    ["nothing when nothing changes", [week], [week], []],
    [
      "the first warning",
      [certificate()],
      [month],
      ["Warning CertificateExpiring certificate a for a.test in lvs-1: it expires at 2026-05-30T00:00:00Z"],
    ],
    [
      "the second",
      [month],
      [week],
      ["Warning CertificateExpiring certificate a for a.test in lvs-1: it expires at 2026-05-30T00:00:00Z"],
    ],
    [
      "a warning for each version",
      [week],
      [{ ...week, ...other }],
      ["Warning CertificateExpiring certificate a for a.test in lvs-1: it expires at 2026-05-30T00:00:00Z"],
    ],
    [
      "a renewal",
      [week],
      [certificate(other)],
      [
        "Normal CertificateRenewed certificate a for a.test in lvs-1: version aaaaaaaaaa was replaced by bbbbbbbbbb, valid until 2026-04-01T00:00:00Z",
      ],
    ],
    [
      "that cert-manager fails to renew it, once",
      [certificate()],
      [certificate({ reason: "NotRenewed", message: "it can be used until then, but: ACME account suspended" })],
      ["Warning CertificateNotRenewed certificate a for a.test in lvs-1: it can be used until then, but: ACME account suspended"],
    ],
    [
      "no more of that",
      [certificate({ reason: "NotRenewed", message: "the order failed" })],
      [certificate({ reason: "NotRenewed", message: "the order failed again" })],
      [],
    ],
    ["nothing of one that was never there", [], [missing], []],
    [
      "one that is gone",
      [certificate()],
      [missing],
      ["Warning CertificateMissing certificate a for a.test in lvs-1: it is not there"],
    ],
    [
      "one that has come",
      [missing],
      [certificate()],
      ["Normal CertificateInstalled certificate a for a.test in lvs-1: version aaaaaaaaaa, valid until 2026-05-30T00:00:00Z"],
    ],
    [
      "one that expired",
      [week],
      [certificate({ state: "Expired", reason: "Expired", message: "it expired" })],
      ["Warning CertificateExpired certificate a for a.test in lvs-1: it expired"],
    ],
    [
      "one that is wrong from the start",
      [],
      [certificate({ state: "Invalid", reason: "HostsNotCovered", message: "it is for b.test, not for a.test" })],
      ["Warning CertificateUnusable certificate a for a.test in lvs-1: it is for b.test, not for a.test"],
    ],
  ])("%s", (_, before, after, notes) => {
    expect(told(before, after)).toEqual(notes);
  });

  it("a difference between clusters, once", () => {
    const [same, differ] = [certificate(), certificate(other)].map((second) =>
      summarise([cluster("lvs-1", certificate()), cluster("slc-1", second)]),
    ) as [ReturnType<typeof summarise>, ReturnType<typeof summarise>];
    expect(differenceNotes(same, differ)).toEqual([
      {
        type: "Normal",
        reason: "CertificatesDiffer",
        message: expect.stringMatching(/^certificate a for a\.test: versions differ: /),
      },
    ]);
    expect(differenceNotes(differ, differ)).toEqual([]);
    expect(differenceNotes(differ, same)).toEqual([]);
  });

  it("the same of several clusters is one sentence", () => {
    const names = ["a", "b", "c", "d", "e", "f", "g"];
    const notes = certificateNotes(
      names.map((name) => cluster(name, certificate())),
      names.map((name) => cluster(name, week)),
    );
    expect(notes).toEqual([
      {
        type: "Warning",
        reason: "CertificateExpiring",
        message: "certificate a for a.test in a, b, c, d, e and 2 more: it expires at 2026-05-30T00:00:00Z",
      },
    ]);
  });
});
