import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { inspect } from "node:util";
import { KubeConfig } from "@kubernetes/client-node";
import { describe, expect, it, onTestFinished } from "vitest";
import { createClient } from "../../src/kube/client.ts";
import type { Clock } from "../../src/kube/clock.ts";
import { systemClock } from "../../src/kube/clock.ts";
import { AbortedError, CredentialsError, UnauthorizedError, UnreachableError } from "../../src/kube/errors.ts";
import { authority } from "./authority.ts";
import { clientFor, configMap, configMaps, json, rejection, serve, status } from "./stub-server.ts";

/** Real timers, but as much later as the test says. */
function laterClock(): Clock & { later: number } {
  const clock = { ...systemClock, later: 0, monotonic: () => performance.now() + clock.later };
  return clock;
}

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), "kube-credentials-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

const base64 = (text: string) => Buffer.from(text).toString("base64");

/** A server that lets in only who knows the token of the moment. */
async function guarded(tokens: { valid: string }) {
  const seen: (string | undefined)[] = [];
  const stub = await serve((request, response) => {
    seen.push(request.headers.authorization);
    if (request.headers.authorization === `Bearer ${tokens.valid}`) json(response, configMap("a"));
    else json(response, status(401, "Unauthorized"), 401);
  });
  return { ...stub, seen };
}

describe("authentication", () => {
  it.each([
    ["a token", { token: "t0ken" }, { authorization: "Bearer t0ken" }],
    ["user and password", { username: "me", password: "pw" }, { authorization: `Basic ${base64("me:pw")}` }],
    ["impersonation", { token: "t", impersonateUser: "other" }, { authorization: "Bearer t", "impersonate-user": "other" }],
  ])("by %s", async (_, user, expected) => {
    let headers: object = {};
    const { url } = await serve((request, response) => {
      headers = request.headers;
      json(response, configMap("a"));
    });
    await clientFor(url, { userAgent: "me/1" }, { user }).get(configMaps, "a", "shop");
    expect(headers).toMatchObject({ ...expected, "user-agent": "me/1", accept: "application/json" });
  });

  it("a token file that is replaced, as in a pod, is read again", async () => {
    const tokens = { valid: "old" };
    const { url, seen } = await guarded(tokens);
    const tokenFile = join(directory(), "token");
    writeFileSync(tokenFile, "old\n");
    const clock = laterClock();
    const user = { authProvider: { name: "tokenFile", config: { tokenFile } } };
    const client = clientFor(url, { clock }, { user });
    await client.get(configMaps, "a", "shop");
    tokens.valid = "new";
    writeFileSync(tokenFile, "new\n");
    clock.later += 11_000;
    await client.get(configMaps, "a", "shop");
    expect(seen).toEqual(["Bearer old", "Bearer old", "Bearer new"]);
  });

  it("an exec plugin is asked again after a 401, but not for every one of them", async () => {
    const tokens = { valid: "first" };
    const { url } = await guarded(tokens);
    const folder = directory();
    const [token, calls] = [join(folder, "token"), join(folder, "calls")];
    const answer = '{"kind":"ExecCredential","status":{"token":"%s"}}';
    const script = `echo x >> ${calls}; printf '${answer}' "$(cat ${token})"`;
    const count = () => readFileSync(calls, "utf8").split("\n").length - 1;
    writeFileSync(token, "first");
    const clock = laterClock();
    const client = clientFor(url, { clock }, { user: { exec: { command: "/bin/sh", args: ["-c", script] } } });
    await client.get(configMaps, "a", "shop");
    await client.get(configMaps, "a", "shop");
    expect(count()).toBe(1);

    tokens.valid = "second";
    writeFileSync(token, "second");
    clock.later += 11_000;
    await client.get(configMaps, "a", "shop");
    expect(count()).toBe(2);

    tokens.valid = "nobody knows";
    for (let i = 0; i < 5; i++) expect(await rejection(client.get(configMaps, "a"))).toBeInstanceOf(UnauthorizedError);
    expect(count()).toBe(2);
  });

  it.each([
    ["fails", "echo 'session expired' >&2; exit 1", "session expired"],
    ["prints a token that is cut", 'echo \'{"status":{"token":"s3cret\'', "not JSON"],
    ["is not there", undefined, "ENOENT"],
  ])("an exec plugin that %s is a CredentialsError, and the next request tries again", async (_, script, message) => {
    const { url, accepted } = await serve((__, response) => json(response, configMap("a")));
    const exec = script === undefined ? { command: "/does/not/exist" } : { command: "/bin/sh", args: ["-c", script] };
    const client = clientFor(url, {}, { user: { exec } });
    for (let i = 0; i < 2; i++) {
      const error = await rejection(client.get(configMaps, "a", "shop"));
      expect(error).toBeInstanceOf(CredentialsError);
      expect(error.message).toContain(message);
      expect(inspect(error)).not.toContain("s3cret");
    }
    expect(accepted()).toBe(0);
  });

  it("an exec plugin that hangs holds a request no longer than its timeout", async () => {
    const { url } = await serve((_, response) => json(response, configMap("a")));
    const client = clientFor(url, { requestTimeoutMs: 100 }, { user: { exec: { command: "/bin/sleep", args: ["1"] } } });
    expect(await rejection(client.get(configMaps, "a"))).toBeInstanceOf(UnreachableError);
  });

  it("no error carries the credentials, however deep one looks", async () => {
    const { url } = await serve((request, response) => {
      if (request.url?.endsWith("/a")) json(response, status(401, "Unauthorized"), 401);
      else if (request.url?.endsWith("/b")) response.end("<html>");
      else request.socket.destroy();
    });
    const client = clientFor(url, {}, { user: { token: "s3cret-t0ken" } });
    for (const name of ["a", "b", "c"]) {
      const error = await rejection(client.get(configMaps, name, "shop"));
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain("s3cret");
    }
  });

  it("a context without a cluster is refused at once", () => {
    expect(() => createClient(new KubeConfig())).toThrow(CredentialsError);
  });
});

describe("TLS", () => {
  const tlsServer = async (names: readonly string[]) => {
    const trusted = await authority();
    const server = await trusted.issue("server", names);
    const stub = await serve(
      (request, response) => {
        const { subject } = (request.socket as TLSSocket).getPeerCertificate();
        json(response, configMap(String(subject?.CN ?? "nobody")));
      },
      { ...server, ca: trusted.ca, requestCert: true, rejectUnauthorized: false },
    );
    return { ...stub, url: stub.url.replace("127.0.0.1", "localhost"), trusted };
  };

  it("trusts the authority of the kubeconfig and presents the client certificate, over a kept connection", async () => {
    const { url, trusted, accepted } = await tlsServer(["localhost"]);
    const { cert, key } = await trusted.issue("hub");
    const access = { cluster: { caData: base64(trusted.ca) }, user: { certData: base64(cert), keyData: base64(key) } };
    const client = clientFor(url, { maxConcurrency: 1 }, access);
    for (let i = 0; i < 10; i++) expect((await client.get(configMaps, "a", "shop")).metadata.name).toBe("hub");
    expect(accepted()).toBe(1);
  });

  it("a client certificate that is replaced is presented, without a new client", async () => {
    const { url, trusted } = await tlsServer(["localhost"]);
    const folder = directory();
    const [certFile, keyFile] = [join(folder, "cert"), join(folder, "key")];
    const install = async (name: string) => {
      const { cert, key } = await trusted.issue(name);
      writeFileSync(certFile, cert);
      writeFileSync(keyFile, key);
    };
    await install("before");
    const clock = laterClock();
    const client = clientFor(url, { clock }, { cluster: { caData: base64(trusted.ca) }, user: { certFile, keyFile } });
    const first = await client.get(configMaps, "a", "shop");
    await install("after");
    clock.later += 11_000;
    const second = await client.get(configMaps, "a", "shop");
    expect([first.metadata.name, second.metadata.name]).toEqual(["before", "after"]);
  });

  it("a certificate that arrives after the client was closed is of no consequence", async () => {
    const { url, trusted } = await tlsServer(["localhost"]);
    const answer = join(directory(), "answer");
    const prints = async (name: string) => {
      const { cert, key } = await trusted.issue(name);
      const status = { expirationTimestamp: "2001-01-01T00:00:00Z", clientCertificateData: cert, clientKeyData: key };
      writeFileSync(answer, JSON.stringify({ status }));
    };
    await prints("before");
    const exec = { command: "/bin/sh", args: ["-c", `sleep 0.1; cat ${answer}`] };
    const clock = laterClock();
    const client = clientFor(url, { clock }, { cluster: { caData: base64(trusted.ca) }, user: { exec } });
    await client.get(configMaps, "a", "shop");
    await prints("after");
    clock.later += 11_000;
    const given = rejection(client.get(configMaps, "a", "shop"));
    await client.close();
    expect(await given).toBeInstanceOf(AbortedError);
    // The plugin answers now, to nobody: an unhandled rejection would fail this test.
    await new Promise((resolve) => setTimeout(resolve, 300));
  });

  it.each([
    ["another authority", ["localhost"], {}, false],
    ["another name", ["elsewhere"], {}, false],
    ["another name that tls-server-name asks for", ["elsewhere"], { tlsServerName: "elsewhere" }, true],
    ["another authority and insecure-skip-tls-verify", ["localhost"], { skipTLSVerify: true }, true],
    ["the right authority, without a user", ["localhost"], {}, true],
  ])("a server with %s", async (name, names, cluster, accepted) => {
    const { url, trusted } = await tlsServer(names);
    const caData = base64(name.startsWith("another authority") ? (await authority()).ca : trusted.ca);
    const config = new KubeConfig();
    config.loadFromOptions({
      clusters: [{ name: "c", server: url, skipTLSVerify: false, caData, ...cluster }],
      users: name.endsWith("without a user") ? [] : [{ name: "u" }],
      contexts: [{ name: "x", cluster: "c", user: "u" }],
      currentContext: "x",
    });
    const client = createClient(config);
    onTestFinished(() => client.close());
    const answer = client.get(configMaps, "a", "shop");
    if (accepted) expect((await answer).kind).toBe("ConfigMap");
    else expect(await rejection(answer)).toBeInstanceOf(UnreachableError);
  });

  it("goes through the proxy of the kubeconfig", async () => {
    const { url, trusted } = await tlsServer(["localhost"]);
    const tunnels: (string | undefined)[] = [];
    const sockets = new Set<{ destroy(): void }>();
    const proxy = createServer().on("connect", (request: IncomingMessage, client: Socket) => {
      tunnels.push(request.url);
      const [host, port] = (request.url ?? "").split(":");
      const server = connect(Number(port), host, () => {
        client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
        server.pipe(client).pipe(server);
      });
      for (const socket of [client, server]) sockets.add(socket.on("error", () => {}));
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    });
    const { port } = proxy.address() as { port: number };
    const cluster = { caData: base64(trusted.ca), proxyUrl: `http://127.0.0.1:${port}` };
    const client = clientFor(url, { maxConcurrency: 1 }, { cluster });
    for (let i = 0; i < 3; i++) await client.get(configMaps, "a", "shop");
    expect(tunnels).toEqual([new URL(url).host]);
  });
});
