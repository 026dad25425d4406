import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { realBinaries, startCluster, type TestCluster } from "../support/clusters.ts";
import type { Group } from "./case.ts";
import { custom, definitions } from "./cases/custom.ts";
import { kinds, services } from "./cases/kinds.ts";
import { kubectl } from "./cases/kubectl.ts";
import { deletion, objects, paths } from "./cases/objects.ts";
import { applying, patching } from "./cases/patching.ts";
import { protobuf } from "./cases/protobuf.ts";
import { listing, tables, watching } from "./cases/reading.ts";
import { plains, widgets } from "./definitions.ts";
import { knownDifferences } from "./known-differences.ts";
import { normalise } from "./normalise.ts";
import { Subject } from "./run.ts";

/**
 * Every case is run against both servers and the answers are compared. Where there is no real server, its answers are those
 * recorded in `golden`; `UPDATE_GOLDEN=1` records them anew.
 */
const groups: readonly Group[] = [
  objects,
  deletion,
  paths,
  listing,
  tables,
  watching,
  patching,
  applying,
  custom,
  definitions,
  services,
  kinds,
  kubectl,
  protobuf,
];

const update = process.env["UPDATE_GOLDEN"] === "1";
const withReal = realBinaries() !== undefined;
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

let clusters: readonly TestCluster[] = [];
let embedded: Subject;
let real: Subject | undefined;

async function prepared(cluster: TestCluster): Promise<Subject> {
  const subject = await Subject.of(cluster);
  for (const crd of [widgets, plains]) {
    await subject.client.send({
      method: "POST",
      path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      body: JSON.stringify(crd),
    });
  }
  await subject.run(
    {
      name: "",
      steps: [
        { until: "GET wd", code: 200 },
        { until: "GET wdbeta", code: 200 },
        { until: "GET plain", code: 200 },
      ],
    },
    "warm-up",
  );
  return subject;
}

beforeAll(async () => {
  // Collection by owner and by namespace is a controller manager's, which the real one is started without.
  const first = await startCluster({ kind: "embedded", embedded: { istio: false, controllers: false } });
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

describe.each(groups)("$name", ({ name: groupName, cases }) => {
  const recorded: Golden = {};

  test.for(cases.map((one, index) => [one.name, one, index] as const))("%s", async ([, one, index]) => {
    const namespace = `${groupName}-${index}`;
    const outcome = async (subject: Subject): Promise<unknown> =>
      JSON.parse(JSON.stringify(normalise(await subject.run(one, namespace), namespace)));
    const expected = real ? await outcome(real) : (await readGolden(groupName))[one.name];
    recorded[one.name] = expected;
    if (real && !update) expect((await readGolden(groupName))[one.name], "the recorded answer is stale").toEqual(expected);
    const found = await outcome(embedded);
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
