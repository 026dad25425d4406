import { z } from "zod";

/** CEL rules in the form that CRDs take (`x-kubernetes-validations`). */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath?: string;
}

/** Attaches CEL rules to a schema; they reach the CRD and are checked by the API server, not by zod. */
export const cel = (...rules: readonly CelRule[]) => ({ "x-kubernetes-validations": rules });

/** A list whose items are told apart by these fields: merged item by item in server-side apply, duplicates refused. */
export const listMap = (...keys: readonly string[]) => ({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": keys });

/** For fields whose content is not described by the schema. */
export const preserveUnknown = { "x-kubernetes-preserve-unknown-fields": true } as const;

/** Levels that an object may have: more than any kind needs, and few enough for whoever walks down. */
export const MAX_LEVELS = 100;

export const isShallow = (value: unknown, levels = MAX_LEVELS): boolean =>
  typeof value !== "object" || value === null || (levels > 0 && Object.values(value).every((item) => isShallow(item, levels - 1)));

/** Checked by zod alone: no schema of Kubernetes can say it. */
export const shallow = <T extends z.ZodType>(schema: T): T =>
  schema.refine((value) => isShallow(value), `is nested deeper than ${MAX_LEVELS} levels`);

export const listSet = { "x-kubernetes-list-type": "set" } as const;
export const listAtomic = { "x-kubernetes-list-type": "atomic" } as const;

export const timestamp = () => z.string().meta({ format: "date-time" });

/** A name that Kubernetes accepts for an object: DNS-1123 subdomain. */
export const objectName = () =>
  z
    .string()
    .min(1)
    .max(253)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);

/** A name that fits one DNS label, as namespaces, zones and stages have it. */
export const labelName = () =>
  z
    .string()
    .min(1)
    .max(63)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);

/** Key of a label: a name, with a prefix where it has one. */
export const labelKey = () =>
  z
    .string()
    .min(1)
    .max(317)
    .regex(/^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/);

/** A span of time as Kubernetes writes it: hours, minutes, seconds, milliseconds ("1h30m", "90s"); no longer than clocks reckon with. */
export const duration = () =>
  z
    .string()
    .max(32)
    .regex(/^([0-9]{1,6}(\.[0-9]{1,3})?(ms|s|m|h))+$/);

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** The milliseconds of a `duration()`. */
export function milliseconds(text: string): number {
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9.]+)(ms|s|m|h)/g)) {
    total += Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
  }
  return Math.round(total);
}

export const labelSelector = z
  .strictObject({
    matchLabels: z.record(z.string(), z.string()).optional().describe("Labels that must be present with exactly these values."),
    matchExpressions: z
      .array(
        z
          .strictObject({
            key: z.string().min(1).max(317).describe("Label key."),
            operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]).describe("How the key relates to the values."),
            values: z
              .array(z.string().max(63))
              .max(100)
              .meta(listAtomic)
              .optional()
              .describe("Values for In and NotIn; none for the others."),
          })
          .meta(
            cel({
              rule: "self.operator in ['In', 'NotIn'] ? has(self.values) && size(self.values) > 0 : !has(self.values) || size(self.values) == 0",
              message: "In and NotIn need at least one value; Exists and DoesNotExist take none",
            }),
          ),
      )
      .max(32)
      .meta(listAtomic)
      .optional()
      .describe("Requirements that must all hold."),
  })
  .describe("Selects clusters by their labels; an empty selector matches all.");

export type LabelSelector = z.infer<typeof labelSelector>;

export const condition = z
  .strictObject({
    type: z.string().max(316).describe("What the condition is about, in CamelCase."),
    status: z.enum(["True", "False", "Unknown"]).describe("Whether it holds."),
    observedGeneration: z.int().min(0).optional().describe("metadata.generation of the object that this was judged from."),
    lastTransitionTime: timestamp().describe("When status last changed."),
    reason: z.string().min(1).max(128).describe("Why, in one CamelCase word from the documented list."),
    message: z.string().max(32768).describe("Why, in a sentence for people."),
  })
  .describe("One aspect of the object's current state.");

export type Condition = z.infer<typeof condition>;

export const conditions = () =>
  z.array(condition).meta(listMap("type")).optional().describe("The object's current state, one entry an aspect.");
