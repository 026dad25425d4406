import { beforeEach, describe, expect, it } from "vitest";
import type { AccessPoint, AccessPointStatus, ClusterStatus } from "../../src/api/accesspoint.ts";
import { Reports } from "../../src/controller/reports.ts";
import { capped } from "../../src/domain/caps.ts";

const gateway = (index: number) => ({
  name: `gateway-${index}`,
  vips: [`10.0.0.${index}`],
  fqdns: [`g${index}.example.com`],
  state: "Ready" as const,
});

/** With more Gateways than status ever tells of. */
const cluster = (name: string, count = 20): ClusterStatus => ({
  name,
  phase: "Ready",
  gateways: Array.from({ length: count }, (_, index) => gateway(index)),
});

describe("what status has no room for", () => {
  let reports: Reports;
  beforeEach(() => {
    reports = new Reports();
  });

  const accessPoint = (status: AccessPointStatus) =>
    ({ metadata: { name: "checkout", namespace: "shop", uid: "uid-1" }, status }) as AccessPoint;
  const keep = (...seen: readonly ClusterStatus[]) => {
    const status = capped({ clusters: [...seen] });
    return { status, news: reports.keep("uid-1", status, seen) };
  };

  it("is told to those who decide by it", () => {
    const seen = [cluster("lvs-1"), cluster("slc-1", 1)];
    const { status, news } = keep(...seen);
    expect([news, status.clusters?.[0]?.omittedGateways]).toEqual([true, 4]);
    expect(reports.whole(accessPoint(status)).status?.clusters).toEqual(seen);
  });

  it("is news when it changes, whether or not that shows in status", () => {
    keep(cluster("lvs-1"));
    expect(keep(cluster("lvs-1")).news).toBe(false);
    const moved = cluster("lvs-1");
    moved.gateways![19] = { ...gateway(19), vips: ["10.9.9.9"] };
    const { status, news } = keep(moved);
    expect(news).toBe(true);
    expect(JSON.stringify(status)).not.toContain("10.9.9.9");
    expect(keep(cluster("lvs-1", 2)).news).toBe(true);
    expect(keep(cluster("lvs-1", 3)).news).toBe(false);
  });

  it("stays counted where the pass did not know it either, as after a start", () => {
    const { status } = keep({ ...cluster("lvs-1", 2), omittedGateways: 18 });
    expect(reports.whole(accessPoint(status)).status?.clusters).toEqual([{ ...cluster("lvs-1", 2), omittedGateways: 18 }]);
  });

  it("is forgotten with the AccessPoint, and never told of another one of its name", () => {
    const { status } = keep(cluster("lvs-1"));
    const other = { ...accessPoint(status), metadata: { name: "checkout", namespace: "shop", uid: "uid-2" } };
    expect(reports.whole(other)).toBe(other);
    reports.forget("uid-1");
    expect(reports.whole(accessPoint(status)).status).toBe(status);
  });
});
