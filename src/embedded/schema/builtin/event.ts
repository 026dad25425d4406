import { isDeepStrictEqual } from "node:util";
import type { KubeObject } from "../../../kube/resource.ts";
import { invalid, required } from "../errors.ts";
import { isDns1123Subdomain, isLabelKey, isPathSegment } from "../names.ts";
import type { FieldError, Schema } from "../schema.ts";
import type { BuiltinKind } from "./kind.ts";
import { objectReference } from "./references.ts";
import { immutable, named } from "./rules.ts";
import { int32, microTime, pointer, struct, text, time } from "./shapes.ts";

const source = struct("EventSource", { component: text, host: text });

/** Events as v1 spells them. */
export const event: BuiltinKind = {
  resource: { group: "", version: "v1", plural: "events", kind: "Event", namespaced: true },
  singular: "event",
  shortNames: ["ev"],
  metadata: { namespaced: true, name: isPathSegment },
  schema: struct(
    "Event",
    {
      involvedObject: objectReference,
      reason: text,
      message: text,
      source,
      firstTimestamp: time,
      lastTimestamp: time,
      count: int32,
      type: text,
      eventTime: microTime,
      series: pointer(struct("EventSeries", { count: int32, lastObservedTime: microTime })),
      action: text,
      related: pointer(objectReference),
      reportingComponent: text,
      reportingInstance: text,
    },
    ["reportingComponent", "reportingInstance"],
  ),
  validate: (object) => validateCommon(fromOlder(object)),
};

const series: Schema = struct("EventSeries", { count: int32, lastObservedTime: microTime }, ["count", "lastObservedTime"]);

/** The same Events as events.k8s.io/v1 spells them, which asks more of them. */
export const newerEvent: BuiltinKind = {
  resource: { group: "events.k8s.io", version: "v1", plural: "events", kind: "Event", namespaced: true },
  singular: "event",
  shortNames: ["ev"],
  metadata: { namespaced: true, qualifiedFinalizers: true },
  schema: struct("Event", {
    eventTime: microTime,
    series: pointer(series),
    reportingController: text,
    reportingInstance: text,
    action: text,
    reason: text,
    regarding: objectReference,
    related: pointer(objectReference),
    note: text,
    type: text,
    deprecatedSource: source,
    deprecatedFirstTimestamp: time,
    deprecatedLastTimestamp: time,
    deprecatedCount: int32,
  }),
  validate: (object, old) => {
    const event = fromNewer(object);
    return [...validateCommon(event), ...(old ? validateChange(event, fromNewer(old)) : validateNew(event))];
  },
};

/** An Event of either spelling, under the names that refusals use. */
interface Event {
  readonly namespace: string;
  readonly involvedObject: { readonly namespace?: string };
  readonly reason: string;
  readonly message: string;
  readonly source: { readonly component?: string; readonly host?: string };
  readonly firstTimestamp: string | null;
  readonly lastTimestamp: string | null;
  readonly count: number;
  readonly type: string;
  readonly eventTime: string | null;
  readonly series: { readonly count?: number; readonly lastObservedTime: string | null } | undefined;
  readonly action: string;
  readonly related: unknown;
  readonly reportingController: string;
  readonly reportingInstance: string;
  /** What the request calls the reporting controller. */
  readonly controllerField: "reportingComponent" | "reportingController";
}

type Fields = Readonly<Record<string, never>>;

function fromOlder(object: KubeObject): Event {
  const { metadata, message = "", count = 0, reportingComponent = "", ...rest } = object as KubeObject & Fields;
  const { source = {}, firstTimestamp, lastTimestamp, involvedObject = {} } = rest as Fields;
  return {
    ...common(object),
    namespace: metadata.namespace ?? "",
    involvedObject,
    message,
    source,
    firstTimestamp: firstTimestamp ?? null,
    lastTimestamp: lastTimestamp ?? null,
    count,
    reportingController: reportingComponent,
    controllerField: "reportingComponent",
  };
}

function fromNewer(object: KubeObject): Event {
  const fields = object as unknown as Fields;
  return {
    ...common(object),
    namespace: object.metadata.namespace ?? "",
    involvedObject: fields["regarding"] ?? {},
    message: fields["note"] ?? "",
    source: fields["deprecatedSource"] ?? {},
    firstTimestamp: fields["deprecatedFirstTimestamp"] ?? null,
    lastTimestamp: fields["deprecatedLastTimestamp"] ?? null,
    count: fields["deprecatedCount"] ?? 0,
    reportingController: fields["reportingController"] ?? "",
    controllerField: "reportingController",
  };
}

function common(
  object: KubeObject,
): Pick<Event, "reason" | "type" | "eventTime" | "series" | "action" | "related" | "reportingInstance"> {
  const {
    reason = "",
    type = "",
    eventTime = null,
    series,
    action = "",
    related,
    reportingInstance = "",
  } = object as unknown as Fields;
  return { reason, type, eventTime, series, action, related, reportingInstance };
}

function validateCommon(event: Event): FieldError[] {
  const { namespace, involvedObject, eventTime } = event;
  const about = involvedObject.namespace ?? "";
  const anywhere = eventTime === null ? ["", "default"] : ["default", "kube-system"];
  const isElsewhere = about === "" ? !anywhere.includes(namespace) : eventTime === null && about !== namespace;
  return [
    ...(isElsewhere ? [invalid("involvedObject.namespace", about, "does not match event.namespace")] : []),
    ...(eventTime === null ? [] : validateReport(event)),
    ...named(isDns1123Subdomain, "namespace", namespace),
  ];
}

/** An Event with a time of its own says who saw what. */
function validateReport(event: Event): FieldError[] {
  const { reportingController, reportingInstance, action, reason, message, controllerField } = event;
  const bounded = (field: string, value: string, max: number) =>
    Buffer.byteLength(value) > max ? [invalid(field, "", `can have at most ${max} characters`)] : [];
  const told = (field: string, value: string) => (value === "" ? [required(field)] : bounded(field, value, 128));
  return [
    ...(reportingController === "" ? [required(controllerField)] : []),
    ...named(isLabelKey, controllerField, reportingController),
    ...told("reportingInstance", reportingInstance),
    ...told("action", action),
    ...told("reason", reason),
    ...bounded("message", message, 1024),
  ];
}

function validateNew(event: Event): FieldError[] {
  const { type, source, firstTimestamp, lastTimestamp, count } = event;
  const unset = { firstTimestamp: firstTimestamp !== null, lastTimestamp: lastTimestamp !== null, count: count !== 0 };
  const isSourced = Boolean(source.component || source.host);
  return [
    ...validateSeries(event),
    ...(event.eventTime === null ? [required("eventTime")] : []),
    ...(type === "Normal" || type === "Warning" ? [] : [invalid("type", "", `has invalid value: ${type}`)]),
    ...Object.entries({ ...unset, source: isSourced }).flatMap(([field, isSet]) =>
      isSet ? [invalid(field, "", "needs to be unset")] : [],
    ),
  ];
}

function validateSeries({ series }: Event): FieldError[] {
  if (!series) return [];
  const { count = 0, lastObservedTime } = series;
  return [
    ...(count < 2 ? [invalid("series.count", "", "should be at least 2")] : []),
    ...(lastObservedTime === null ? [required("series.lastObservedTime")] : []),
  ];
}

const fixed = [
  ...(["involvedObject", "reason", "message", "source", "firstTimestamp", "lastTimestamp", "count", "type"] as const),
  ...(["eventTime", "action", "related", "reportingController", "reportingInstance"] as const),
];

/** Only the series of an Event goes on. */
function validateChange(event: Event, old: Event): FieldError[] {
  return [
    ...(isDeepStrictEqual(event.series, old.series) ? [] : validateSeries(event)),
    ...fixed.flatMap((field) => immutable(field, event[field], old[field])),
  ];
}
