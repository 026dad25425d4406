import { z } from "zod";

export const sync = z
  .strictObject({
    whenAlreadyExists: z
      .enum(["Fail", "TakeOver", "TakeOverIfNoDiff"])
      .default("Fail")
      .describe(
        "What happens to an object that is there already and is not ours. Fail: it is left alone and reported. TakeOver: it is made ours. TakeOverIfNoDiff: it is made ours when that changes nothing but our marks.",
      ),
    whenDrifted: z
      .enum(["Repair", "Report"])
      .default("Repair")
      .describe(
        "What happens when someone else changes our object in a member. Repair: it is written again. Report: status and an Event say so. An object that is deleted is written again in either case.",
      ),
    whenRemoved: z
      .enum(["Delete", "Orphan"])
      .default("Delete")
      .describe(
        "What happens to objects that leave the bundle or the placement. Delete: they go. Orphan: they stay, without our marks.",
      ),
    createNamespace: z
      .boolean()
      .default(false)
      .describe("Create the namespace in members that do not have it. It is never deleted."),
  })
  .prefault({})
  .describe("How objects in the members are treated.");

export type Sync = z.output<typeof sync>;
