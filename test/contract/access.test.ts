import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedApiServer, startApiServer } from "../../src/embedded/server.ts";
import { RawClient } from "./client.ts";

/** What the embedded server says of those whom it gave credentials: a real one gets its users from elsewhere. */

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

const tokenIn = (kubeconfig: string): string => /token: (\S+)/.exec(kubeconfig)![1]!;

async function statusOf(token: string): Promise<unknown> {
  const path = "/apis/authentication.k8s.io/v1/tokenreviews";
  const { body } = await client.send({ method: "POST", path, body: JSON.stringify({ spec: { token } }) });
  return (body as { status: unknown }).status;
}

test("a token says whose it is, until it expires", async () => {
  const token = tokenIn(server.kubeconfigFor({ name: "jane", groups: ["dev"] }));
  const user = { username: "jane", groups: ["dev", "system:authenticated"] };
  expect(await statusOf(token)).toEqual({ authenticated: true, user });
  server.expireTokens();
  expect(await statusOf(token)).toEqual({ user: {}, error: "invalid bearer token" });
});

test("whoever is impersonated may do everything, being authenticated", async () => {
  const path = "/api/v1/namespaces/default/configmaps";
  const codeAs = async (user: string): Promise<number> =>
    (await client.send({ method: "GET", path, headers: { "impersonate-user": user } })).code;
  expect([await codeAs("jane"), await codeAs("system:anonymous")]).toEqual([200, 403]);
});

test("health is told check by check", async () => {
  const { body } = await client.send({ method: "GET", path: "/livez?verbose&exclude=etcd&exclude=nope" });
  expect(body).toBe(
    '[+]ping ok\n[+]log ok\n[+]etcd excluded: ok\nwarn: some health checks cannot be excluded: no matches for "nope"\nlivez check passed\n',
  );
});
