import type { CertificateStatus, CertificatesSpec } from "../../../api/accesspoint.ts";
import { milliseconds } from "../../../api/meta.ts";
import type { Manifest } from "../../manifest.ts";
import type { Need, Surroundings } from "../../surroundings.ts";
import { cut } from "../../text.ts";
import type { CertificatesSeen } from "../certificates.ts";
import { readGateway } from "../gateway.ts";
import type { GatewayStatus } from "../gateways.ts";
import { isHostName } from "../hosts.ts";
import type { ProbeFacts, ProbeTarget } from "../probes.ts";
import { type Algorithm, demandsOf } from "./demand.ts";

/** How often at most, whatever a specification says; milliseconds. */
const SHORTEST_INTERVAL_MS = 10_000;
/** Addresses that are asked for one certificate of one cluster. */
const MAX_ADDRESSES = 16;

type ServedSpec = NonNullable<NonNullable<CertificatesSpec>["served"]>;
type Served = NonNullable<CertificateStatus["served"]>;

interface ServedInput {
  /** What the cluster is to have. */
  readonly manifests: readonly Manifest[];
  readonly gateways: readonly GatewayStatus[];
  readonly spec: CertificatesSpec | undefined;
  readonly surroundings: Surroundings;
  /** What was said in the last pass. */
  readonly before: readonly CertificateStatus[];
}

/** Certificates with what the VIPs of their Gateways really serve, and the handshakes that are needed to know it. */
export function withServed(seen: CertificatesSeen, input: ServedInput): CertificatesSeen {
  const { spec, manifests, gateways } = input;
  const asked = spec?.served;
  if (!asked) return seen;
  const naming = manifests
    .filter(({ kind }) => kind === "Gateway")
    .map(readGateway)
    .flatMap((gateway) => demandsOf(gateway).map((demand) => ({ gateway: gateway.name, ...demand })));
  const needs: Need[] = [...seen.needs];
  const certificates = seen.certificates.map((certificate) => {
    const here = naming.filter(({ secretName }) => secretName === certificate.secretName);
    const names = here.map(({ gateway }) => gateway);
    const isPaired = here.some(({ algorithm }) => algorithm !== undefined);
    const algorithm = isPaired ? algorithmOf(certificate, input.surroundings) : undefined;
    const vips = new Set(gateways.filter(({ name }) => names.includes(name)).flatMap((gateway) => gateway.vips));
    if (!certificate.fingerprint || vips.size === 0) return certificate;
    const answers = [...vips].slice(0, MAX_ADDRESSES).map((vip) => {
      const need: Need<"Probe"> = { kind: "Probe", probe: targetOf(vip, certificate.host, algorithm, asked) };
      needs.push(need);
      return { vip, sight: input.surroundings.see<"Probe">(need) };
    });
    if (answers.some(({ sight }) => sight.state === "Loading")) {
      const last = input.before.find(
        ({ secretName, namespace }) => secretName === certificate.secretName && namespace === certificate.namespace,
      )?.served;
      return last ? { ...certificate, served: last } : certificate;
    }
    const told = answers.map(({ vip, sight }) =>
      judge(
        vip,
        certificate,
        sight.state === "Known" ? sight.objects[0] : undefined,
        "message" in sight ? sight.message : undefined,
      ),
    );
    const worst = told.find(({ state }) => state === "Other") ?? told.find(({ state }) => state === "Unknown") ?? told[0]!;
    return { ...certificate, served: worst };
  });
  return { ...seen, certificates, needs };
}

/** What one address serves, next to what is installed. */
function judge(vip: string, installed: CertificateStatus, facts: ProbeFacts | undefined, why: string | undefined): Served {
  const leaf = facts?.certificate;
  if (!leaf) return { state: "Unknown", message: cut(`${vip}: ${facts?.message ?? why ?? "no certificate was shown"}`) };
  if (`sha256:${leaf.fingerprint}` === installed.fingerprint) return { state: "Installed" };
  const { fingerprint, notAfter } = leaf;
  const older = notAfter !== undefined && installed.notAfter !== undefined && Date.parse(notAfter) < Date.parse(installed.notAfter);
  return {
    state: "Other",
    message: cut(
      `${vip} serves ${older ? "an older certificate than the installed one" : "another certificate than the installed one"}: sha256:${fingerprint}, ${notAfter ? `valid until ${notAfter}` : "with an end that is no time"}`,
    ),
  };
}

/** The kind of the key that is installed. */
function algorithmOf({ namespace = "", secretName }: CertificateStatus, surroundings: Surroundings): Algorithm | undefined {
  const sight = surroundings.see<"Secret">({ kind: "Secret", namespace, name: secretName });
  return sight.state === "Known" ? sight.objects[0]?.leaf?.algorithm : undefined;
}

/** A wildcard is asked for by a name below it; where any host is served none is named. */
function targetOf(
  address: string,
  host: string,
  algorithm: Algorithm | undefined,
  { port, interval, timeout }: ServedSpec,
): ProbeTarget {
  const name = host.replace(/^\*\./, "certificate.");
  return {
    protocol: "TLS",
    address,
    port,
    ...(isHostName(name) ? { host: name } : {}),
    ...(algorithm ? { algorithm } : {}),
    path: "/",
    intervalMs: Math.max(SHORTEST_INTERVAL_MS, milliseconds(interval)),
    timeoutMs: Math.min(30_000, Math.max(100, milliseconds(timeout))),
    statuses: [],
    certificate: true,
  };
}
