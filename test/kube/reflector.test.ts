import { getEventListeners } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import type { KubeClient, ListOptions, ObjectList, WatchEvent, WatchOptions } from "../../src/kube/client.ts";
import {
  AbortedError,
  AnswerTooLargeError,
  apiError,
  ForbiddenError,
  MalformedAnswerError,
  NotFoundError,
  ThrottledError,
  UnreachableError,
} from "../../src/kube/errors.ts";
import { Reflector, type ReflectorOptions, type ReflectorState } from "../../src/kube/reflector.ts";
import type { KubeObject } from "../../src/kube/resource.ts";
import { FakeClock, settle } from "./fake-clock.ts";
import { clientFor, configMap, configMaps, json, list, rejection, serve, status } from "./stub-server.ts";

/** An open watch, driven by the test. */
interface OpenWatch {
  readonly options: WatchOptions;
  tell(type: WatchEvent["type"], object: KubeObject): Promise<void>;
  end(error?: Error): Promise<void>;
}

type Answer = Partial<ObjectList> | Error;

/** A server whose lists are prepared (the last answer stays) and whose watches the test speaks for. */
class Script implements Pick<KubeClient, "listPage" | "watch"> {
  readonly lists: ListOptions[] = [];
  readonly watches: WatchOptions[] = [];
  /** Thrown instead of opening a watch, as long as it is set. */
  refuse: Error | undefined;
  /** Ends each watch as soon as it is open. */
  hangUp = false;
  #answers: Answer[];
  #open: OpenWatch | undefined;

  constructor(...answers: Answer[]) {
    this.#answers = answers;
  }

  get open(): OpenWatch {
    if (this.#open === undefined) throw new Error("no watch is open");
    return this.#open;
  }

  prepare(...answers: Answer[]): void {
    this.#answers = answers;
  }

  async listPage(_: unknown, options: ListOptions = {}): Promise<ObjectList> {
    this.lists.push(options);
    const [answer = {}] = this.#answers.length > 1 ? this.#answers.splice(0, 1) : this.#answers;
    if (answer instanceof Error) throw answer;
    return { items: [], resourceVersion: "10", bytes: 0, ...answer };
  }

  async *watch(_: unknown, options: WatchOptions): AsyncGenerator<WatchEvent> {
    this.watches.push(options);
    if (this.refuse !== undefined) throw this.refuse;
    options.onOpen?.();
    if (this.hangUp) return;
    const pending: (WatchEvent | Error | undefined)[] = [];
    let wake = () => {};
    const push = async (item: WatchEvent | Error | undefined) => {
      pending.push(item);
      wake();
      await settle();
    };
    this.#open = { options, tell: (type, object) => push({ type, object }), end: (error) => push(error) };
    const abort = () => void push(undefined);
    options.signal?.addEventListener("abort", abort);
    try {
      while (true) {
        while (pending.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        const item = pending.shift();
        if (item instanceof Error) throw item;
        if (item === undefined) return;
        yield item;
      }
    } finally {
      options.signal?.removeEventListener("abort", abort);
      this.#open = undefined;
    }
  }
}

const failure = (code: number, retryAfterMs?: number) => apiError(`${code}`, { status: code, reason: "", retryAfterMs });
const unreachable = new UnreachableError("connection lost");
const bookmark = (resourceVersion: string): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "", resourceVersion },
});

async function reflect(script: Script, options: Partial<ReflectorOptions<string>> = {}) {
  const clock = new FakeClock();
  const changes: string[] = [];
  const states: ReflectorState[] = [];
  const logged: string[] = [];
  const log = (message: string) => logged.push(message);
  const reflector = new Reflector<string>({
    client: script,
    resource: configMaps,
    transform: ({ metadata, data }) => {
      if (metadata.name === "unreadable") throw new Error("cannot be read");
      return metadata.name === "unwanted" ? undefined : String((data as { v?: string }).v);
    },
    onChange: ({ type, key, object, old }) => changes.push(`${type} ${key} ${old === undefined ? "" : `${old}→`}${object}`),
    onStateChange: (state) => states.push(state),
    clock,
    random: () => 0.5,
    logger: { debug: log, info: log, warn: log, error: log },
    ...options,
  });
  onTestFinished(() => reflector.stop());
  reflector.start();
  await settle();
  const content = () => Object.fromEntries([...reflector.entries()].map(([key, { object }]) => [key, object]));
  return { reflector, clock, changes, states, logged, content };
}

const versioned = (name: string, resourceVersion: string, v = resourceVersion) => configMap(name, resourceVersion, { v });

describe("list, then watch", () => {
  it("pages through a snapshot and watches from there", async () => {
    const script = new Script(
      { items: [versioned("a", "1")], resourceVersion: "10", continue: "two" },
      { items: [versioned("b", "2")], resourceVersion: "10" },
    );
    const { reflector, changes, content } = await reflect(script, { namespace: "shop", labelSelector: "x=y" });
    await reflector.whenSynced();
    expect(script.lists.map(({ signal, ...options }) => options)).toEqual([
      { namespace: "shop", labelSelector: "x=y", limit: 500 },
      { namespace: "shop", labelSelector: "x=y", limit: 500, continue: "two" },
    ]);
    expect(script.open.options).toMatchObject({
      namespace: "shop",
      labelSelector: "x=y",
      resourceVersion: "10",
      allowWatchBookmarks: true,
    });
    await script.open.tell("MODIFIED", versioned("a", "11"));
    await script.open.tell("ADDED", versioned("c", "12"));
    await script.open.tell("DELETED", versioned("b", "13"));
    expect(content()).toEqual({ "shop/a": "11", "shop/c": "12" });
    expect(changes).toEqual(["added shop/a 1", "added shop/b 2", "modified shop/a 1→11", "added shop/c 12", "deleted shop/b 2"]);
    expect(reflector.get("shop/a")).toEqual({ object: "11", resourceVersion: "11", confirmed: true });
    expect([reflector.size, [...reflector.values()]]).toEqual([2, ["11", "12"]]);
    expect(reflector.stats).toEqual({ lists: 1, watches: 1, events: 3, skipped: 0 });
  });

  it("says what it is: neither, synced, connected", async () => {
    const script = new Script({ items: [] });
    const { states, clock, reflector } = await reflect(script);
    await script.open.end(unreachable);
    await clock.advance(1_000);
    expect(states.map(({ synced, connected, lastError }) => ({ synced, connected, error: lastError?.message }))).toEqual([
      { synced: true, connected: false, error: undefined },
      { synced: true, connected: true, error: undefined },
      { synced: true, connected: false, error: "connection lost" },
      { synced: true, connected: true, error: undefined },
    ]);
    expect(reflector.state.lastActivity).toBe(clock.now() - 750);
    await reflector.stop();
    expect(reflector.state).toMatchObject({ synced: true, connected: false });
  });

  it("an answer to an own write is known at once and confirmed by the watch", async () => {
    const script = new Script({ items: [versioned("a", "1")] });
    const { reflector } = await reflect(script);
    reflector.observe(versioned("a", "11"));
    expect(reflector.get("shop/a")).toEqual({ object: "11", resourceVersion: "11", confirmed: false });
    await script.open.tell("MODIFIED", versioned("a", "11"));
    expect(reflector.get("shop/a")?.confirmed).toBe(true);
  });

  it("what the answer to an own write was read as is not read again when the watch brings just that", async () => {
    const script = new Script({ items: [versioned("a", "1")] });
    const read: unknown[] = [];
    const transform = ({ metadata }: KubeObject) => {
      read.push(metadata.resourceVersion);
      return metadata.resourceVersion;
    };
    const { reflector } = await reflect(script, { transform });
    reflector.observe(versioned("a", "11"));
    await script.open.tell("MODIFIED", versioned("a", "11"));
    await script.open.tell("MODIFIED", versioned("a", "12"));
    expect(read).toEqual(["1", "11", "12"]);
    expect(reflector.get("shop/a")).toEqual({ object: "12", resourceVersion: "12", confirmed: true });
  });

  it("nor the answer, when the watch brought just that before; who wrote learns what is kept of it", async () => {
    const script = new Script({ items: [versioned("a", "1")] });
    const read: unknown[] = [];
    const transform = ({ metadata }: KubeObject) => {
      read.push(metadata.resourceVersion);
      return `kept ${metadata.resourceVersion}`;
    };
    const { reflector } = await reflect(script, { transform });
    await script.open.tell("MODIFIED", versioned("a", "11"));
    expect(reflector.observe(versioned("a", "11"))).toBe("kept 11");
    expect(reflector.observe(versioned("a", "12"))).toBe("kept 12");
    expect(read).toEqual(["1", "11", "12"]);
  });
});

describe("objects that are not kept", () => {
  it("unwanted ones are left out, and taken out when they become unwanted", async () => {
    const script = new Script({ items: [versioned("unwanted", "1"), versioned("a", "2")] });
    const { content, reflector } = await reflect(script);
    expect(content()).toEqual({ "shop/a": "2" });
    await reflector.stop();
  });

  it("unreadable ones are skipped and counted; what was known of them stays, and the loop goes on", async () => {
    const script = new Script({ items: [versioned("unreadable", "1"), versioned("a", "2")] });
    let readable = true;
    const transform = ({ metadata }: KubeObject) => {
      if (!readable) throw new Error("cannot be read");
      return metadata.resourceVersion;
    };
    const { content, reflector, logged, clock } = await reflect(script, { transform });
    readable = false;
    await script.open.tell("MODIFIED", versioned("a", "11"));
    expect(content()).toEqual({ "shop/unreadable": "1", "shop/a": "2" });
    await script.open.end(unreachable);
    await clock.advance(1_000);
    expect(script.open.options.resourceVersion).toBe("11");
    script.prepare({ items: [versioned("a", "11")], resourceVersion: "20" });
    await script.open.end(failure(410));
    await clock.advance(1_000);
    expect(content()).toEqual({ "shop/a": "2" });
    readable = true;
    await script.open.tell("MODIFIED", versioned("a", "21"));
    expect(content()).toEqual({ "shop/a": "21" });
    expect(reflector.stats.skipped).toBe(2);
    expect(logged.filter((message) => message.startsWith("objects are skipped"))).toHaveLength(2);
  });

  it("a consumer that throws does not end the watch", async () => {
    const script = new Script({ items: [] });
    const onChange = () => {
      throw new Error("consumer");
    };
    const { content, logged } = await reflect(script, { onChange });
    await script.open.tell("ADDED", versioned("a", "11"));
    await script.open.tell("ADDED", versioned("b", "12"));
    expect(content()).toEqual({ "shop/a": "11", "shop/b": "12" });
    expect(logged).toEqual(["a change could not be passed on", "a change could not be passed on"]);
  });
});

describe("a lost watch is resumed", () => {
  it.each([
    ["broken", unreachable],
    ["500", failure(500)],
    ["429", failure(429)],
    ["403", failure(403)],
    ["ended by the server at once", undefined],
  ])("%s: from where it was, without a list", async (_, error) => {
    const script = new Script({ items: [versioned("a", "1")] });
    const { clock, content } = await reflect(script);
    await script.open.tell("MODIFIED", versioned("a", "11"));
    await script.open.tell("BOOKMARK", bookmark("30"));
    await script.open.end(error);
    await clock.advance(1_000);
    expect([script.lists.length, script.open.options.resourceVersion, content()]).toEqual([1, "30", { "shop/a": "11" }]);
  });

  it("a watch that ends after a while is opened again at once", async () => {
    const script = new Script({ items: [] });
    const { clock } = await reflect(script);
    await clock.advance(60_000);
    await script.open.end();
    await clock.advance(0);
    expect(script.watches).toHaveLength(2);
  });

  it("one that ends immediately, again and again, is opened at growing intervals", async () => {
    const script = new Script({ items: [] });
    script.hangUp = true;
    const { clock } = await reflect(script);
    const opened: number[] = [];
    for (let second = 0; second < 120; second++) {
      opened.push(script.watches.length);
      await clock.advance(1_000);
    }
    // Half of 0.5, 1, 2, 4, 8, 16 and then 30 seconds.
    expect([1, 2, 4, 8, 16, 32, 60, 119].map((second) => opened[second])).toEqual([3, 4, 5, 6, 7, 8, 9, 13]);
    expect(script.lists).toHaveLength(1);
  });

  it("the interval is short again after a healthy time", async () => {
    const script = new Script({ items: [] });
    script.refuse = unreachable;
    const { clock } = await reflect(script);
    await clock.advance(300_000);
    script.refuse = undefined;
    await clock.advance(30_000);
    await clock.advance(10_000);
    await script.open.end(unreachable);
    const before = script.watches.length;
    await clock.advance(250);
    expect(script.watches.length).toBe(before + 1);
  });

  it("reconnect drops the watch and resumes it at once, without a list; also out of a pause", async () => {
    const script = new Script({ items: [] });
    const { clock, reflector } = await reflect(script);
    await script.open.tell("BOOKMARK", bookmark("20"));
    reflector.reconnect();
    await settle();
    expect([script.watches.length, script.lists.length, script.open.options.resourceVersion]).toEqual([2, 1, "20"]);
    script.refuse = unreachable;
    await script.open.end(unreachable);
    await clock.advance(100_000);
    const before = script.watches.length;
    script.refuse = undefined;
    reflector.reconnect();
    await settle();
    expect([script.watches.length, reflector.state.connected]).toEqual([before + 1, true]);
  });
});

describe("a list is made again only when it must", () => {
  it.each([
    ["410 as an answer or as an event", failure(410)],
    ["a malformed event", new MalformedAnswerError("garbage")],
    ["a kind that is gone", failure(404)],
  ])("%s", async (_, error) => {
    const script = new Script({ items: [versioned("a", "1"), versioned("b", "2")] });
    const { clock, changes, content } = await reflect(script);
    script.prepare({ items: [versioned("b", "2"), versioned("c", "35")], resourceVersion: "40" });
    changes.length = 0;
    await script.open.end(error);
    await clock.advance(60_000);
    expect(changes).toEqual(["added shop/c 35", "deleted shop/a 1"]);
    expect(content()).toEqual({ "shop/b": "2", "shop/c": "35" });
    expect([script.lists.length, script.open.options.resourceVersion]).toEqual([2, "40"]);
  });

  it("a server that went back in time: events with older versions", async () => {
    const script = new Script({ items: [versioned("a", "90")], resourceVersion: "100" });
    const { clock, content } = await reflect(script);
    script.prepare({ items: [versioned("b", "40")], resourceVersion: "50" });
    await script.open.tell("BOOKMARK", bookmark("45"));
    await clock.advance(1_000);
    expect([script.lists.length, script.open.options.resourceVersion, content()]).toEqual([2, "50", { "shop/b": "40" }]);
  });

  it("two watches in a row that say nothing at all", async () => {
    const script = new Script({ items: [] });
    const { clock } = await reflect(script);
    for (let i = 0; i < 2; i++) {
      expect(script.lists).toHaveLength(1);
      await clock.advance(330_000);
      await script.open.end(unreachable);
      await clock.advance(1_000);
    }
    expect(script.lists).toHaveLength(2);
  });

  it("a snapshot that expires between two pages begins anew, and nothing of it is used", async () => {
    const script = new Script({ items: [versioned("old", "1")], continue: "two" }, failure(410), {
      items: [versioned("new", "15")],
      resourceVersion: "20",
    });
    const { clock, changes } = await reflect(script);
    await clock.advance(1_000);
    expect(changes).toEqual(["added shop/new 15"]);
    expect(script.lists.map((options) => options.continue)).toEqual([undefined, "two", undefined]);
  });
});

describe("a server that is not to be trusted", () => {
  const patient = async ({ clock, reflector }: { clock: FakeClock; reflector: Reflector<string> }, message: RegExp) => {
    expect(reflector.state.lastError?.message).toMatch(message);
    const { lists } = reflector.stats;
    // A cluster that is reached again does not make it read at once, either.
    reflector.reconnect();
    await clock.advance(150_000);
    expect(reflector.stats.lists, "it is left alone for minutes").toBe(lists);
    await clock.advance(150_000);
    expect(reflector.stats.lists).toBe(lists + 1);
  };

  it("with more objects than are taken in is not read, and looked at again after minutes", async () => {
    const script = new Script(
      { items: [versioned("a", "1"), versioned("b", "2")], continue: "x" },
      { items: [versioned("c", "3")] },
    );
    const reflected = await reflect(script, { maxObjects: 2 });
    expect(reflected.content()).toEqual({});
    await patient(reflected, /^the collection of configmaps is too large or without end: at most 2 objects/);
  });

  it("with pages without end, too", async () => {
    const script = new Script({ items: [], continue: "x" });
    const reflected = await reflect(script);
    await patient(reflected, /in 201 pages/);
    expect(script.lists.length).toBeLessThan(2100);
  });

  it("with more bytes, too", async () => {
    const reflected = await reflect(new Script({ items: [], bytes: 2 ** 28, continue: "x" }, { items: [], bytes: 1 }));
    await patient(reflected, /268435456 bytes/);
  });

  it("that adds objects without end while it is watched keeps its place no longer", async () => {
    const script = new Script({ items: [versioned("a", "1")] });
    const reflected = await reflect(script, { maxObjects: 2 });
    await script.open.tell("ADDED", versioned("b", "11"));
    await script.open.tell("MODIFIED", versioned("b", "12"));
    expect(reflected.reflector.state.lastError).toBeUndefined();
    await script.open.tell("ADDED", versioned("c", "13"));
    await patient(reflected, /too large/);
  });

  it("whose pages are too long is asked for smaller ones", async () => {
    const tooLong = new AnswerTooLargeError("GET /: the answer is longer than 8 bytes");
    const script = new Script(tooLong, tooLong, { items: [versioned("a", "1")] });
    const { content } = await reflect(script);
    expect(script.lists.map(({ limit }) => limit)).toEqual([500, 63, 8]);
    expect(content()).toEqual({ "shop/a": "1" });
  });

  it("that sends what nobody asked for is listed anew", async () => {
    const script = new Script({ items: [] });
    const { reflector, clock } = await reflect(script, { isAskedFor: ({ metadata }) => metadata.name !== "other" });
    await script.open.tell("ADDED", versioned("other", "11"));
    expect(reflector.state.lastError?.message).toBe("configmaps: an object that was not asked for was sent");
    expect(script.lists).toHaveLength(1);
    await clock.advance(1_000);
    expect(script.lists).toHaveLength(2);
    await script.open.tell("ADDED", versioned("x", "12"));
    await clock.advance(9_000);
    expect(reflector.state.lastError).toBeDefined();
    await clock.advance(1_000);
    expect(reflector.state).toMatchObject({ connected: true });
    expect(reflector.state).not.toHaveProperty("lastError");
    expect(reflector.state).not.toHaveProperty("failingSince");
  });

  it("is failing for as long as it opens watches only to break them", async () => {
    const script = new Script({ items: [] });
    const { reflector, clock } = await reflect(script, {
      isAskedFor: ({ metadata }) => metadata.name !== "other",
      backoff: { baseMs: 1, capMs: 1 },
    });
    const since = clock.now();
    for (let round = 0; round < 5; round++) {
      await script.open.tell("ADDED", versioned("other", "11"));
      await clock.advance(9_000);
      expect(reflector.state).toMatchObject({ connected: true, failingSince: since });
    }
    expect(script.watches).toHaveLength(6);
  });
});

describe("while there is nothing to be had", () => {
  it("a kind that is not installed is asked for slowly, and the state says so", async () => {
    const script = new Script(failure(404));
    const { clock, reflector } = await reflect(script);
    expect(reflector.state).toMatchObject({ synced: false, connected: false });
    expect(reflector.state.lastError).toBeInstanceOf(NotFoundError);
    await clock.advance(600_000);
    expect(script.lists.length).toBeGreaterThan(9);
    expect(script.lists.length).toBeLessThan(16);
    script.prepare({ items: [versioned("a", "1")] });
    await clock.advance(60_000);
    expect(reflector.state).toMatchObject({ synced: true, connected: true });
    expect(reflector.state.lastError).toBeUndefined();
  });

  it("a revoked credential: the state says so, attempts become rare, the copy stays", async () => {
    const script = new Script({ items: [versioned("a", "1")] });
    const { clock, reflector, content, logged } = await reflect(script);
    script.refuse = failure(403);
    await script.open.end(failure(403));
    await clock.advance(600_000);
    expect(reflector.state.lastError).toBeInstanceOf(ForbiddenError);
    expect(script.watches.length).toBeLessThan(50);
    expect(content()).toEqual({ "shop/a": "1" });
    expect(logged).toEqual(["watch lost"]);
    script.refuse = undefined;
    await clock.advance(30_000);
    expect(logged).toEqual(["watch lost", "watch is back"]);
  });

  it.each([
    ["asks for 7 s", 7_000, 7_000],
    ["asks for a year", 31_536_000_000, 120_000],
  ])("a server that %s is left alone, within reason", async (_, retryAfterMs, waits) => {
    const script = new Script(failure(429, retryAfterMs));
    const { clock, reflector } = await reflect(script);
    expect(reflector.state.lastError).toBeInstanceOf(ThrottledError);
    await clock.advance(waits - 1);
    expect(script.lists).toHaveLength(1);
    await clock.advance(251);
    expect(script.lists).toHaveLength(2);
  });
});

describe("waiting and stopping", () => {
  it("whenSynced resolves for everybody, and rejects when its signal aborts or the reflector stops", async () => {
    const script = new Script(unreachable);
    const { reflector, clock } = await reflect(script);
    const controller = new AbortController();
    const given = rejection(reflector.whenSynced(controller.signal));
    controller.abort();
    expect(await given).toBeInstanceOf(AbortedError);
    const patient = reflector.whenSynced();
    script.prepare({ items: [] });
    await clock.advance(30_000);
    await patient;
    const other = await reflect(new Script(unreachable));
    const stopped = rejection(other.reflector.whenSynced());
    await other.reflector.stop();
    expect(await stopped).toBeInstanceOf(AbortedError);
  });

  it("stop leaves no timer, in a watch and in a pause alike", async () => {
    const watching = await reflect(new Script({ items: [] }));
    await watching.reflector.stop();
    const pausing = await reflect(new Script(unreachable));
    expect(pausing.clock.pendingTimers).toBe(1);
    await pausing.reflector.stop();
    expect([watching.clock.pendingTimers, pausing.clock.pendingTimers]).toEqual([0, 0]);
  });

  it("hundreds of reconnects leave nothing behind: no timer, no listener, no connection", async () => {
    let watches = 0;
    const stub = await serve((request, response) => {
      if (!request.url?.includes("watch=true")) return json(response, list([configMap("a", "5")], "10"));
      watches++;
      // Every way to end: politely, abruptly, with an error, with a refusal.
      if (watches % 4 === 0) json(response, status(500, "InternalError"), 500);
      else if (watches % 4 === 1) response.end();
      else if (watches % 4 === 2) response.end(`${JSON.stringify({ type: "ERROR", object: status(410, "Expired") })}\n`);
      else response.write("{", () => response.destroy());
    });
    const client = clientFor(stub.url);
    let signal: AbortSignal | undefined;
    const watched: Pick<KubeClient, "listPage" | "watch"> = {
      listPage(resource, options) {
        signal = options?.signal;
        return client.listPage(resource, options);
      },
      watch: (resource, options) => client.watch(resource, options),
    };
    const backoff = { baseMs: 0.1, capMs: 0.1 };
    const reflector = new Reflector({ client: watched, resource: configMaps, transform: (object) => object, backoff });
    const controller = new AbortController();
    const timersBefore = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    reflector.start();
    await reflector.whenSynced(controller.signal);
    await expect.poll(() => watches, { timeout: 10_000 }).toBeGreaterThan(400);
    expect(stub.open()).toBeLessThan(10);
    await reflector.stop();
    await client.close();
    await expect.poll(stub.open).toBe(0);
    const timersAfter = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    expect(timersAfter).toBeLessThanOrEqual(timersBefore + 1);
    expect(getEventListeners(signal!, "abort")).toHaveLength(0);
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });
});
