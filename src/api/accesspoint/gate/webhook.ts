import { z } from "zod";
import { outgoing, timeout, url } from "./outgoing.ts";

export const webhook = z
  .strictObject({
    url: url().describe(
      "Where the question is posted as JSON: https, or http to loopback; which hosts may be called is the platform's to say (--gate-hosts).",
    ),
    timeout: timeout("10m"),
    ...outgoing,
  })
  .describe("Asks an HTTP server: 2xx passes, 4xx fails, everything else is asked again with growing pauses until the timeout.");

export type WebhookGate = z.output<typeof webhook>;
