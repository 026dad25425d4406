import type { KubeObject } from "../../../api/resource.ts";
import { list, record } from "../../untrusted.ts";

/** What is kept of a cert-manager Certificate in a member cluster. Members are not trusted: what is not as expected counts as absent. */
export interface CertificateFacts {
  readonly namespace: string;
  readonly name: string;
  readonly secretName: string;
  /** DNS names that it is for, lower case. */
  readonly names: readonly string[];
  readonly ready: boolean;
  /** A certificate is being issued for it. */
  readonly issuing: boolean;
  /** Counts the certificates issued for it. */
  readonly revision?: number;
  /** When it is to be renewed. ISO 8601. */
  readonly renewalTime?: string;
  /** What it waits for, or why issuing failed, in cert-manager's words. */
  readonly message?: string;
}

const MAX_NAMES = 200;
const MAX_MESSAGE = 300;

/** Undefined for one that names no Secret. */
export function certificateFacts({ metadata, spec, status }: KubeObject): CertificateFacts | undefined {
  const { secretName, dnsNames } = record(spec);
  if (typeof secretName !== "string") return undefined;
  const { conditions, revision, renewalTime } = record(status);
  const generation = metadata.generation;
  const current = list(conditions)
    .map(record)
    // What was said of an earlier generation says nothing of this one.
    .filter(({ observedGeneration }) => observedGeneration === undefined || observedGeneration === generation);
  const find = (type: string) => current.find((condition) => condition["type"] === type);
  const [ready, issuing] = [find("Ready"), find("Issuing")];
  const message = [issuing, ready]
    .map((condition) => condition?.["message"])
    .find((text) => typeof text === "string" && text !== "");
  const renewal = typeof renewalTime === "string" ? Date.parse(renewalTime) : Number.NaN;
  return {
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    secretName,
    names: list(dnsNames)
      .filter((name) => typeof name === "string")
      .slice(0, MAX_NAMES)
      .map((name) => name.toLowerCase()),
    ready: ready?.["status"] === "True",
    issuing: issuing?.["status"] === "True",
    ...(Number.isSafeInteger(revision) ? { revision: revision as number } : {}),
    ...(Number.isNaN(renewal) ? {} : { renewalTime: `${new Date(renewal).toISOString().slice(0, 19)}Z` }),
    ...(message ? { message: (message as string).replace(/\s+/g, " ").slice(0, MAX_MESSAGE) } : {}),
  };
}
