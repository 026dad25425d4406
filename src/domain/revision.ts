import { z } from "zod";
import { type AccessPoint, accessPointSpec } from "../api/accesspoint.ts";
import { API_VERSION, CONTROLLER_REVISIONS, UID_LABEL } from "../api/kinds.ts";
import { apiVersionOf, type KubeObject } from "../api/resource.ts";
import { digest } from "./digest.ts";
import type { Bundle, Owner } from "./render.ts";

/** A revision as the hub keeps it: an apps/v1 ControllerRevision owned by its AccessPoint. */
export interface Revision {
  /** `<accesspoint>-<digest>`. */
  readonly name: string;
  /** Counts up; the higher, the newer. */
  readonly number: number;
  readonly bundle: Bundle;
}

const bundleSchema = accessPointSpec.pick({ templates: true, overrides: true, sync: true, traffic: true });

/** The part of a specification that a revision consists of. Placement and rollout settings make no revision. */
export const bundleOf = ({ templates, overrides, sync, traffic }: Bundle): Bundle => ({
  templates,
  ...(overrides ? { overrides } : {}),
  sync,
  ...(traffic ? { traffic } : {}),
});

export const revisionName = (accessPoint: string, bundle: Bundle): string => `${accessPoint}-${digest(bundleOf(bundle), 10)}`;

export function toControllerRevision({ name, number, bundle }: Revision, owner: Owner): KubeObject {
  return {
    apiVersion: apiVersionOf(CONTROLLER_REVISIONS),
    kind: CONTROLLER_REVISIONS.kind,
    metadata: {
      name,
      namespace: owner.namespace,
      labels: { [UID_LABEL]: owner.uid },
      ownerReferences: [
        {
          apiVersion: API_VERSION,
          kind: "AccessPoint",
          name: owner.name,
          uid: owner.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    revision: number,
    data: bundle,
  };
}

/** Reads a ControllerRevision of ours; undefined when it is not one that this version understands. */
export function fromControllerRevision(object: KubeObject): Revision | undefined {
  const bundle = bundleSchema.safeParse(object["data"]);
  const number = z.int().safeParse(object["revision"]);
  return bundle.success && number.success ? { name: object.metadata.name, number: number.data, bundle: bundle.data } : undefined;
}

/** Revisions that may go: the oldest of those that nobody uses, beyond the limit. */
export function prunable(revisions: readonly Revision[], used: ReadonlySet<string>, limit: number): readonly Revision[] {
  const unused = revisions.filter(({ name }) => !used.has(name)).toSorted((a, b) => b.number - a.number);
  return unused.slice(limit);
}

export const ownerOf = ({ metadata }: Pick<AccessPoint, "metadata">): Owner => ({
  namespace: metadata.namespace ?? "",
  name: metadata.name,
  uid: metadata.uid ?? "",
});
