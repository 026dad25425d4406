import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { realBinaries, startFleet, type TestCluster } from "../support/clusters.ts";
import type { Answer, RawClient } from "./client.ts";
import { widgets } from "./definitions.ts";
import { normalise } from "./normalise.ts";
import { Subject } from "./run.ts";

/**
 * Three field managers write the same few objects at random, in every way there is, on both servers: every answer, every
 * conflict and at the end every object with its managedFields must be the same. They walk in several namespaces at a time,
 * each along a way of its own, because the real server takes its time with one operation and has time for more.
 * WALK_OPERATIONS and WALK_SEED say how far and along which ways.
 */
const operations = Number(process.env["WALK_OPERATIONS"] ?? 10_000);
const seed = Number(process.env["WALK_SEED"] ?? 20261120);
const lanes = ["walk-1", "walk-2", "walk-3", "walk-4", "walk-5"];

const managers = ["alpha", "beta", "gamma"];
const names = ["a", "b", "c", "d"];
const collectionIn = (namespace: string): string => `/apis/contract.example.com/v1/namespaces/${namespace}/widgets`;

/** A sequence of choices that is a function of its seed. */
class Dice {
  #state: number;

  constructor(start: number) {
    this.#state = start >>> 0;
  }

  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }

  chance(of: number): boolean {
    return this.below(of) === 0;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  some<T>(from: readonly T[]): T[] {
    return from.filter(() => this.chance(2));
  }
}

function spec(dice: Dice): Record<string, unknown> {
  const parts: Record<string, () => unknown> = {
    replicas: () => dice.below(3),
    mode: () => dice.pick(["auto", "manual"]),
    tags: () => dice.some(["x", "y", "z"]),
    atoms: () => dice.some(["p", "q"]),
    rules: () =>
      dice.some(["r", "s", "t"]).map((name) => ({
        name,
        ...(dice.chance(2) && { value: dice.pick(["1", "2"]) }),
        ...(dice.chance(3) && { weight: dice.below(3) }),
      })),
    settings: () => Object.fromEntries(dice.some(["k", "l", "m"]).map((key) => [key, dice.pick(["1", "2"])])),
    frozen: () => Object.fromEntries(dice.some(["a", "b"]).map((key) => [key, dice.pick(["1", "2"])])),
    free: () => ({ [dice.pick(["u", "v"])]: dice.pick([1, [1, 2], { w: dice.below(2) }]) }),
    nested: () => dice.pick([{}, { note: "n" }, { depth: dice.below(3) }]),
    maybe: () => dice.pick(["yes", null]),
    port: () => dice.pick([80, "http"]),
  };
  return { size: 1 + dice.below(3), ...Object.fromEntries(dice.some(Object.keys(parts)).map((part) => [part, parts[part]!()])) };
}

function status(dice: Dice): Record<string, unknown> {
  return {
    ...(dice.chance(2) && { phase: dice.pick(["Up", "Down"]) }),
    conditions: dice.some(["A", "B"]).map((type) => ({ type, status: dice.pick(["True", "False"]) })),
  };
}

const metadata = (dice: Dice, name: string) => ({
  name,
  ...(dice.chance(2) && { labels: Object.fromEntries(dice.some(["l1", "l2"]).map((label) => [label, dice.pick(["x", "y"])])) }),
  ...(dice.chance(4) && { annotations: { note: dice.pick(["x", "y"]) } }),
});

interface Operation {
  readonly say: string;
  readonly run: (client: RawClient) => Promise<Answer>;
}

const type = { apiVersion: "contract.example.com/v1", kind: "Widget" };

/** What is next: decided by the dice alone, so that both servers are asked the same. */
function operation(dice: Dice, collection: string): Operation {
  const name = dice.pick(names);
  const manager = dice.pick(managers);
  const path = `${collection}/${name}`;
  const send = (say: string, method: string, to: string, body: unknown, contentType = "application/json"): Operation => ({
    say: `${manager} ${say} ${name} ${JSON.stringify(body)}`,
    run: (client) => client.send({ method, path: to, body: JSON.stringify(body), contentType }),
  });
  const query = `?fieldManager=${manager}`;
  switch (dice.below(12)) {
    case 0:
      return send("creates", "POST", `${collection}${query}`, { ...type, metadata: metadata(dice, name), spec: spec(dice) });
    case 1:
    case 2:
    case 3:
      return send(
        "applies",
        "PATCH",
        path + query,
        { ...type, metadata: metadata(dice, name), spec: spec(dice) },
        "application/apply-patch+yaml",
      );
    case 4:
    case 5:
      return send(
        "forces",
        "PATCH",
        `${path}${query}&force=true`,
        { ...type, metadata: metadata(dice, name), spec: spec(dice) },
        "application/apply-patch+yaml",
      );
    case 6:
      return send(
        "merges",
        "PATCH",
        path + query,
        { metadata: { labels: { l1: dice.pick(["x", null]) } }, spec: spec(dice) },
        "application/merge-patch+json",
      );
    case 7:
      return send(
        "removes",
        "PATCH",
        path + query,
        { spec: { [dice.pick(["tags", "rules", "settings", "free", "mode", "nested"])]: null } },
        "application/merge-patch+json",
      );
    case 8: {
      const next = { ...type, metadata: metadata(dice, name), spec: spec(dice) };
      return {
        say: `${manager} updates ${name} ${JSON.stringify(next)}`,
        run: async (client) => {
          const { body } = await client.send({ method: "GET", path });
          const { resourceVersion } = (body as { metadata: { resourceVersion?: string } }).metadata ?? {};
          const sent = { ...next, metadata: { ...next.metadata, resourceVersion } };
          return client.send({ method: "PUT", path: path + query, body: JSON.stringify(sent) });
        },
      };
    }
    case 9:
      return send(
        "applies the status of",
        "PATCH",
        `${path}/status${query}&force=${dice.chance(2)}`,
        { ...type, metadata: { name }, status: status(dice) },
        "application/apply-patch+yaml",
      );
    case 10:
      return send(
        "merges the status of",
        "PATCH",
        `${path}/status${query}`,
        { status: status(dice) },
        "application/merge-patch+json",
      );
    default:
      return dice.chance(4)
        ? { say: `${manager} deletes ${name}`, run: (client) => client.send({ method: "DELETE", path }) }
        : send(
            "patches",
            "PATCH",
            path + query,
            [{ op: "add", path: "/spec/settings", value: { k: dice.pick(["1", "2"]) } }],
            "application/json-patch+json",
          );
  }
}

/** Without resourceVersions, which the walk's own reads do not need to agree on. */
const compared = (answer: Answer, namespace: string): unknown =>
  JSON.parse(JSON.stringify(normalise([answer], namespace)).replaceAll(/"uid-\d+"/g, '"<uid>"'));

describe("a random walk", () => {
  let clusters: readonly TestCluster[] = [];
  let subjects: readonly Subject[] = [];

  beforeAll(async () => {
    if (realBinaries() === undefined) return;
    clusters = [
      ...(await startFleet("embedded", ["embedded"], { controllers: false, istio: false })),
      ...(await startFleet("real", ["real"])),
    ];
    subjects = await Promise.all(clusters.map((cluster) => Subject.of(cluster)));
    for (const subject of subjects) {
      await subject.client.send({
        method: "POST",
        path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        body: JSON.stringify(widgets),
      });
      for (const lane of lanes) await subject.run({ name: "", steps: [{ until: "GET wd", code: 200 }] }, lane);
    }
  });

  afterAll(async () => {
    await Promise.all(subjects.map((subject) => subject.close()));
    await Promise.all(clusters.map((cluster) => cluster.stop()));
  });

  test(`of ${operations} operations from seed ${seed} ends the same on both servers`, { timeout: 600_000 }, async ({ skip }) => {
    skip(subjects.length === 0, "no kube-apiserver and etcd to walk next to");
    const codes = new Map<number, number>();
    const walk = async (lane: string, index: number): Promise<void> => {
      const dice = new Dice(seed + index);
      const ask = async (say: string, run: Operation["run"]): Promise<void> => {
        const [embedded, real] = await Promise.all(subjects.map(({ client }) => run(client)));
        codes.set(real!.code, (codes.get(real!.code) ?? 0) + 1);
        expect(compared(embedded!, lane), `${lane}, ${say}`).toEqual(compared(real!, lane));
      };
      for (let step = 0; step < operations / lanes.length; step++) {
        const { say, run } = operation(dice, collectionIn(lane));
        await ask(`step ${step}: ${say}`, run);
      }
      await ask("at the end", (client) => client.send({ method: "GET", path: collectionIn(lane) }));
    };
    await Promise.all(lanes.map(walk));
    // A walk without conflicts, refusals and changes would prove nothing.
    for (const code of [200, 201, 409, 404]) expect(codes.get(code), `answers ${code}`).toBeGreaterThan(operations / 200);
  });
});
