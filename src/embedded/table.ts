import type { KubeObject } from "../kube/resource.ts";
import type { ServedKind } from "./registry.ts";

export interface Row {
  readonly cells: readonly unknown[];
  readonly object?: unknown;
}

const metaVersion = "meta.k8s.io/v1";

export const partialOf = ({ metadata }: KubeObject): unknown => ({
  kind: "PartialObjectMetadata",
  apiVersion: metaVersion,
  metadata,
});

/** The row of an object; `include` is the includeObject parameter: Metadata (the default), Object or None. */
export function rowOf(kind: ServedKind, object: KubeObject, now: Date, include: string | null): Row {
  const cells = kind.columns.map(({ cell }) => cell(object, now));
  if (include === "None") return { cells, object: null };
  return { cells, object: include === "Object" ? object : partialOf(object) };
}

/** What `kubectl get` prints. */
export function table(kind: ServedKind, rows: readonly Row[], metadata: object): object {
  return { kind: "Table", apiVersion: metaVersion, metadata, columnDefinitions: columnDefinitions(kind), rows };
}

const columnDefinitions = ({ columns }: ServedKind): unknown[] =>
  columns.map(({ name, type, format, description, priority }) => ({ name, type, format, description, priority }));
