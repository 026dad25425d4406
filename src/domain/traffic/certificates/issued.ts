import type { KubeObject } from "../../../api/resource.ts";
import { list, record } from "../../untrusted.ts";

/** What is kept of a cert-manager Certificate in a member cluster. Members are not trusted: what is not as expected counts as absent. */
export interface CertificateFacts {
  readonly namespace: string;
  readonly name: string;
  readonly secretName: string;
  readonly ready: boolean;
  /** A certificate is being issued for it. */
  readonly issuing: boolean;
  /** The last attempt to issue one failed; it is made again. */
  readonly failed: boolean;
  /** Counts the certificates issued for it. */
  readonly revision?: number;
  /** When it is to be renewed. ISO 8601. */
  readonly renewalTime?: string;
  /** What it waits for, or why issuing failed, in cert-manager's words. */
  readonly message?: string;
}

const MAX_MESSAGE = 300;

/** Undefined for one that names no Secret. */
export function certificateFacts({ metadata, spec, status }: KubeObject): CertificateFacts | undefined {
  const { secretName } = record(spec);
  if (typeof secretName !== "string") return undefined;
  const { conditions, revision, renewalTime } = record(status);
  const generation = metadata.generation;
  const current = list(conditions)
    .map(record)
    // What was said of an earlier generation says nothing of this one.
    .filter(({ observedGeneration }) => observedGeneration === undefined || observedGeneration === generation);
  const find = (type: string) => current.find((condition) => condition["type"] === type);
  const [ready, issuing] = [find("Ready"), find("Issuing")];
  // cert-manager takes the condition Issuing away once it has issued: where it is False, that came to nothing.
  const failed = issuing?.["status"] === "False";
  const isReady = ready?.["status"] === "True";
  const message = [issuing, isReady ? undefined : ready]
    .map((condition) => condition?.["message"])
    .find((text) => typeof text === "string" && text !== "");
  const renewal = typeof renewalTime === "string" ? Date.parse(renewalTime) : Number.NaN;
  return {
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    secretName,
    ready: isReady,
    issuing: issuing?.["status"] === "True",
    failed,
    ...(Number.isSafeInteger(revision) ? { revision: revision as number } : {}),
    ...(Number.isNaN(renewal) ? {} : { renewalTime: `${new Date(renewal).toISOString().slice(0, 19)}Z` }),
    ...(message ? { message: (message as string).replace(/\s+/g, " ").slice(0, MAX_MESSAGE) } : {}),
  };
}
