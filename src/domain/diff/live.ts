import { DIGEST_ANNOTATION, GROUP, MANAGED_BY_LABEL } from "../../api/kinds.ts";
import type { KubeObject } from "../../api/resource.ts";
import type { Manifest } from "../manifest.ts";
import { ownedFields } from "../ownership.ts";

/**
 * A live object as it compares with what it is to be: the fields that the manifest sets, with the values that they have now, and
 * the fields that are ours and no longer wanted. What the API server or others filled in is left out.
 */
export function comparable(live: KubeObject, wanted: Manifest): Manifest {
  const { apiVersion, kind, metadata } = live;
  const owned = (ownedFields(live) ?? {}) as Fields;
  const { apiVersion: _, kind: __, metadata: ___, ...content } = wanted;
  const fields = Object.fromEntries(
    [...new Set([...Object.keys(content), ...Object.keys(owned)])]
      .filter((field) => field !== "metadata")
      .map((field) => [field, project(live[field], content[field], owned[field])])
      .filter(([, value]) => value !== undefined),
  );
  const meta = project(metadata, wanted.metadata, owned["metadata"]) as Partial<Manifest["metadata"]> | undefined;
  return withoutMarks({ apiVersion, kind, ...fields, metadata: { ...meta, name: metadata.name } });
}

/** A manifest without what the controller writes on it. */
export function withoutMarks(manifest: Manifest): Manifest {
  const { labels, annotations, ...metadata } = manifest.metadata;
  const kept = (values: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(values).filter(([key]) => !key.startsWith(`${GROUP}/`) && !MARKS.has(key)));
  const [ownLabels, ownAnnotations] = [kept(labels), kept(annotations)];
  return {
    ...manifest,
    metadata: {
      ...metadata,
      ...(Object.keys(ownLabels).length ? { labels: ownLabels } : {}),
      ...(Object.keys(ownAnnotations).length ? { annotations: ownAnnotations } : {}),
    },
  };
}

type Fields = Readonly<Record<string, unknown>>;

const MARKS: ReadonlySet<string> = new Set([MANAGED_BY_LABEL, DIGEST_ANNOTATION]);

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

function project(live: unknown, wanted: unknown, owned: unknown): unknown {
  if (live === undefined || (wanted === undefined && owned === undefined)) return undefined;
  if (isFields(live) && (isFields(wanted) || isFields(owned))) {
    const [want, own] = [isFields(wanted) ? wanted : {}, isFields(owned) ? owned : {}];
    const names = [...new Set([...Object.keys(want), ...Object.keys(own)])];
    return Object.fromEntries(
      names.map((name) => [name, project(live[name], want[name], own[name])]).filter(([, value]) => value !== undefined),
    );
  }
  // Items that the API server completed, such as a Service's ports, are as they were written in what was written.
  if (Array.isArray(live) && Array.isArray(wanted) && live.length === wanted.length)
    return live.map((item, index) => project(item, wanted[index], undefined) ?? item);
  return live;
}
