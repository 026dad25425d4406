import { z } from "zod";
import { duration, listAtomic, objectName } from "../../meta.ts";

/** A URL without user and password: those belong into a header that comes from a Secret. */
export const url = () =>
  z
    .string()
    .max(2048)
    .regex(/^https?:\/\/[^\s/@?#]+([/?][^\s#]*)?$/);

const headerFrom = z
  .strictObject({
    name: z
      .string()
      .max(128)
      .regex(/^[A-Za-z0-9-]+$/)
      .describe("Name of the header, such as Authorization."),
    secretKeyRef: z
      .strictObject({
        name: objectName().describe("Name of a Secret in the AccessPoint's namespace on the hub."),
        key: z
          .string()
          .min(1)
          .max(253)
          .regex(/^[-._a-zA-Z0-9]+$/)
          .describe("The key of the Secret whose value the header has."),
      })
      .describe(
        "Where the value is. The Secret says where it may be sent: annotation accesspoint.dev/gate-hosts, host names with commas between them.",
      ),
  })
  .describe("A header whose value is kept in a Secret.");

/** What every gate that calls a server has in common. */
export const outgoing = {
  headersFrom: z
    .array(headerFrom)
    .max(8)
    .meta(listAtomic)
    .optional()
    .describe("Headers that are sent with each request, from Secrets; their values are never shown."),
  caBundle: z
    .string()
    .max(16_384)
    .optional()
    .describe("Certificate authorities in PEM that the server's certificate must come from. Default: the well-known ones."),
};

/** How long a check may take in all. */
export const timeout = (standard: string) =>
  duration()
    .default(standard)
    .describe("The gate fails when it has not passed so long after it was opened; the last check is made at that moment.");
