import type { KubeObject } from "../../kube/resource.ts";
import type { Conversion } from "../registry.ts";

/** Fields of events.k8s.io/v1 and what the same is called in v1, where events are kept. */
const renamed: readonly (readonly [newer: string, older: string])[] = [
  ["regarding", "involvedObject"],
  ["note", "message"],
  ["reportingController", "reportingComponent"],
  ["deprecatedSource", "source"],
  ["deprecatedFirstTimestamp", "firstTimestamp"],
  ["deprecatedLastTimestamp", "lastTimestamp"],
  ["deprecatedCount", "count"],
];

const rename = (object: KubeObject, names: ReadonlyMap<string, string>, apiVersion: string): KubeObject =>
  ({
    ...Object.fromEntries(Object.entries(object).map(([field, value]) => [names.get(field) ?? field, value])),
    apiVersion,
  }) as KubeObject;

const toOlder = new Map(renamed);
const toNewer = new Map(renamed.map(([newer, older]) => [older, newer]));

/** Events are one kind that two groups serve. */
export const eventConversion: Conversion = {
  storageApiVersion: "v1",
  toStorage: (object) => rename(object, toOlder, "v1"),
  fromStorage: (object) => {
    const { reportingController, reportingInstance, ...event } = rename(object, toNewer, "events.k8s.io/v1");
    return {
      ...event,
      ...(reportingController ? { reportingController } : {}),
      ...(reportingInstance ? { reportingInstance } : {}),
    };
  },
};
