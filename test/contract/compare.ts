import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EmbeddedOptions } from "../../src/embedded/server.ts";
import { startCluster, type TestCluster } from "../support/clusters.ts";
import type { Group, Step } from "./case.ts";
import { knownDifferences } from "./known-differences.ts";
import { normalise } from "./normalise.ts";
import { Subject } from "./run.ts";

export interface Comparison {
  readonly embedded: Omit<EmbeddedOptions, "name">;
  /** Whether there is a real server; recorded answers stand in for it otherwise. */
  readonly withReal: boolean;
  /** What each server gets before the first case. */
  readonly definitions: (server: "embedded" | "real") => readonly object[];
  /** Until these are answered with 200. */
  readonly served: readonly string[];
}

const update = process.env["UPDATE_GOLDEN"] === "1";
const goldenFile = (group: string): string => join(import.meta.dirname, "golden", `${group}.jsonl`);

type Golden = Record<string, unknown>;

interface Line {
  readonly name: string;
  readonly answers: unknown;
}

async function readGolden(group: string): Promise<Golden> {
  const lines = (await readFile(goldenFile(group), "utf8")).split("\n").filter(Boolean);
  return Object.fromEntries(lines.map((line) => JSON.parse(line) as Line).map(({ name, answers }) => [name, answers]));
}

/** One case a line, so that a change shows as the lines of the cases it touches. */
const printGolden = (golden: Golden): string =>
  Object.entries(golden)
    .map(([name, answers]) => `${JSON.stringify({ name, answers })}\n`)
    .join("");

const withoutMessage = (key: string, value: unknown): unknown => (key === "message" ? "<message>" : value);

/**
 * Runs every case against both servers and compares the answers. Where there is no real server, its answers are those
 * recorded in `golden`; `UPDATE_GOLDEN=1` records them anew. What a real server answers can depend on which of its caches
 * has heard of the last write: a case that it answers otherwise than recorded is put to it a second time, and that counts.
 */
export function compare(groups: readonly Group[], { embedded: options, withReal, definitions, served }: Comparison): void {
  let clusters: readonly TestCluster[] = [];
  let embedded: Subject;
  let real: Subject | undefined;

  const prepared = async (cluster: TestCluster): Promise<Subject> => {
    const subject = await Subject.of(cluster);
    for (const definition of definitions(cluster.kind)) {
      const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
      await subject.client.send({ method: "POST", path, body: JSON.stringify(definition) });
    }
    const steps = served.map((path): Step => ({ until: `GET ${path}`, code: 200 }));
    await subject.run({ name: "", steps }, "warm-up");
    return subject;
  };

  beforeAll(async () => {
    const first = await startCluster({ kind: "embedded", embedded: options });
    clusters = [first];
    embedded = await prepared(first);
    if (withReal) {
      const second = await startCluster({ kind: "real" });
      clusters = [first, second];
      real = await prepared(second);
    }
  });

  afterAll(async () => {
    await embedded?.close();
    await real?.close();
    await Promise.all(clusters.map((cluster) => cluster.stop()));
  });

  describe.each(groups)("$name", ({ name: groupName, cases, inOwnWords = false }) => {
    const recorded: Golden = {};

    test.for(cases.map((one, index) => [one.name, one, index] as const))("%s", async ([, one, index], { annotate }) => {
      const namespace = `${groupName}-${index}`;
      const outcome = async (subject: Subject, within: string): Promise<unknown> =>
        JSON.parse(JSON.stringify(normalise(await subject.run(one, within), within)), inOwnWords ? withoutMessage : undefined);
      const golden = update ? undefined : (await readGolden(groupName))[one.name];
      let expected = real ? await outcome(real, namespace) : golden;
      if (real && !update && !isDeepStrictEqual(expected, golden)) {
        await annotate("a real server answered otherwise than recorded, and was asked again", "asked again");
        expected = await outcome(real, `${namespace}-again`);
        expect(golden, "the recorded answer is stale").toEqual(expected);
      }
      recorded[one.name] = expected;
      const found = await outcome(embedded, namespace);
      const known = knownDifferences[groupName]?.[one.name];
      // A difference that is no more has no place in the list.
      if (known !== undefined) expect(found, `known to differ: ${known}`).not.toEqual(expected);
      else expect(found).toEqual(expected);
    });

    afterAll(async () => {
      if (!update || !real) return;
      await mkdir(join(import.meta.dirname, "golden"), { recursive: true });
      await writeFile(goldenFile(groupName), printGolden(recorded));
    });
  });
}
