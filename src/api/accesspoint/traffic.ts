import { z } from "zod";
import { labelName, listAtomic, objectName } from "../meta.ts";
import { certificates } from "./certificates.ts";

const vip = z
  .strictObject({
    services: z
      .array(
        z.strictObject({
          namespace: labelName().optional().describe("Namespace of the Service. Default: the AccessPoint's."),
          name: objectName().describe("Name of the Service."),
        }),
      )
      .min(1)
      .max(16)
      .meta(listAtomic)
      .optional()
      .describe(
        "Services whose addresses count as the VIPs of the bundle's Gateways. Default: Services of the bundle that select the gateway workload; without such the only Service in the cluster that does. Several are each a path to it.",
      ),
  })
  .describe("The L4 addresses of the bundle's Gateways.");

export const traffic = z
  .strictObject({
    vip: vip.optional(),
    certificates: certificates.optional(),
  })
  .describe("How traffic reaches the application. It is part of the revision.");

export type Traffic = z.output<typeof traffic>;
