import { X509Certificate } from "node:crypto";
import { KubeConfig } from "@kubernetes/client-node";
import type { MemberReadyReason } from "../api/conditions.ts";

/** A Secret that gives no way to the cluster: what is wrong, in words for the person who wrote it. */
export class KubeconfigError extends Error {
  override readonly name = "KubeconfigError";
  readonly reason: MemberReadyReason;

  constructor(reason: MemberReadyReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/**
 * Reads a kubeconfig that came from a Secret. It must carry everything itself: what names files or programs would be read or run
 * with the controller's own rights.
 *
 * @param allowExec Programs (`user.exec`) may be run.
 * @throws KubeconfigError that says what to change; it never quotes credentials.
 */
export function readKubeconfig(text: string, allowExec: boolean, now: Date): KubeConfig {
  const config = parse(text);
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  if (!cluster?.server)
    throw new KubeconfigError("KubeconfigInvalid", "the kubeconfig's current-context names no cluster with a server");
  if (!user) throw new KubeconfigError("KubeconfigInvalid", "the kubeconfig's current-context names no user");
  if (!/^https:\/\//.test(cluster.server) && !isLoopback(cluster.server)) {
    throw new KubeconfigError("KubeconfigInvalid", "the kubeconfig's server is not https");
  }
  for (const [field, value] of [
    ["certificate-authority", cluster.caFile],
    ["client-certificate", user.certFile],
    ["client-key", user.keyFile],
  ]) {
    if (value) {
      throw new KubeconfigError(
        "KubeconfigInvalid",
        `the kubeconfig names a file (${field}); it must carry the content itself (${field}-data): kubectl config view --flatten --raw`,
      );
    }
  }
  if (user.authProvider)
    throw new KubeconfigError("KubeconfigInvalid", "auth-provider is not supported; use a token or a client certificate");
  if (user.exec && !allowExec) {
    throw new KubeconfigError(
      "ExecNotAllowed",
      "the kubeconfig runs a program (user.exec), which is refused; use a token or a client certificate, or start the controller with --allow-exec",
    );
  }
  if (!user.exec && !user.token && !user.certData && !user.username) {
    throw new KubeconfigError("KubeconfigInvalid", "the kubeconfig's user has neither token nor client-certificate-data");
  }
  checkCertificate(user.certData, now);
  return config;
}

function parse(text: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromString(text);
  } catch {
    // The parser's message quotes the text, which may hold credentials.
    throw new KubeconfigError("KubeconfigInvalid", "the Secret's content is not a kubeconfig: it is not YAML of that form");
  }
  if (config.clusters.length === 0)
    throw new KubeconfigError("KubeconfigInvalid", "the Secret's content is not a kubeconfig: it has no clusters");
  return config;
}

function checkCertificate(data: string | undefined, now: Date): void {
  if (!data) return;
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(Buffer.from(data, "base64"));
  } catch (error) {
    throw new KubeconfigError("KubeconfigInvalid", "client-certificate-data is not a certificate (base64 of PEM)", {
      cause: error,
    });
  }
  if (Date.parse(certificate.validTo) <= now.getTime()) {
    throw new KubeconfigError(
      "Unauthorized",
      `the client certificate expired on ${new Date(certificate.validTo).toISOString()}: put a new one into the Secret`,
    );
  }
}

const isLoopback = (server: string): boolean => /^http:\/\/(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?(\/|$)/.test(server);
