import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { builtinKinds } from "../../src/embedded/schema/builtin/index.ts";
import { reviewKinds } from "../../src/embedded/schema/builtin/review.ts";
import { realBinaries, startCluster, type TestCluster } from "../support/clusters.ts";
import { RawClient } from "./client.ts";

/** What of a document is compared: what types there are, of which fields, and which kind a path is about. */
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

const documents = [
  ...new Set(
    [...builtinKinds, ...reviewKinds].map(({ resource: { group, version } }) =>
      group === "" ? `api/${version}` : `apis/${group}/${version}`,
    ),
  ),
];

/** What a type is for is told as far as the client library tells it; unions nobody reads. */
const untold = ["description", "default", "x-kubernetes-unions"];

/** A schema without what is not compared; types are called by the last part of their names. */
function plain(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(plain);
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).filter(([word, value]) => !(untold.includes(word) && !isField(value)));
  const rest = Object.fromEntries(entries.map(([word, value]) => [word, plain(value)]));
  const { $ref, allOf } = rest;
  if (typeof $ref === "string") return { $ref: $ref.split(/[./]/).at(-1) };
  return Array.isArray(allOf) && allOf.length === 1 && entries.length === 1 ? allOf[0] : rest;
}

/** A field may be called as a word of schemas is. */
const isField = (value: unknown): boolean =>
  typeof value === "object" && value !== null && ["type", "allOf", "$ref"].some((word) => word in value);

describe.skipIf(realBinaries() === undefined)("documents of OpenAPI, next to a real API server", () => {
  let clusters: readonly TestCluster[] = [];
  let clients: readonly RawClient[] = [];

  beforeAll(async () => {
    const embedded = await startCluster({ kind: "embedded", embedded: { istio: false } });
    clusters = [embedded];
    clusters = [embedded, await startCluster({ kind: "real" })];
    clients = clusters.map(({ kubeconfig }) => new RawClient(kubeconfig));
  });

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all(clusters.map((cluster) => cluster.stop()));
  });

  const read = (name: string): Promise<Document[]> =>
    Promise.all(
      clients.map(async (client) => (await client.send({ method: "GET", path: `/openapi/v3/${name}` })).body as Document),
    );

  test.each(documents)("%s tells the same of every type that it has", async (name) => {
    const [embedded, real] = (await read(name)) as [Document, Document];
    const ofReal = new Map(Object.entries(real.components.schemas).map(([type, schema]) => [type.split(".").at(-1), schema]));
    for (const [type, schema] of Object.entries(embedded.components.schemas)) {
      expect(plain(schema), type).toEqual(plain(ofReal.get(type.split(".").at(-1))));
    }
  });

  test.each(documents)("%s tells which kind a path is about", async (name) => {
    const [embedded, real] = (await read(name)) as [Document, Document];
    const told = "x-kubernetes-group-version-kind";
    for (const [path, operations] of Object.entries(embedded.paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        expect(real.paths[path]?.[method]?.[told], `${method} ${path}`).toEqual(operation[told]);
      }
    }
  });
});
