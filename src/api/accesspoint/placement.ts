import { z } from "zod";
import { cel, listAtomic, objectName } from "../meta.ts";
import { selecting } from "./selection.ts";

const toleration = z
  .strictObject({
    key: z.string().min(1).max(317).optional().describe("Taint key. None: every key, together with operator Exists."),
    operator: z.enum(["Equal", "Exists"]).default("Equal").describe("Equal: the value is the taint's. Exists: any value."),
    value: z.string().max(63).optional().describe("Taint value, for Equal."),
    effect: z.enum(["NoSchedule", "NoExecute"]).optional().describe("Taint effect. None: every effect."),
  })
  .meta(
    cel(
      { rule: "self.operator == 'Equal' || !has(self.value)", message: "Exists takes no value" },
      { rule: "has(self.key) || self.operator == 'Exists'", message: "without a key the operator is Exists" },
    ),
  )
  .describe("Lets the placement select clusters with a taint.");

const BRACKET = /\[(?:[0-9]{1,4}|\*|'[^']+'|"[^"]+")\]/.source;
/** `$.a.b[0]`, `a['b'].c[*]`, `{.a.b}`: nothing in it comes to a value twice, so that reading costs no more than the object is large. */
const CLUSTERS_PATH = new RegExp(`^\\{?\\$?\\.?(?:[-A-Za-z0-9_]+|${BRACKET})(?:\\.[-A-Za-z0-9_]+|\\.?${BRACKET})*\\}?$`);
const CLUSTERS_PATH_RULE = {
  rule: `self.matches(${JSON.stringify(CLUSTERS_PATH.source)})`,
  message:
    "clustersPath is made of names, positions and [*], e.g. $.status.clusters[*].name; neither .. nor filters nor expressions are taken",
};

const leader = z
  .strictObject({
    apiVersion: z
      .string()
      .max(317)
      .regex(/^([a-z0-9][-a-z0-9.]*\/)?v[a-z0-9]+$/)
      .describe("API group and version of the object, e.g. work.karmada.io/v1alpha2."),
    kind: z
      .string()
      .max(63)
      .regex(/^[A-Z][A-Za-z0-9]*$/)
      .describe("Kind of the object."),
    name: objectName().describe("Name of the object; it is in the AccessPoint's namespace, or its kind has none."),
    clustersPath: z
      .string()
      .min(2)
      .max(512)
      .refine((path) => CLUSTERS_PATH.test(path), CLUSTERS_PATH_RULE.message)
      .meta(cel(CLUSTERS_PATH_RULE))
      .optional()
      .describe(
        "For kinds that are not known here: the way to the names of clusters, of names, positions and [*], e.g. $.status.clusters[*].name.",
      ),
    discover: z
      .enum(["Members"])
      .optional()
      .describe("Members: the object is looked for in the member clusters, and is followed to where it runs."),
  })
  .meta(
    cel(
      {
        rule: "!(has(self.clustersPath) && has(self.discover))",
        message: "clustersPath is for an object on the hub, discover for one in the members",
      },
      { rule: "self.apiVersion != 'v1' || self.kind != 'Secret'", message: "a Secret is not followed" },
    ),
  )
  .describe("An object that says where the application runs.");

export const placement = z.strictObject({
  ...selecting,
  follow: z
    .array(leader)
    .min(1)
    .max(16)
    .meta(listAtomic)
    .optional()
    .describe(
      "Clusters that these objects are placed on, all of them together. One that is gone or cannot be read holds the clusters last known from it.",
    ),
  numberOfClusters: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe("At most so many of the clusters that qualify, spread over zones; clusters that were chosen before stay chosen."),
  tolerations: z.array(toleration).max(64).meta(listAtomic).optional().describe("Taints that keep nothing away."),
});

export type PlacementSpec = z.output<typeof placement>;
export type Leader = z.output<typeof leader>;
export type Toleration = z.output<typeof toleration>;
