import type { Call } from "../call.ts";
import { flag } from "../request.ts";
import type { FieldError } from "../schema/schema.ts";
import { ApiError, expired, invalid } from "../status.ts";
import { includeOf } from "../views.ts";
import { bookmarkFrame, type Subscription, type Watches } from "../watch.ts";
import { selectorOf } from "./list.ts";
import { numberIn } from "./options.ts";
import { revisionProblem, tooLarge } from "./revision.ts";

/** Where a watch writes to. */
export interface WatchSink {
  /** Called once, when the watch is accepted. */
  open(): void;
  send(frame: Buffer): void;
  /** Ends the answer: the time is up. */
  end(): void;
  /** Called when the client has gone. */
  onClose(listener: () => void): void;
}

const bookmarkEvery = 60_000;
/** Seconds; a client that names none gets between one and two of these. */
const shortestTimeout = 1800;

/**
 * Streams changes until the time is up or the client leaves.
 * @throws ApiError before the stream begins
 */
export function watch(call: Call, watches: Watches, sink: WatchSink): void {
  const { kernel, kind, query, target, view, metaVersion } = call;
  const { store } = kernel;
  const initial = checkWatchOptions(query);
  const seconds = numberIn(query, "timeoutSeconds") || shortestTimeout * (1 + Math.random());
  numberIn(query, "limit");
  if (call.yaml) throw notStreamed();
  const wanted = query.get("resourceVersion") ?? "";
  const problem = revisionProblem(wanted);
  if (problem !== undefined) throw new ApiError(500, "", problem);
  const since = Number(wanted);
  const subscription: Subscription = {
    kind,
    view,
    metaVersion,
    include: includeOf(call),
    namespace: target.namespace,
    matches: selectorOf(call),
    agent: call.agent,
    after: since,
    told: false,
    send: (frame) => sink.send(frame),
  };
  const bookmark = (initialEventsEnd = false): void => {
    if (store.revision < since || kernel.faults.silences(subscription)) return;
    sink.send(bookmarkFrame(kernel, subscription, store.revision, initialEventsEnd));
  };
  const bookmarks = flag(query, "allowWatchBookmarks");
  sink.open();

  const fromState = initial ?? since === 0;
  if (fromState) {
    if (since > store.revision) {
      fail(sink, tooLarge(since, store.revision));
      return;
    }
    for (const object of store.list(kind.collection, target.namespace)) watches.introduce(subscription, object);
    if (bookmarks) bookmark(true);
  } else {
    const missed = store.since(kind.collection, since);
    if (!missed) {
      fail(sink, expired(`too old resource version: ${since} (${store.compacted})`));
      return;
    }
    for (const change of missed) watches.deliver(subscription, change);
  }

  const stop = watches.add(subscription);
  const ticker = bookmarks ? setInterval(() => bookmark(), bookmarkEvery) : undefined;
  const timer = setTimeout(() => {
    close();
    sink.end();
  }, seconds * 1000);
  const close = (): void => {
    stop();
    clearInterval(ticker);
    clearTimeout(timer);
  };
  sink.onClose(close);
}

function fail(sink: WatchSink, { status }: ApiError): void {
  sink.send(Buffer.from(`${JSON.stringify({ type: "ERROR", object: status })}\n`));
  sink.end();
}

const notStreamed = (): ApiError =>
  new ApiError(
    406,
    "NotAcceptable",
    "only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch",
  );

const forbid = (field: string, message: string): FieldError => ({
  type: "FieldValueForbidden",
  field,
  message: `Forbidden: ${message}`,
});

/** @returns whether the watch begins with the objects that are there; undefined when the resourceVersion decides */
function checkWatchOptions(query: URLSearchParams): boolean | undefined {
  const match = query.get("resourceVersionMatch") ?? "";
  const errors: FieldError[] = [];
  const initial = query.has("sendInitialEvents") ? flag(query, "sendInitialEvents") : undefined;
  const field = "resourceVersionMatch";
  if (initial !== undefined && match !== "NotOlderThan") {
    errors.push(forbid(field, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
  }
  if (match !== "" && initial === undefined) {
    errors.push(forbid(field, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
  }
  if (match !== "" && match !== "NotOlderThan") {
    const message = `Unsupported value: ${JSON.stringify(match)}: supported values: "NotOlderThan"`;
    errors.push({ type: "FieldValueNotSupported", field, message });
  }
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", errors);
  return initial;
}
