import type { CertificateStatus, CertificatesSpec } from "../../api/accesspoint.ts";
import type { Manifest } from "../manifest.ts";
import { failingIn, type Need, type Sight, type Surroundings } from "../surroundings.ts";
import { cut } from "../text.ts";
import type { CredentialFacts } from "./certificates/credential.ts";
import { authoritySecrets, type Demand, demandsOf, isAuthorityName, isPlainName, merged } from "./certificates/demand.ts";
import { nextChange } from "./certificates/expiry.ts";
import { type Home, homeOf } from "./certificates/home.ts";
import { issuedIn } from "./certificates/issue.ts";
import type { CertificateFacts } from "./certificates/issued.ts";
import { type Authority, type Evidence, endsOf, judgeCredential, type Verdict } from "./certificates/judge.ts";
import type { Exposure } from "./exposure.ts";
import { type GatewayView, readGateway } from "./gateway.ts";

/** What is said of the certificates of one cluster. */
export interface CertificatesSeen {
  readonly certificates: readonly CertificateStatus[];
  readonly needs: readonly Need[];
  /** Something that this depends on was not read yet: what was said before is said again. */
  readonly loading: boolean;
  /** Why something that this depends on is not known any more. */
  readonly failing?: string;
  /** When time alone changes what is said. */
  readonly wakeAt?: Date;
}

export interface CertificatesInput {
  /** What the cluster is to have. */
  readonly manifests: readonly Manifest[];
  /** Namespace of the AccessPoint. */
  readonly namespace: string;
  readonly spec: CertificatesSpec | undefined;
  readonly exposure: (gateway: GatewayView) => Exposure;
  readonly surroundings: Surroundings;
  /** What was said in the last pass. */
  readonly before: readonly CertificateStatus[];
  readonly now: Date;
}

/** A credential of one or more Gateways, and where it is looked for. */
interface Place {
  readonly demand: Demand;
  readonly home: Home;
  /** Namespace in which it is issued; absent: it is not. */
  readonly issuedIn?: string;
}

/** Every certificate that the bundle's Gateways name, in one cluster: what is installed, and what is wrong with it. */
export function certificatesOf(input: CertificatesInput): CertificatesSeen {
  const looks = placesOf(input).map((place) => look(place, input));
  const wakeAt = looks.flatMap((each) => each.wakeAt ?? []).sort((a, b) => a.getTime() - b.getTime())[0];
  return {
    certificates: looks.flatMap(({ certificates }) => certificates),
    needs: looks.flatMap(({ needs }) => needs),
    loading: looks.some(({ loading }) => loading),
    ...failingIn(looks),
    ...(wakeAt ? { wakeAt } : {}),
  };
}

/** Whether clients are served with it. */
export const isUsable = ({ state }: Pick<CertificateStatus, "state">): boolean => state === "Ready" || state === "Expiring";

/** What keeps clients from being served with it, in a sentence. */
export const certificateProblem = ({ secretName, host, state, message }: CertificateStatus): string =>
  `certificate ${secretName} for ${host}: ${message ?? state}`;

function placesOf({ manifests, namespace, spec, exposure }: CertificatesInput): readonly Place[] {
  const places = new Map<string, Place>();
  for (const gateway of manifests.filter(({ kind }) => kind === "Gateway").map(readGateway)) {
    const demands = demandsOf(gateway);
    if (demands.length === 0) continue;
    const issued = spec?.issuerRef ? issuedIn(gateway, manifests, spec, namespace) : undefined;
    const home = homeOf(gateway.name, exposure(gateway), spec?.namespace, issued);
    for (const demand of demands) {
      const key = `${home.state === "Known" ? home.namespace : gateway.name}/${demand.secretName}`;
      places.set(key, {
        demand: merged(demand, places.get(key)?.demand),
        home,
        ...(issued === undefined ? {} : { issuedIn: issued }),
      });
    }
  }
  return [...places.values()];
}

function look({ demand, home, issuedIn: issued }: Place, { surroundings, before, now }: CertificatesInput): CertificatesSeen {
  const { secretName, hosts } = demand;
  const [host = "*", ...moreHosts] = hosts;
  const base = { host, ...(moreHosts.length ? { moreHosts } : {}), secretName };
  const only = (verdict: Verdict, needs: readonly Need[] = []): CertificatesSeen => ({
    certificates: [
      { ...base, ...(home.state === "Known" ? { namespace: home.namespace } : {}), installed: false, ...told(verdict) },
    ],
    needs,
    loading: false,
  });
  const last = before.find(
    (each) => each.secretName === secretName && (home.state !== "Known" || each.namespace === home.namespace),
  );
  /** Nothing is concluded from what was not read yet: what was said is said again. */
  const asBefore = (needs: readonly Need[]): CertificatesSeen => ({
    ...(last ? { certificates: [{ ...last, ...base }], needs } : only(NOT_READ, needs)),
    loading: true,
  });
  /** What was known of it is still told; how it stands is not known any more. */
  const stale = (message: string, needs: readonly Need[]): CertificatesSeen => {
    const [unread] = only({ state: "Unknown", reason: "NotReadable", message }).certificates;
    return {
      certificates: [{ ...last, ...unread!, installed: last?.installed ?? false }],
      needs,
      loading: false,
      failing: message,
    };
  };

  if (!isPlainName(secretName))
    return only({ ...NOT_PLAIN, message: `credentialName ${secretName} is not the plain name of a Secret` });
  if (home.state === "Loading") return asBefore([]);
  if (home.state === "Failing") return stale(home.message, []);
  if (home.state === "Unknown") return only(home.verdict);
  const { namespace } = home;
  const needs: Need[] = [{ kind: "Secret", namespace, name: secretName }];
  const sight = surroundings.see<"Secret">({ kind: "Secret", namespace, name: secretName });
  if (sight.state === "Loading") return asBefore(needs);
  if (sight.state === "Failing") return stale(sight.message, needs);
  if (sight.state !== "Known") return only({ state: "Unknown", reason: "NotReadable", message: sight.message }, needs);

  const secret = sight.objects[0];
  const authorities = secret ? demand.authorities.map((each) => seeAuthority(each, namespace, surroundings, needs)) : [];
  // cert-manager is asked only where it is known, or meant, to be at work: where it is not installed, nobody looks for it.
  const managed = issued !== undefined || !secret || secret.madeFor !== undefined;
  const makers = managed ? seeMakers(secretName, namespace, surroundings, needs) : undefined;
  if (authorities.includes("Loading") || makers?.state === "Loading") return asBefore(needs);
  const maker =
    makers?.state === "Failing"
      ? remembered(last, secret)
      : makers?.state === "Known"
        ? makerOf(makers.objects, secret)
        : undefined;
  const places = authorities.filter((each) => typeof each === "object");
  const evidence: Evidence = {
    demand,
    namespace,
    secret,
    authorities: places,
    issued: maker,
    issuing: issued === namespace,
    now,
  };
  const judged = judgeCredential(evidence);
  const verdict = issued === undefined || issued === namespace || isUsable(judged) ? judged : otherNamespace(issued, namespace);
  const certificate = { ...base, namespace, installed: secret?.leaf !== undefined, ...facts(secret, maker), ...told(verdict) };
  const wakeAt =
    secret?.leaf && nextChange({ notBefore: secret.leaf.notBefore, ends: endsOf(evidence), renewalTime: maker?.renewalTime }, now);
  const failing = places.find(({ unreadable }) => unreadable?.state === "Failing")?.unreadable?.message;
  return { certificates: [certificate], needs, loading: false, ...(failing ? { failing } : {}), ...(wakeAt ? { wakeAt } : {}) };
}

const NOT_READ: Verdict = { state: "Unknown", reason: "NotRead", message: "it has not been read yet" };
const NOT_PLAIN = { state: "Unknown", reason: "NotPlain" } as const;

const otherNamespace = (issued: string, namespace: string): Verdict => ({
  state: "Invalid",
  reason: "OtherNamespace",
  message: `it is issued in namespace ${issued}, but the gateway's pods are in ${namespace}: set spec.traffic.certificates.namespace to ${namespace}`,
});

/** Elsewhere: in what is no Secret, and cannot be read. */
function seeAuthority(
  name: string,
  namespace: string,
  surroundings: Surroundings,
  needs: Need[],
): Authority | "Loading" | "Elsewhere" {
  if (!isPlainName(name)) return "Elsewhere";
  for (const secret of isAuthorityName(name) ? authoritySecrets(name) : []) {
    const need: Need<"Secret"> = { kind: "Secret", namespace, name: secret };
    if (!needs.some((each) => each.kind === "Secret" && each.name === secret)) needs.push(need);
    const sight = surroundings.see(need);
    if (sight.state === "Loading") return "Loading";
    if (sight.state !== "Known") return { name, unreadable: sight };
    const [found] = sight.objects;
    if (found) return { name, secret, facts: found.authority };
  }
  return { name };
}

function seeMakers(secretName: string, namespace: string, surroundings: Surroundings, needs: Need[]): Sight<CertificateFacts> {
  const need: Need<"Certificate"> = { kind: "Certificate", namespace, name: secretName };
  needs.push(need);
  return surroundings.see(need);
}

/** The Certificate that the Secret says it was made for, else the one of its own name, else any that means to make it. */
const makerOf = (makers: readonly CertificateFacts[], secret: CredentialFacts | undefined): CertificateFacts | undefined =>
  makers.find(({ name }) => name === secret?.madeFor) ?? makers.find(({ name, secretName }) => name === secretName) ?? makers[0];

/** What cert-manager meant to do with this certificate when it was last heard: it counts until it should have done it. */
function remembered(last: CertificateStatus | undefined, secret: CredentialFacts | undefined): CertificateFacts | undefined {
  if (!secret?.leaf || last?.renewalTime === undefined || last.fingerprint !== `sha256:${secret.leaf.fingerprint}`)
    return undefined;
  const { namespace, name } = secret;
  const revision = Number(last.version);
  const { renewalTime } = last;
  return {
    namespace,
    name,
    secretName: name,
    ready: true,
    issuing: false,
    failed: false,
    renewalTime,
    ...(Number.isSafeInteger(revision) ? { revision } : {}),
  };
}

/** Digits of the fingerprint that serve as a version where nobody counts. */
const VERSION_DIGITS = 10;

function facts(secret: CredentialFacts | undefined, maker: CertificateFacts | undefined): Partial<CertificateStatus> {
  const leaf = secret?.leaf;
  const renewal = maker?.renewalTime ? { renewalTime: maker.renewalTime } : {};
  if (!leaf) return renewal;
  const { serial, issuer, notBefore, notAfter, fingerprint } = leaf;
  const version = maker?.revision === undefined ? fingerprint.slice(0, VERSION_DIGITS) : String(maker.revision);
  return { version, fingerprint: `sha256:${fingerprint}`, serial, issuer, notBefore, notAfter, ...renewal };
}

const told = ({ state, reason, message }: Verdict): Pick<CertificateStatus, "state" | "reason" | "message"> => ({
  state,
  reason,
  ...(message ? { message: cut(message) } : {}),
});
