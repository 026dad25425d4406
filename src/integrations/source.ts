import type { KubeObject } from "../api/resource.ts";
import type { Reading } from "../domain/placement/following.ts";

/**
 * Where on the hub it is written what a leader is placed on, and how it is read: one file a project. Everything here is pure;
 * leaders.ts watches.
 */
export interface Source {
  /** What is watched. */
  readonly apiVersion: string;
  readonly kind: string;
  /** Tells two sources apart that read the same kind in different ways. */
  readonly variant?: string;
  /** The names under which the object is followed. */
  readonly names: (object: KubeObject) => readonly string[];
  /** The name that the leader has among those. */
  readonly name: string;
  readonly read: (object: KubeObject) => Reading;
}

/** By its own name, as most leaders are followed. */
export const ownName = ({ metadata }: KubeObject): readonly string[] => [metadata.name];

/** It exists and does not say (yet) where it is placed. */
export const undecided = (message: string): Reading => ({ state: "LeaderUndecided", message });

/** It is not of the shape that its kind has. */
export const unreadable = (message: string): Reading => ({ state: "LeaderUnreadable", message });
