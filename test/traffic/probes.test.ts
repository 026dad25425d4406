import { X509Certificate } from "node:crypto";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { createSecureContext, createServer as createTlsServer } from "node:tls";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { ProbeTarget } from "../../src/domain/traffic/probes.ts";
import { createAuthority, type KeyPair } from "../../src/embedded/certificates.ts";
import { Prober, type ProberOptions } from "../../src/fleet/probes.ts";
import { systemClock } from "../../src/kube/clock.ts";
import { FakeClock } from "../kube/fake-clock.ts";
import { makeCredential, withEnd } from "../support/tls.ts";
import { eventually } from "../support/wait.ts";

const LOOPBACK = ["127.0.0.0/8", "::1/128"];

const target = (port: number, parts: Partial<ProbeTarget> = {}): ProbeTarget => ({
  protocol: "TCP",
  address: "127.0.0.1",
  port,
  path: "/",
  intervalMs: 10_000,
  timeoutMs: 1000,
  statuses: [],
  ...parts,
});

describe("a prober", () => {
  const closing: (() => Promise<unknown> | unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  const listen = async (server: Server): Promise<number> => {
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    closing.push(() => new Promise((resolve) => void server.close(resolve)));
    return (server.address() as AddressInfo).port;
  };
  const proberOf = (
    networks: readonly string[] | undefined = LOOPBACK,
    clock = systemClock,
    options: Pick<ProberOptions, "addressOf"> = {},
  ) => {
    const told: string[] = [];
    const onChange = (owner: string) => told.push(owner);
    const prober = new Prober({ clock, ...(networks.length > 0 ? { networks } : {}), onChange, ...options });
    closing.push(() => prober.stop());
    return { prober, told };
  };
  const answerOf = async (one: ProbeTarget, networks?: readonly string[], options?: Pick<ProberOptions, "addressOf">) => {
    const { prober } = proberOf(networks, systemClock, options);
    const probes = prober.join();
    probes.want("shop/checkout", [one]);
    return eventually("it is answered", () => {
      const sight = probes.see(one);
      if (sight.state === "Loading") throw new Error("not yet");
      return sight.state === "Known" ? sight.objects[0] : sight;
    });
  };

  it("TCP: somebody accepts, or nobody does", async () => {
    const port = await listen(createServer((socket) => socket.end()));
    expect(await answerOf(target(port))).toMatchObject({ healthy: true });
    await closing.pop()!();
    await closing.pop()!();
    expect(await answerOf(target(port))).toMatchObject({ healthy: false, message: `TCP on port ${port}: ECONNREFUSED` });
  });

  it("TLS: a server that accepts and says nothing is not well", async () => {
    const port = await listen(createServer((socket) => void socket.on("error", () => {}).resume()));
    expect(await answerOf(target(port, { protocol: "TLS", timeoutMs: 200 }))).toMatchObject({
      healthy: false,
      message: `TLS on port ${port}: no answer within 200 ms`,
    });
  });

  it("TLS: which certificate is shown for a name, and another one after a renewal", async () => {
    const authority = await createAuthority("edge");
    const issue = () => authority.serving([{ type: "dns", value: "checkout.example.com" }]);
    const contextOf = ({ certificate, key }: KeyPair) => createSecureContext({ cert: certificate, key });
    const fingerprintOf = ({ certificate }: KeyPair) =>
      new X509Certificate(certificate).fingerprint256.replaceAll(":", "").toLowerCase();
    let current = await issue();
    const names: string[] = [];
    const port = await listen(
      createTlsServer({
        SNICallback: (name, answer) => {
          names.push(name);
          answer(null, contextOf(current));
        },
      }),
    );
    const clock = new FakeClock();
    const { prober, told } = proberOf(LOOPBACK, clock);
    const probes = prober.join();
    const one = target(port, { protocol: "TLS", host: "checkout.example.com", certificate: true });
    probes.want("shop/checkout", [one]);
    const shown = (fingerprint: string) =>
      eventually("it is shown", () => {
        const sight = probes.see(one);
        if (sight.state !== "Known" || sight.objects[0]?.certificate?.fingerprint !== fingerprint) throw new Error("not yet");
      });
    await shown(fingerprintOf(current));
    const before = told.length;
    current = await issue();
    await clock.advance(12_000);
    await shown(fingerprintOf(current));
    expect(told.length).toBe(before + 1);
    expect(new Set(names)).toEqual(new Set(["checkout.example.com"]));
  });

  it.each([
    [204, [], true],
    [302, [], true],
    [404, [], false],
    [404, [404], true],
    [200, [404], false],
  ])("HTTP: status %i where %j is expected", async (status, statuses, healthy) => {
    const seen: (string | undefined)[] = [];
    const port = await listen(
      createHttpServer((request, response) => {
        seen.push(request.headers.host, request.url);
        response.writeHead(status).end("x".repeat(100_000));
      }),
    );
    const one = target(port, { protocol: "HTTP", host: "checkout.example.com", path: "/healthz", statuses });
    expect(await answerOf(one)).toMatchObject({ healthy });
    expect(seen).toEqual(["checkout.example.com", "/healthz"]);
  });

  const forbidden = {
    state: "Forbidden",
    message: expect.stringContaining("is in no network that the platform lets be probed"),
  };
  it.each([["127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["::127.0.0.1"], ["64:ff9b::7f00:1"], ["2002:7f00:1::"]])(
    "does not ask %s unless the platform names its network",
    async (address) => {
      let connections = 0;
      const port = await listen(createServer(() => connections++));
      expect(await answerOf(target(port, { address }), [])).toMatchObject(forbidden);
      expect(connections).toBe(0);
    },
  );

  it.each([
    ["169.254.169.254"],
    ["::ffff:169.254.169.254"],
    ["fe80::1"],
    ["0.0.0.0"],
    ["224.0.0.1"],
    ["100.100.100.200"],
    ["192.0.0.192"],
    ["168.63.129.16"],
    ["fd00:ec2::254"],
    ["fd20:ce::254"],
  ])("never asks %s, whatever the platform names", async (address) => {
    expect(await answerOf(target(9, { address }), [])).toMatchObject(forbidden);
    expect(await answerOf(target(9, { address }), ["0.0.0.0/0", "::/0"])).toMatchObject(forbidden);
  });

  it("a name is judged by what it leads to", async () => {
    const port = await listen(createServer((socket) => socket.end()));
    const named = target(port, { address: "lb.example.com" });
    const addressOf = async () => "127.0.0.1";
    expect(await answerOf(named, [], { addressOf })).toMatchObject(forbidden);
    expect(await answerOf(named, LOOPBACK, { addressOf })).toMatchObject({ healthy: true });
  });

  it("the time for a name is part of the time for the answer", async () => {
    const port = await listen(createServer((socket) => void socket.on("error", () => {}).resume()));
    const slow = (_: string, timeoutMs: number) =>
      new Promise<string>((resolve) => {
        setTimeout(resolve, timeoutMs - 100, "127.0.0.1");
      });
    const named = target(port, { protocol: "TLS", address: "lb.example.com", timeoutMs: 1000 });
    expect(await answerOf(named, LOOPBACK, { addressOf: slow })).toMatchObject({
      healthy: false,
      message: `TLS on port ${port}: no answer within 1000 ms`,
    });
  });

  it("a cluster that reports nothing but addresses that do not answer holds up no other", async () => {
    const port = await listen(createServer((socket) => socket.end()));
    let asked = 0;
    const never = () => {
      asked++;
      return new Promise<string>(() => {});
    };
    const prober = new Prober({ clock: systemClock, networks: LOOPBACK, onChange: () => {}, addressOf: never });
    const [slow, well] = [prober.join(), prober.join()];
    const names = Array.from({ length: 200 }, (_, index) => target(port, { address: `lb-${index}.example.com` }));
    slow.want("shop/a", names);
    slow.want("shop/b", names);
    well.want("shop/a", [target(port)]);
    await eventually("the other one is asked", () =>
      expect(well.see(target(port))).toMatchObject({ state: "Known", objects: [{ healthy: true }] }),
    );
    expect(asked).toBe(8);
  });

  it.each<[string, Partial<ProbeTarget>]>([
    ["a path with a space", { protocol: "HTTP", path: "/health check" }],
    ["a path that begins a second request", { protocol: "HTTP", path: "/\r\nx: y" }],
    ["a host beyond ASCII", { protocol: "HTTP", host: "a一b.example.com" }],
    ["a host beyond ASCII, by HTTPS", { protocol: "HTTPS", host: "a一b.example.com" }],
    ["a host beyond ASCII, by TLS", { protocol: "TLS", host: "a一b.example.com" }],
    ["a host with a zero byte", { protocol: "TLS", host: "a\0b" }],
  ])("%s is an answer, and not the end of everything", async (_, parts) => {
    const port = await listen(
      createServer((socket) =>
        socket
          .on("error", () => {})
          .resume()
          .end(),
      ),
    );
    expect(await answerOf(target(port, { timeoutMs: 100, ...parts }))).toMatchObject({ healthy: false });
    // Until the time would have been over.
    await new Promise((resolve) => setTimeout(resolve, 150));
  });

  it.each(["999999999999Z", "aaaaaaaaaaaaZ", "\0\0\0\0\0\0\0\0\0\0\0\0Z"])(
    "a certificate whose end is %j is shown without one",
    async (end) => {
      const { certificate, key } = await makeCredential();
      const cert = withEnd(certificate, end);
      const port = await listen(createTlsServer({ cert, key }).on("tlsClientError", () => {}));
      const one = target(port, { protocol: "TLS", host: "shop.example.com", certificate: true });
      const fingerprint = new X509Certificate(cert).fingerprint256.replaceAll(":", "").toLowerCase();
      expect(await answerOf(one)).toMatchObject({ healthy: true, certificate: { fingerprint } });
    },
  );

  it("TLS: of a pair of certificates, the one with the key that is asked for", async () => {
    const [rsa, ecdsa] = await Promise.all([makeCredential({ rsaBits: 2048 }), makeCredential()]);
    const port = await listen(createTlsServer({ cert: [rsa.certificate, ecdsa.certificate], key: [rsa.key, ecdsa.key] }));
    for (const [algorithm, { certificate }] of [
      ["RSA", rsa],
      ["ECDSA", ecdsa],
    ] as const) {
      const fingerprint = new X509Certificate(certificate).fingerprint256.replaceAll(":", "").toLowerCase();
      expect(await answerOf(target(port, { protocol: "TLS", certificate: true, algorithm }))).toMatchObject({
        certificate: { fingerprint },
      });
    }
  });

  it("equal questions are asked once, whoever asks; each is told, and the last to leave ends it", async () => {
    let asked = 0;
    const port = await listen(
      createServer((socket) => {
        asked++;
        socket.end();
      }),
    );
    const clock = new FakeClock();
    const { prober, told } = proberOf(LOOPBACK, clock);
    const [lvs, slc] = [prober.join(), prober.join()];
    lvs.want("shop/a", [target(port)]);
    slc.want("shop/a", [target(port)]);
    slc.want("shop/b", [target(port)]);
    await eventually("both are told", () => expect([...told].sort()).toEqual(["shop/a", "shop/b"]));
    expect(asked).toBe(1);

    lvs.leave();
    slc.want("shop/b", []);
    await clock.advance(12_000);
    await eventually("it goes on for the one that is left", () => expect(asked).toBe(2));
    await eventually("the next is due", () => expect(clock.pendingTimers).toBe(1));
    slc.leave();
    expect(clock.pendingTimers).toBe(0);
  });

  it("what was well is unhealthy after three failures in a row, and says so once", async () => {
    const server = createServer((socket) => socket.end());
    const port = await listen(server);
    const clock = new FakeClock();
    const { prober, told } = proberOf(LOOPBACK, clock);
    const probes = prober.join();
    probes.want("shop/a", [target(port)]);
    const health = () => {
      const sight = probes.see(target(port));
      return sight.state === "Known" ? sight.objects[0]?.healthy : undefined;
    };
    // What is due is due on the second.
    const random = vi.spyOn(Math, "random").mockReturnValue(0.5);
    onTestFinished(() => random.mockRestore());
    await eventually("it is well", () => expect(health()).toBe(true));
    await closing.shift()!();
    for (const failures of [1, 2]) {
      await eventually("the next is due", () => expect(clock.pendingTimers).toBe(1));
      await clock.advance(failures === 1 ? 10_000 : 2000);
      await eventually("it was asked", () => expect(clock.pendingTimers).toBe(1));
      expect(health()).toBe(true);
    }
    await clock.advance(2000);
    await eventually("it is not well", () => expect(health()).toBe(false));
    await eventually("the next is due", () => expect(clock.pendingTimers).toBe(1));
    await clock.advance(30_000);
    expect(told).toEqual(["shop/a", "shop/a"]);
  });
});
