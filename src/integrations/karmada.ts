import { z } from "zod";
import type { Leader } from "../api/accesspoint.ts";
import type { KubeObject } from "../api/resource.ts";
import type { Reading } from "../domain/placement/following.ts";
import { ownName, type Source, undecided, unreadable } from "./source.ts";

const binding = z.looseObject({
  spec: z.looseObject({
    resource: z.looseObject({ apiVersion: z.string(), kind: z.string(), name: z.string() }),
    clusters: z.array(z.looseObject({ name: z.string() })).optional(),
    gracefulEvictionTasks: z.array(z.looseObject({ fromCluster: z.string() })).optional(),
  }),
});

/** The version in which a binding lists its clusters together with what is on its way out of them. */
const BINDINGS = { apiVersion: "work.karmada.io/v1alpha2", kind: "ResourceBinding" } as const;

/** Karmada's ResourceBinding, by its own name. */
export const resourceBinding = ({ apiVersion, kind, name }: Leader): Source => ({ apiVersion, kind, name, names: ownName, read });

/** A workload on the hub, by the ResourceBinding that Karmada made for it. */
export const bindingOf = ({ apiVersion, kind, name }: Leader): Source => ({
  ...BINDINGS,
  variant: "workload",
  name: workload(apiVersion, kind, name),
  names: (object) => {
    const parsed = binding.safeParse(object);
    if (!parsed.success) return [];
    const { resource } = parsed.data.spec;
    return [workload(resource.apiVersion, resource.kind, resource.name)];
  },
  read,
});

const workload = (apiVersion: string, kind: string, name: string): string => `${apiVersion}/${kind}/${name}`;

/** A cluster that the workload is being moved away from still counts: Karmada keeps it there until the others are healthy. */
function read(object: KubeObject): Reading {
  const title = `ResourceBinding ${object.metadata.name}`;
  const parsed = binding.safeParse(object);
  if (!parsed.success) return unreadable(`${title} is not as Karmada defines it`);
  const { clusters = [], gracefulEvictionTasks = [] } = parsed.data.spec;
  const names = [...clusters.map(({ name }) => name), ...gracefulEvictionTasks.map(({ fromCluster }) => fromCluster)];
  return names.length > 0
    ? { state: "Placed", clusters: [...new Set(names)] }
    : undecided(`${title} is not scheduled to any cluster`);
}
