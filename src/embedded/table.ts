import type { KubeObject } from "../kube/resource.ts";
import type { MetaVersion } from "./http/negotiate.ts";
import type { ServedKind } from "./registry.ts";

export interface Row {
  readonly cells: readonly unknown[];
  readonly object?: unknown;
}

export const partialOf = ({ metadata }: KubeObject, metaVersion: MetaVersion): unknown => ({
  kind: "PartialObjectMetadata",
  apiVersion: metaVersion,
  metadata,
});

export interface RowOptions {
  readonly now: Date;
  /** The includeObject parameter: Metadata (the default), Object or None. */
  readonly include: string | null;
  readonly metaVersion: MetaVersion;
}

export function rowOf(kind: ServedKind, object: KubeObject, { now, include, metaVersion }: RowOptions): Row {
  const cells = kind.columns.map(({ cell }) => cell(object, now));
  if (include === "None") return { cells, object: null };
  return { cells, object: include === "Object" ? object : partialOf(object, metaVersion) };
}

/** What `kubectl get` prints. */
export function table(kind: ServedKind, rows: readonly Row[], metadata: object, metaVersion: MetaVersion): object {
  return { kind: "Table", apiVersion: metaVersion, metadata, columnDefinitions: columnDefinitions(kind), rows };
}

const columnDefinitions = ({ columns }: ServedKind): unknown[] =>
  columns.map(({ name, type, format, description, priority }) => ({ name, type, format, description, priority }));
