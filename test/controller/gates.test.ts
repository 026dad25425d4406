import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { GateChecks } from "../../src/controller/gates.ts";
import type { Check } from "../../src/domain/rollout/model.ts";
import { HostPolicy } from "../../src/integrations/gates/hosts.ts";
import type { KubeClient } from "../../src/kube/client.ts";
import { systemClock } from "../../src/kube/clock.ts";
import { silentLogger } from "../../src/kube/logger.ts";
import { WebhookServer } from "../support/gate-servers.ts";
import { always, eventually } from "../support/wait.ts";

const METADATA = { namespace: "shop", name: "checkout", uid: "uid-1" };

describe("questions of gates", () => {
  let server: WebhookServer;
  let gates: GateChecks;
  let told: string[];
  beforeAll(async () => {
    server = await WebhookServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    server.reviews.length = 0;
    server.answer = () => ({ status: 200 });
    told = [];
    gates = new GateChecks({
      hub: {} as KubeClient,
      fleet: { get: () => undefined },
      hosts: new HostPolicy(),
      clock: systemClock,
      logger: silentLogger,
      onAnswer: (accessPoint) => told.push(accessPoint),
    });
  });
  afterEach(() => gates.stop());

  const check = (parts: Partial<Check> = {}): Check => ({
    id: "gate-1",
    attempt: 1,
    stage: "canary",
    gate: { type: "Webhook", when: "After", state: "Waiting", webhook: { url: server.url, timeout: "10m" } },
    clusters: [],
    deadline: new Date(Date.now() + 600_000),
    held: false,
    ...parts,
  });
  const tend = (...checks: readonly Check[]) => gates.tend(METADATA, {}, checks);
  const answered = () => eventually("there is an answer", () => expect(gates.answers("uid-1")).toHaveLength(1), { everyMs: 5 });

  it("are put once, however often they are asked for, and the answer stays until nobody asks any more", async () => {
    tend(check());
    tend(check());
    await answered();
    tend(check());
    expect(server.reviews).toHaveLength(1);
    expect(told).toEqual(["shop/checkout"]);
    expect(gates.answers("uid-1")).toMatchObject([{ id: "gate-1", attempt: 1, outcome: "Success", message: "it answered 200" }]);
    expect(gates.answers("uid-2")).toEqual([]);
    tend();
    expect(gates.answers("uid-1")).toEqual([]);
  });

  it("are put again for the next attempt, which knows nothing of the answer before", async () => {
    tend(check());
    await answered();
    tend(check({ attempt: 2 }));
    expect(gates.answers("uid-1")).toEqual([]);
    await answered();
    expect(gates.answers("uid-1")).toMatchObject([{ attempt: 2 }]);
  });

  it("are not begun while they are held, but what runs may end", async () => {
    tend(check({ held: true }));
    await always(() => expect(server.reviews).toEqual([]), 100);
    tend(check());
    tend(check({ held: true }));
    await answered();
  });

  it("are given up when nobody asks any more, whatever they come to", async () => {
    server.answer = () => ({ status: 200, silent: true });
    tend(check());
    await eventually("it was asked", () => expect(server.reviews).toHaveLength(1));
    tend();
    await gates.stop();
    expect([told, gates.answers("uid-1")]).toEqual([[], []]);
  });

  it("that cannot be put are answered, too", async () => {
    const webhook = { url: "https://169.254.169.254/latest", timeout: "10m" };
    tend(check({ gate: { type: "Webhook", when: "After", state: "Waiting", webhook } }));
    await answered();
    expect(gates.answers("uid-1")).toMatchObject([{ outcome: "Error", message: expect.stringContaining("gates never call") }]);
  });
});
