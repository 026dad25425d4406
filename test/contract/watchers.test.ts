import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedApiServer, startApiServer } from "../../src/embedded/server.ts";
import { RawClient } from "./client.ts";

/** What is serialised once for all watches of one form is right for each of them. */

const configMaps = "/api/v1/namespaces/default/configmaps";
const as = (form: string, version = "v1") => `application/json;as=${form};v=${version};g=meta.k8s.io`;

let server: EmbeddedApiServer;
let client: RawClient;

beforeAll(async () => {
  server = await startApiServer({ istio: false });
  client = new RawClient(server.kubeconfig);
});
afterAll(async () => {
  await client.close();
  await server.stop();
});

interface Event {
  readonly type: string;
  readonly object: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly columnDefinitions?: readonly object[] | null;
    readonly rows?: readonly { readonly object: { readonly kind: string } | null }[];
    readonly data?: object;
  };
}

test("watches of many forms hear of the same changes at a time, each in its own", async () => {
  const post = (name: string) =>
    client.send({ method: "POST", path: configMaps, body: JSON.stringify({ metadata: { name }, data: { k: "v" } }) });
  const { body } = await post("first");
  const { resourceVersion } = (body as { metadata: { resourceVersion: string } }).metadata;
  const watch = async (accept?: string, query = `resourceVersion=${resourceVersion}`) => {
    const path = `${configMaps}?watch=true&timeoutSeconds=3&${query}`;
    return (await client.send({ method: "GET", path, ...(accept && { accept }) })).body as Event | readonly Event[];
  };
  const watches = Promise.all([
    watch(),
    watch(),
    watch(as("Table")),
    // Has been told of one object before, so that its next table has no columns.
    watch(as("Table"), "labelSelector="),
    watch(as("Table"), `resourceVersion=${resourceVersion}&includeObject=Object`),
    watch(as("Table", "v1beta1")),
    watch(as("PartialObjectMetadata")),
    // The second object comes to it by the change that the others hear of.
    watch(undefined, `resourceVersion=${resourceVersion}&labelSelector=app%3Dx`),
  ]);
  await delay(1000);
  await post("second");
  await client.send({
    method: "PATCH",
    path: `${configMaps}/second`,
    body: JSON.stringify({ metadata: { labels: { app: "x" } }, data: { k: "w" } }),
    contentType: "application/merge-patch+json",
  });
  const shown = (await watches).map((heard) =>
    [heard].flat().map(({ type, object }) => {
      const { apiVersion, kind, columnDefinitions, rows = [], data } = object;
      const columns = kind === "Table" ? ` ${columnDefinitions?.length ?? 0} columns of a ${rows[0]?.object?.kind}` : "";
      return `${type} ${apiVersion} ${kind}${columns}${data ? ` ${JSON.stringify(data)}` : ""}`;
    }),
  );
  const table = (version: string, columns: number, of = "PartialObjectMetadata") =>
    `meta.k8s.io/${version} Table ${columns} columns of a ${of}`;
  const plain = ['ADDED v1 ConfigMap {"k":"v"}', 'MODIFIED v1 ConfigMap {"k":"w"}'];
  expect(shown).toEqual([
    plain,
    plain,
    [`ADDED ${table("v1", 3)}`, `MODIFIED ${table("v1", 0)}`],
    [`ADDED ${table("v1", 3)}`, `ADDED ${table("v1", 0)}`, `MODIFIED ${table("v1", 0)}`],
    [`ADDED ${table("v1", 3, "ConfigMap")}`, `MODIFIED ${table("v1", 0, "ConfigMap")}`],
    [`ADDED ${table("v1beta1", 3)}`, `MODIFIED ${table("v1beta1", 0)}`],
    ["ADDED meta.k8s.io/v1 PartialObjectMetadata", "MODIFIED meta.k8s.io/v1 PartialObjectMetadata"],
    ['ADDED v1 ConfigMap {"k":"w"}'],
  ]);
});

test("watches of two versions of a kind hear of the same change, each in its own version", async () => {
  const paths = ["/api/v1/namespaces/default/events", "/apis/events.k8s.io/v1/namespaces/default/events"] as const;
  const watches = Promise.all(
    paths.map((path) => client.send({ method: "GET", path: `${path}?watch=true&timeoutSeconds=3&resourceVersion=1` })),
  );
  await delay(1000);
  const event = { metadata: { name: "e" }, involvedObject: { namespace: "default" }, reason: "Tested" };
  await client.send({ method: "POST", path: paths[0], body: JSON.stringify(event) });
  const heard = (await watches).map(({ body }) => (body as Event).object.apiVersion);
  expect(heard).toEqual(["v1", "events.k8s.io/v1"]);
});
