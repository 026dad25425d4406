import type { WebhookGate } from "../../api/accesspoint.ts";
import { GATE_HOSTS_ANNOTATION, SECRETS } from "../../api/kinds.ts";
import type { KubeClient } from "../../kube/client.ts";
import { ForbiddenError, NotFoundError } from "../../kube/errors.ts";
import { hostOf, isNamed } from "./hosts.ts";

/** A header cannot be made; the message can be shown. */
export class HeaderError extends Error {
  override readonly name = "HeaderError";
}

/** Said by the connection itself. */
const OWN = ["host", "connection", "content-length", "content-type", "transfer-encoding", "upgrade", "expect", "keep-alive", "te"];

/**
 * The headers that a gate sends, from Secrets of the AccessPoint's namespace. They are read anew for each request and kept nowhere.
 * A Secret goes only where it says itself that it may: whoever may write an AccessPoint could otherwise send it to a host of theirs.
 *
 * @throws HeaderError
 */
export async function headersOf(
  { headersFrom = [] }: Pick<WebhookGate, "headersFrom">,
  url: string,
  { client, namespace, signal }: { readonly client: KubeClient; readonly namespace: string; readonly signal: AbortSignal },
): Promise<Readonly<Record<string, string>>> {
  const headers: Record<string, string> = {};
  for (const { name: header, secretKeyRef } of headersFrom) {
    if (OWN.includes(header.toLowerCase())) throw new HeaderError(`header ${header} cannot come from a Secret`);
    headers[header] = await read(secretKeyRef);
  }
  return headers;

  async function read({ name, key }: { readonly name: string; readonly key: string }): Promise<string> {
    const { metadata, data } = await client.get(SECRETS, name, namespace, { signal }).catch((error: unknown) => {
      if (error instanceof NotFoundError) throw new HeaderError(`there is no Secret ${name} in namespace ${namespace}`);
      if (error instanceof ForbiddenError)
        throw new HeaderError(
          `the controller may not read Secret ${name} in namespace ${namespace}; deploy/gates says how to let it`,
        );
      throw error;
    });
    const host = hostOf(new URL(url));
    const allowed = (metadata.annotations?.[GATE_HOSTS_ANNOTATION] ?? "").split(",").map((text) => text.trim());
    if (!isNamed(host, allowed))
      throw new HeaderError(`Secret ${name} may not be sent to ${host}: its annotation ${GATE_HOSTS_ANNOTATION} does not name it`);
    const encoded = (data as Readonly<Record<string, unknown>> | undefined)?.[key];
    if (typeof encoded !== "string") throw new HeaderError(`Secret ${name} has no key ${key}`);
    const value = Buffer.from(encoded, "base64").toString("utf8").trim();
    if (!/^[\t\x20-\x7e]+$/.test(value))
      throw new HeaderError(`the value of ${key} in Secret ${name} is none that a header can have`);
    return value;
  }
}
