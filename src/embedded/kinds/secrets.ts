import { createPrivateKey, X509Certificate } from "node:crypto";
import type { KubeObject } from "../../kube/resource.ts";
import type { ServedKind } from "../registry.ts";

/** A TLS Secret is kept whatever is in it; that it will not work is said in a Warning. */
export const secretHooks: Pick<ServedKind, "warnings"> = {
  warnings: (object) => {
    if (object["type"] !== "kubernetes.io/tls") return [];
    const problem = pairProblem(object);
    return problem === undefined ? [] : [`tls: ${problem}`];
  },
};

function pairProblem(secret: KubeObject): string | undefined {
  const data = (secret["data"] ?? {}) as Readonly<Record<string, string>>;
  const text = (key: string): string => Buffer.from(data[key] ?? "", "base64").toString();
  const [certificate, key] = [text("tls.crt"), text("tls.key")];
  if (!/-----BEGIN [A-Z0-9 ]+-----/.test(certificate)) return "failed to find any PEM data in certificate input";
  if (!/-----BEGIN [A-Z0-9 ]+-----/.test(key)) return "failed to find any PEM data in key input";
  try {
    const fits = new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
    return fits ? undefined : "private key does not match public key";
  } catch {
    // Go tells by which library and where it gave up; the reader learns as much from less.
    return "failed to parse the certificate or its private key";
  }
}
