import { createSocket } from "node:dgram";
import type { AddressInfo } from "node:net";
import { createTCPServer, createUDPServer, type DnsHandler, Packet } from "dns2";
import { afterEach, expect, it } from "vitest";
import { NameResolver } from "../../src/integrations/resolver.ts";
import { FakeClock } from "../kube/fake-clock.ts";

const signal = new AbortController().signal;
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** A name server that answers the same addresses to every question. */
async function serve(addresses: readonly string[]): Promise<{ readonly address: string; readonly questions: () => number }> {
  let questions = 0;
  const handle: DnsHandler = (request, send) => {
    questions++;
    const response = Packet.createResponseFromRequest(request);
    const { name, type } = request.questions[0]!;
    if (type === Packet.TYPE.A)
      for (const address of addresses)
        response.answers.push(new Packet.Resource({ name, type, class: Packet.CLASS.IN, ttl: 1, address }));
    send(response);
  };
  const tcp = createTCPServer(handle);
  await new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve));
  const { port } = tcp.address() as AddressInfo;
  const udp = createUDPServer(handle);
  await udp.listen(port, "127.0.0.1");
  stops.push(
    () => tcp.close(),
    () => udp.close(),
  );
  return { address: `127.0.0.1:${port}`, questions: () => questions };
}

const values = (answer: Awaited<ReturnType<NameResolver["ask"]>>) =>
  "values" in answer ? Object.fromEntries(answer.values) : answer.failure;

it("asks once a TTL, whoever wants to know", async () => {
  const server = await serve(["10.0.0.1"]);
  const clock = new FakeClock();
  const resolver = new NameResolver(server.address, clock);
  const ask = () => resolver.ask("shop/checkout", "checkout.example.com", ["A", "AAAA"], 30, signal);
  expect(values(await ask())).toEqual({ A: ["10.0.0.1"], AAAA: [] });
  const asked = server.questions();
  await clock.advance(29_000);
  await ask();
  expect(server.questions()).toBe(asked);
  await clock.advance(1_001);
  await ask();
  expect(server.questions()).toBe(2 * asked);
});

it("asks for addresses, too, where there is no CNAME", async () => {
  const server = await serve(["10.0.0.1"]);
  const resolver = new NameResolver(server.address, new FakeClock());
  const answer = await resolver.ask("shop/checkout", "checkout.example.com", ["CNAME"], 30, signal);
  expect(values(answer)).toEqual({ CNAME: [], A: ["10.0.0.1"], AAAA: [] });
});

it("asks again for another name, and for one that was forgotten", async () => {
  const server = await serve(["10.0.0.1"]);
  const resolver = new NameResolver(server.address, new FakeClock());
  await resolver.ask("shop/checkout", "a.example.com", ["A"], 30, signal);
  await resolver.ask("shop/checkout", "b.example.com", ["A"], 30, signal);
  resolver.forget("shop/checkout");
  await resolver.ask("shop/checkout", "b.example.com", ["A"], 30, signal);
  expect(server.questions()).toBe(3);
});

it("reads answers that do not fit a datagram", async () => {
  const addresses = Array.from({ length: 200 }, (_, index) => `10.0.1.${index}`);
  const server = await serve(addresses);
  const resolver = new NameResolver(server.address, new FakeClock());
  const answer = await resolver.ask("shop/checkout", "checkout.example.com", ["A"], 30, signal);
  expect(values(answer)).toEqual({ A: addresses });
});

it("a server that says nothing is told, and stopping does not wait for it", async () => {
  const silent = createSocket("udp4");
  await new Promise<void>((resolve) => silent.bind(0, "127.0.0.1", resolve));
  stops.push(() => silent.close());
  const resolver = new NameResolver(`127.0.0.1:${silent.address().port}`, new FakeClock());
  expect(values(await resolver.ask("a/a", "a.example.com", ["A"], 30, signal))).toMatch(/TIMEOUT|REFUSED/);
  const stopping = new AbortController();
  const asking = resolver.ask("b/b", "b.example.com", ["A"], 30, stopping.signal);
  await new Promise((resolve) => setImmediate(resolve));
  stopping.abort();
  expect(values(await asking)).toMatch(/CANCELLED|aborted/);
}, 30_000);
