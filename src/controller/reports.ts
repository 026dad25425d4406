import type { AccessPoint, AccessPointStatus, ClusterStatus } from "../api/accesspoint.ts";
import { isCut } from "../domain/caps.ts";

type Told = Pick<ClusterStatus, "gateways" | "omittedGateways" | "certificates" | "omittedCertificates">;

/**
 * Gateways and certificates of clusters for which status had no room, as the last pass saw them: what others decide by is not what
 * fits. Only in memory, and only of what is cut; after a start status alone tells, until a pass has seen the clusters again.
 */
export class Reports {
  /** By uid of the AccessPoint, then by cluster. */
  readonly #cut = new Map<string, ReadonlyMap<string, Told>>();

  /**
   * Keeps what a pass saw, once status is stored.
   *
   * @returns whether that differs from what was kept.
   */
  keep(uid: string, stored: AccessPointStatus, seen: readonly ClusterStatus[]): boolean {
    const cut = new Set((stored.clusters ?? []).filter(isCut).map(({ name }) => name));
    const kept = new Map(
      seen.filter(({ name }) => cut.has(name)).map((cluster): [string, Told] => [cluster.name, toldOf(cluster)]),
    );
    const before = this.#cut.get(uid);
    if (kept.size > 0) this.#cut.set(uid, kept);
    else this.#cut.delete(uid);
    return textOf(before) !== textOf(kept);
  }

  /** An AccessPoint with all that is known of its clusters in status. */
  whole<T extends Pick<AccessPoint, "metadata" | "status">>(accessPoint: T): T {
    const cut = this.#cut.get(accessPoint.metadata.uid ?? "");
    const { status } = accessPoint;
    if (!cut || !status?.clusters) return accessPoint;
    const clusters = status.clusters.map((cluster) => {
      const told = isCut(cluster) ? cut.get(cluster.name) : undefined;
      if (!told) return cluster;
      const { gateways, omittedGateways, certificates, omittedCertificates, ...rest } = cluster;
      return { ...rest, ...told };
    });
    return { ...accessPoint, status: { ...status, clusters } };
  }

  forget(uid: string): void {
    this.#cut.delete(uid);
  }
}

/** What was not known to the pass either stays counted. */
const toldOf = ({ gateways, omittedGateways, certificates, omittedCertificates }: ClusterStatus): Told => ({
  ...(gateways ? { gateways } : {}),
  ...(omittedGateways ? { omittedGateways } : {}),
  ...(certificates ? { certificates } : {}),
  ...(omittedCertificates ? { omittedCertificates } : {}),
});

const textOf = (kept: ReadonlyMap<string, Told> | undefined): string => JSON.stringify([...(kept ?? [])]);
