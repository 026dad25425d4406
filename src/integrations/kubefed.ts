import { z } from "zod";
import type { Leader } from "../api/accesspoint.ts";
import { labelSelector } from "../api/meta.ts";
import type { KubeObject } from "../api/resource.ts";
import type { Reading } from "../domain/placement/following.ts";
import { ownName, type Source, unreadable } from "./source.ts";

const federatedObject = z.looseObject({
  spec: z
    .looseObject({
      placement: z
        .looseObject({
          clusters: z.array(z.looseObject({ name: z.string() })).optional(),
          clusterSelector: labelSelector.optional(),
        })
        .optional(),
    })
    .optional(),
});

/** KubeFed's types.kubefed.io: FederatedDeployment and every other federated kind. */
export const federated = ({ apiVersion, kind, name }: Leader): Source => ({ apiVersion, kind, name, names: ownName, read });

/** As in KubeFed, a list of clusters, even an empty one, makes the selector count for nothing; neither of them is no cluster. */
function read(object: KubeObject): Reading {
  const parsed = federatedObject.safeParse(object);
  const title = `${object.kind} ${object.metadata.name}`;
  if (!parsed.success) return unreadable(`${title}: spec.placement is not as KubeFed defines it`);
  const { clusters, clusterSelector } = parsed.data.spec?.placement ?? {};
  if (clusters) return { state: "Placed", clusters: clusters.map(({ name }) => name) };
  return { state: "Placed", clusters: [], ...(clusterSelector ? { selector: clusterSelector } : {}) };
}
