import { createSocket } from "node:dgram";
import { createUDPServer, Packet } from "dns2";
import { afterEach, expect, it } from "vitest";
import { addressOf } from "../../src/net/lookup.ts";

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** A name server that knows these addresses, whatever the name. */
async function serve(records: { readonly A?: string; readonly AAAA?: string }): Promise<string> {
  const server = createUDPServer((request, send) => {
    const response = Packet.createResponseFromRequest(request);
    const { name, type } = request.questions[0]!;
    const address = type === Packet.TYPE.A ? records.A : records.AAAA;
    if (address) response.answers.push(new Packet.Resource({ name, type, class: Packet.CLASS.IN, ttl: 1, address }));
    send(response);
  });
  await server.listen(0, "127.0.0.1");
  stops.push(() => server.close());
  return `127.0.0.1:${server.address().port}`;
}

async function silent(): Promise<string> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  stops.push(() => socket.close());
  return `127.0.0.1:${socket.address().port}`;
}

it.each([
  ["an IPv4 address, where there is one", { A: "192.0.2.1", AAAA: "2001:db8::1" }, "192.0.2.1"],
  ["else one of IPv6", { AAAA: "2001:db8::1" }, "2001:db8::1"],
])("a name leads to %s", async (_, records, address) => {
  expect(await addressOf("lb.example.com", 2000, [await serve(records)])).toBe(address);
});

it("a name without an address is told", async () => {
  await expect(addressOf("lb.example.com", 2000, [await serve({})])).rejects.toMatchObject({ code: "ENODATA" });
});

it("a name server that says nothing is waited for as long as is said, and no longer", { timeout: 5000 }, async () => {
  await expect(addressOf("lb.example.com", 300, [await silent()])).rejects.toMatchObject({ code: "ETIMEDOUT" });
});

it("the next name server is asked within that time", async () => {
  expect(await addressOf("lb.example.com", 6000, [await silent(), await serve({ A: "192.0.2.1" })])).toBe("192.0.2.1");
});
