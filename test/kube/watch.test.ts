import type { ServerResponse } from "node:http";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KubeClient, WatchEvent, WatchOptions } from "../../src/kube/client.ts";
import {
  ApiError,
  GoneError,
  MalformedAnswerError,
  NotFoundError,
  ThrottledError,
  UnreachableError,
} from "../../src/kube/errors.ts";
import { lines } from "../../src/kube/watch.ts";
import { clientFor, configMap, configMaps, json, rejection, serve, status } from "./stub-server.ts";

const event = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;
const bookmark = (resourceVersion: string) =>
  event("BOOKMARK", { kind: "ConfigMap", apiVersion: "v1", metadata: { resourceVersion } });

async function collect(client: KubeClient, options: Partial<WatchOptions> = {}): Promise<WatchEvent[]> {
  const events: WatchEvent[] = [];
  for await (const event of client.watch(configMaps, { resourceVersion: "1", ...options })) events.push(event);
  return events;
}

async function of(chunks: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

describe("lines", () => {
  it("are the same however the bytes are cut", async () => {
    const text = fc.array(fc.string({ unit: "grapheme" }).filter((line) => !line.includes("\n")));
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat()), async (expected, cuts) => {
        const bytes = Buffer.from(expected.map((line) => `${line}\n`).join(""));
        const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
        async function* chunks() {
          for (let i = 1; i < at.length; i++) yield bytes.subarray(at[i - 1], at[i]);
        }
        expect(await of(lines(chunks(), 1_000_000, "here"))).toEqual(expected);
      }),
    );
  });

  it.each([
    ["in one chunk", ["0123456789\n"]],
    ["in two", ["012345", "6789\n"]],
    ["without an end", ["012345", "6789", "0"]],
  ])("that are too long are refused %s", async (_, parts) => {
    async function* chunks() {
      for (const part of parts) yield Buffer.from(part);
    }
    expect(await rejection(of(lines(chunks(), 9, "here")))).toBeInstanceOf(MalformedAnswerError);
  });
});

describe("a watch", () => {
  it("asks for what it wants and yields what it is told", async () => {
    let asked: string | undefined;
    const { url } = await serve((request, response) => {
      asked = request.url;
      response.write(event("ADDED", configMap("a", "2")) + event("MODIFIED", configMap("a", "3")));
      response.end(bookmark("7") + event("DELETED", configMap("a", "8")));
    });
    const opened: string[] = [];
    const options = {
      namespace: "shop",
      labelSelector: "a=b",
      fieldSelector: "c=d",
      timeoutSeconds: 60,
      onOpen: () => opened.push("open"),
    };
    const events = await collect(clientFor(url), options);
    const query = "labelSelector=a%3Db&fieldSelector=c%3Dd&watch=true&allowWatchBookmarks=true&resourceVersion=1&timeoutSeconds=60";
    expect(asked).toBe(`/api/v1/namespaces/shop/configmaps?${query}`);
    expect(opened).toEqual(["open"]);
    expect(events.map(({ type, object }) => [type, object.metadata.name, object.metadata.resourceVersion])).toEqual([
      ["ADDED", "a", "2"],
      ["MODIFIED", "a", "3"],
      ["BOOKMARK", "", "7"],
      ["DELETED", "a", "8"],
    ]);
  });

  const failures: [string, string | ((text: string) => never), new (...args: never[]) => Error][] = [
    ["an ERROR event 410", event("ERROR", status(410, "Expired", "too old resource version")), GoneError],
    ["an ERROR event 500", event("ERROR", status(500, "InternalError")), ApiError],
    ["an ERROR event 429", event("ERROR", status(429, "TooManyRequests")), ThrottledError],
    ["an ERROR event without a Status", event("ERROR", {}), MalformedAnswerError],
    ["a line that is not JSON", "garbage\n", MalformedAnswerError],
    ["a line that is no event", "[]\n", MalformedAnswerError],
    ["an unknown type", event("MOVED", configMap("a")), MalformedAnswerError],
    ["an object without a name", event("ADDED", { metadata: { resourceVersion: "1" } }), MalformedAnswerError],
    ["an object without a resourceVersion", event("ADDED", { metadata: { name: "a" } }), MalformedAnswerError],
    ["a bookmark without a resourceVersion", event("BOOKMARK", { metadata: {} }), MalformedAnswerError],
  ];
  it.each(failures)("breaks at %s, after what came before", async (_, text, type) => {
    const { url } = await serve((__, response) => response.end(event("ADDED", configMap("a", "2")) + text));
    const events: WatchEvent[] = [];
    const error = await rejection(
      (async () => {
        for await (const event of clientFor(url).watch(configMaps, { resourceVersion: "1" })) events.push(event);
      })(),
    );
    expect(error.constructor).toBe(type);
    expect(events.map(({ object }) => object.metadata.name)).toEqual(["a"]);
  });

  it.each([
    [410, "Expired", GoneError],
    [404, "NotFound", NotFoundError],
    [429, "TooManyRequests", ThrottledError],
  ])("that is refused with %i throws", async (code, reason, type) => {
    const { url } = await serve((_, response) => json(response, status(code, reason), code));
    expect(await rejection(collect(clientFor(url)))).toBeInstanceOf(type);
  });

  it.each([
    ["before its answer", { requestTimeoutMs: 80 }, {}, "no answer within 80 ms", () => {}],
    ["after its answer", {}, { idleTimeoutMs: 80 }, "silent for 80 ms", (response: ServerResponse) => response.flushHeaders()],
    ["after an event", {}, { idleTimeoutMs: 80 }, "silent for 80 ms", (response: ServerResponse) => response.write(bookmark("2"))],
  ])("that is silent %s is given up, and its connection with it", async (_, clientOptions, watchOptions, message, begin) => {
    const stub = await serve((__, response) => void begin(response));
    const error = await rejection(collect(clientFor(stub.url, clientOptions), watchOptions));
    expect(error).toBeInstanceOf(UnreachableError);
    expect(error.message).toContain(message);
    await expect.poll(stub.open).toBe(0);
  });

  it("that says something now and then is not silent, and a slow consumer is not the server's silence", async () => {
    const { url } = await serve((_, response) => {
      let version = 2;
      const drip = setInterval(() => {
        response.write(bookmark(String(version++)));
        if (version === 6) response.end();
      }, 50);
      response.on("close", () => clearInterval(drip));
    });
    let events = 0;
    for await (const _ of clientFor(url).watch(configMaps, { resourceVersion: "1", idleTimeoutMs: 150 })) {
      if (++events === 1) await new Promise((resolve) => setTimeout(resolve, 250));
    }
    expect(events).toBe(4);
  });

  it("whose connection breaks throws UnreachableError", async () => {
    const { url } = await serve((_, response) => {
      response.write(bookmark("2"));
      setTimeout(() => response.destroy(), 20);
    });
    expect(await rejection(collect(clientFor(url)))).toBeInstanceOf(UnreachableError);
  });

  it("ends without an error when its signal aborts, and when the consumer leaves; no connection is left", async () => {
    const stub = await serve((_, response) => response.write(bookmark("2")));
    const client = clientFor(stub.url);
    const controller = new AbortController();
    const collected = collect(client, { signal: controller.signal });
    await expect.poll(stub.open).toBe(1);
    controller.abort();
    expect((await collected).length).toBeLessThanOrEqual(1);
    for await (const _ of client.watch(configMaps, { resourceVersion: "1" })) break;
    await expect.poll(stub.open).toBe(0);
  });

  it("does not take a turn away from requests", async () => {
    const { url } = await serve((request, response) => {
      if (request.url?.includes("watch=true")) response.flushHeaders();
      else json(response, configMap("a"));
    });
    const client = clientFor(url, { maxConcurrency: 1 });
    const controller = new AbortController();
    const watches = Array.from({ length: 5 }, () => collect(client, { signal: controller.signal }));
    expect((await client.get(configMaps, "a", "shop")).metadata.name).toBe("a");
    controller.abort();
    await Promise.all(watches);
  });
});
