import { describe, expect, it } from "vitest";
import type { GatewayStatus } from "../../../src/domain/traffic/gateways.ts";
import { type ProbeFacts, probed, probeProblem } from "../../../src/domain/traffic/probes.ts";
import { surroundingsOf } from "../surroundings.ts";

const SPEC = { protocol: "HTTPS", port: 443, path: "/healthz", interval: "30s", timeout: "5s" } as const;
const EARLIER = "2026-01-01T00:00:00.000Z";
const NOW = "2026-02-02T00:00:00.000Z";

type Path = NonNullable<GatewayStatus["paths"]>[number];

const gateway = (paths: readonly Path[], parts: Partial<GatewayStatus> = {}): GatewayStatus => ({
  name: "web",
  vips: paths.flatMap(({ vip }) => vip ?? []),
  fqdns: ["*.example.com", "wéb.example.com", "web.example.com"],
  state: "Ready",
  reason: "Exposed",
  paths: [...paths],
  ...parts,
});
const path = (vip: string, parts: Partial<Path> = {}): Path => ({ vip, service: "edge/public", ...parts });
const well: ProbeFacts = { healthy: true, since: NOW };
const ill: ProbeFacts = { healthy: false, since: NOW, message: "TCP on port 443: ECONNREFUSED" };

const look = (
  one: GatewayStatus,
  answers: Readonly<Record<string, readonly ProbeFacts[]>>,
  before: readonly GatewayStatus[] = [],
  unread: Parameters<typeof surroundingsOf>[1] = {},
) => probed({ gateways: [one], needs: [], loading: false }, SPEC, surroundingsOf([], unread, answers), before);

describe("what probes say of a Gateway", () => {
  it.each<[string, ReturnType<typeof look>, object]>([
    [
      "each address has its own answer; one that is well is enough to be reached",
      look(gateway([path("10.0.0.1"), path("10.0.0.2")]), { "10.0.0.1": [well], "10.0.0.2": [ill] }),
      {
        state: "Ready",
        paths: [
          { vip: "10.0.0.1", service: "edge/public", healthy: true, since: NOW },
          { vip: "10.0.0.2", service: "edge/public", healthy: false, since: NOW, message: ill.message },
        ],
      },
    ],
    [
      "none that is well",
      look(gateway([path("10.0.0.1")]), { "10.0.0.1": [ill] }),
      { state: "Degraded", reason: "ProbeFailed", message: `every address fails its probe: ${ill.message}` },
    ],
    [
      "the time stays as long as the answer does, also over a restart",
      look(gateway([path("10.0.0.1")]), { "10.0.0.1": [well] }, [gateway([path("10.0.0.1", { healthy: true, since: EARLIER })])]),
      { paths: [{ vip: "10.0.0.1", service: "edge/public", healthy: true, since: EARLIER }] },
    ],
    [
      "before the first answer it is as it was",
      look(gateway([path("10.0.0.1")]), {}, [gateway([path("10.0.0.1", { healthy: false, since: EARLIER, message: "m" })])], {
        Probe: { state: "Loading" },
      }),
      { state: "Degraded", paths: [{ healthy: false, since: EARLIER, message: "m" }] },
    ],
    [
      "an address that may not be asked is not known to be well or ill",
      look(gateway([path("127.0.0.1")]), {}, [], { Probe: { state: "Forbidden", message: "not probed" } }),
      { state: "Ready", paths: [{ vip: "127.0.0.1", service: "edge/public", message: "not probed" }] },
    ],
  ])("%s", (_, seen, expected) => {
    expect(seen.gateways[0]).toMatchObject(expected);
  });

  it("asks with the first host that has a name in DNS and is no wildcard, only addresses that count, never too often", () => {
    const ambiguous = gateway([path("10.0.0.1")], { vips: [], state: "Ambiguous" });
    expect(look(ambiguous, {}).needs).toEqual([]);
    const { needs } = probed(
      { gateways: [gateway([path("10.0.0.1")])], needs: [], loading: false },
      { ...SPEC, interval: "1ms", timeout: "1h" },
      surroundingsOf([]),
      [],
    );
    expect(needs).toEqual([
      {
        kind: "Probe",
        probe: {
          protocol: "HTTPS",
          address: "10.0.0.1",
          port: 443,
          host: "web.example.com",
          path: "/healthz",
          intervalMs: 2000,
          timeoutMs: 30_000,
          statuses: [],
        },
      },
    ]);
  });

  it("is unread until every address was asked", () => {
    expect(look(gateway([path("10.0.0.1")]), {}, [], { Probe: { state: "Loading" } }).probing).toBe(true);
    expect(look(gateway([path("10.0.0.1")]), { "10.0.0.1": [ill] }).probing).toBe(false);
  });

  it("a rollout that asks for probes waits for every address", () => {
    const [half] = look(gateway([path("10.0.0.1"), path("10.0.0.2")]), { "10.0.0.1": [well], "10.0.0.2": [ill] }).gateways;
    expect(probeProblem(half!)).toBe(`Gateway/web: probe of 10.0.0.2: ${ill.message}`);
    const [all] = look(gateway([path("10.0.0.1")]), { "10.0.0.1": [well] }).gateways;
    expect(probeProblem(all!)).toBeUndefined();
    expect(probeProblem(gateway([], { state: "Pending", message: "no address" }))).toBe("Gateway/web: no address");
  });
});
