import type { Exposure } from "../exposure.ts";
import type { Verdict } from "./judge.ts";

/** Where the Secrets of a Gateway are looked for: in the namespace of its pods. */
export type Home =
  | { readonly state: "Known"; readonly namespace: string }
  | { readonly state: "Loading" }
  | { readonly state: "Failing"; readonly message: string }
  | { readonly state: "Unknown"; readonly verdict: Verdict };

/**
 * @param said Namespace that the AccessPoint says, which counts.
 * @param issuedIn Namespace that its Certificates are issued in; absent: none are.
 */
export function homeOf(gateway: string, exposure: Exposure, said: string | undefined, issuedIn: string | undefined): Home {
  if (said !== undefined) return { state: "Known", namespace: said };
  switch (exposure.state) {
    case "Loading":
      return exposure;
    case "Failing":
      return issuedIn === undefined ? exposure : { state: "Known", namespace: issuedIn };
    case "Unknown":
      return issuedIn === undefined ? unknown("NotReadable", exposure.message) : { state: "Known", namespace: issuedIn };
    case "Known": {
      const namespaces = namespacesOf(exposure);
      const [only] = namespaces;
      if (only !== undefined && namespaces.length === 1) return { state: "Known", namespace: only };
      if (issuedIn !== undefined && (only === undefined || namespaces.includes(issuedIn)))
        return { state: "Known", namespace: issuedIn };
      if (only === undefined)
        return unknown(
          "NotExposed",
          `no Service exposes Gateway ${gateway}, so that the namespace of its pods is not known; traffic.certificates.namespace can say it`,
        );
      return unknown(
        "SeveralNamespaces",
        `Services in ${namespaces.slice(0, 5).join(", ")} expose Gateway ${gateway}: say in traffic.certificates.namespace where its Secrets are`,
      );
    }
  }
}

/** Those of the Services that count, else of all that select its pods. */
const namespacesOf = ({ agreed, namespaces }: Extract<Exposure, { state: "Known" }>): readonly string[] =>
  agreed.length > 0 ? [...new Set(agreed.map(({ namespace }) => namespace))] : namespaces;

const unknown = (reason: Verdict["reason"], message: string): Home => ({
  state: "Unknown",
  verdict: { state: "Unknown", reason, message },
});
