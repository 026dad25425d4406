import {
  DestinationRule,
  Gateway,
  ServiceEntry,
  Sidecar,
  VirtualService,
  WorkloadEntry,
  WorkloadGroup,
} from "@kubernetes-models/istio/networking.istio.io/v1";
import { EnvoyFilter } from "@kubernetes-models/istio/networking.istio.io/v1alpha3/EnvoyFilter";
import { AuthorizationPolicy, PeerAuthentication, RequestAuthentication } from "@kubernetes-models/istio/security.istio.io/v1";
import { z } from "zod";
import { labelKey } from "../../api/meta.ts";
import { type FieldPath, pointerPath, valueAt } from "../field-path.ts";
import type { Manifest } from "../manifest.ts";
import { cut } from "../text.ts";
import { service } from "./schemas/service.ts";

/** What in an object is not as the schema of its kind has it. */
export interface Misfit {
  readonly path: FieldPath;
  readonly message: string;
  /** A newer version of the kind may take it, as it may have fields that are not known here: the cluster decides. */
  readonly mayFit: boolean;
}

/** Istio's kinds; the schemas of all their versions are the same. */
const ISTIO = [
  WorkloadGroup,
  WorkloadEntry,
  ServiceEntry,
  DestinationRule,
  PeerAuthentication,
  RequestAuthentication,
  AuthorizationPolicy,
  Sidecar,
  EnvoyFilter,
  Gateway,
  VirtualService,
];

/** How istioctl analyze calls what does not fit a schema of Istio's. */
export const codeOf = ({ kind }: Manifest): string | undefined =>
  ISTIO.some((model) => model.kind === kind) ? "IST0106" : undefined;

/**
 * Types, bounds and required fields that the schema of the kind has. Fields that it does not have are left to the API server, which
 * knows its own version of the kind; so is what lies beyond the beginning of very large objects.
 */
export function misfitsOf(whole: Manifest): readonly Misfit[] {
  const manifest = beginning(whole) as Manifest;
  const model = ISTIO.find(({ kind }) => kind === manifest.kind);
  const own = model ? byModel(model, manifest) : manifest.kind === "Service" ? byZod(service, manifest) : [];
  return [...byZod(metadata, manifest), ...own].slice(0, MAX_MISFITS);
}

/** What is told of one object; who has mended that is told the rest. */
const MAX_MISFITS = 20;
/** Entries of one list or map, and values in all, that are looked at: what compiled schemas find costs its number squared. */
const MAX_ENTRIES = 1000;
const MAX_VALUES = 5000;

function beginning(whole: unknown): unknown {
  let left = MAX_VALUES;
  const copy = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).slice(0, Math.min(MAX_ENTRIES, left));
    left -= entries.length;
    return Array.isArray(value)
      ? entries.map(([, item]) => copy(item))
      : Object.fromEntries(entries.map(([key, item]) => [key, copy(item)]));
  };
  return copy(whole);
}

const labelValue = z
  .string()
  .max(63)
  .regex(
    /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/,
    "must be letters, digits, -, _ and ., with a letter or digit at both ends",
  );
const metadata = z.looseObject({
  metadata: z.looseObject({
    labels: z.record(labelKey(), labelValue).nullish(),
    annotations: z.record(labelKey(), z.string()).nullish(),
  }),
});

function byZod(schema: z.ZodType, manifest: Manifest): readonly Misfit[] {
  const { error } = schema.safeParse(manifest);
  return (error?.issues ?? []).slice(0, MAX_MISFITS).map((issue) => {
    const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
    return { path, message: described(wordsOf(issue), valueAt(manifest, path)), mayFit: issue.code === "invalid_value" };
  });
}

function wordsOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${issue.expected}`;
    case "too_big":
      return `must be at most ${issue.maximum}${issue.origin === "string" ? " characters" : ""}`;
    case "too_small":
      return `must be at least ${issue.minimum}`;
    case "invalid_value":
      return `is none of ${issue.values.join(", ")}`;
    case "invalid_key":
      return "is not a key: a name of letters, digits, -, _ and ., with a prefix where it has one";
    default:
      return issue.message;
  }
}

/** What a compiled schema finds, in the words of Ajv. */
interface ModelError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
}

function byModel(
  Model: (typeof ISTIO)[number],
  { kind: _, apiVersion: __, metadata: { name }, ...content }: Manifest,
): readonly Misfit[] {
  const errors = errorsOf(() => new Model({ metadata: { name }, ...content } as never).validate());
  return [...Map.groupBy(errors, ({ instancePath }) => instancePath)].flatMap(([pointer, found]) => {
    const place = pathIn(content, pointer);
    const value = valueAt(content, place);
    // Of alternatives each says why it does not fit; all that matters is that they exclude each other.
    if (found.some(({ keyword, params }) => keyword === "oneOf" && params["passingSchemas"] !== null)) {
      const message = `has fields that exclude each other: it may have only one of ${Object.keys(value as object).join(", ")}`;
      return [{ path: place, message, mayFit: false }];
    }
    return found.map(({ keyword, params, message = keyword }): Misfit => {
      if (keyword === "required")
        return { path: [...place, String(params["missingProperty"])], message: "is required", mayFit: false };
      if (keyword !== "enum") return { path: place, message: described(message, value), mayFit: false };
      return {
        path: place,
        message: described(`is none of ${(params["allowedValues"] as readonly unknown[]).join(", ")}`, value),
        mayFit: true,
      };
    });
  });
}

function errorsOf(validate: () => void): readonly ModelError[] {
  try {
    validate();
    return [];
  } catch (error) {
    const { errors } = error as { readonly errors?: readonly ModelError[] };
    if (!errors) throw error;
    return errors;
  }
}

const described = (message: string, value: unknown): string =>
  value === undefined ? "is required" : `${message}, and is ${cut(JSON.stringify(value), 60)}`;

/** The path of a JSON Pointer, with positions where there are lists. */
function pathIn(value: unknown, pointer: string): FieldPath {
  let here = value;
  return pointerPath(pointer).map((step) => {
    const isPosition = Array.isArray(here);
    here = valueAt(here, [step]);
    return isPosition ? Number(step) : step;
  });
}
