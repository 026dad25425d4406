import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { WatchSink } from "../verbs/watch.ts";

/** A watcher that lets so many bytes pile up is cut off, as the API server does with slow ones. */
const backlogLimit = 16 * 1024 * 1024;

/** Streams a watch as the answer to a request: what is sent in one turn of the loop leaves in one write. */
export function streamTo(request: Http2ServerRequest, response: Http2ServerResponse, bytesPerSecond?: number): WatchSink {
  let queued: Buffer[] = [];
  let scheduled = false;
  let ended = false;
  let nextAt = 0;

  const write = (bytes: Buffer): void => {
    if (response.destroyed || response.writableEnded) return;
    response.write(bytes);
    if (response.writableLength > backlogLimit) response.destroy();
  };
  const flush = (): void => {
    scheduled = false;
    const frames = queued;
    queued = [];
    if (frames.length > 0) write(frames.length === 1 ? frames[0]! : Buffer.concat(frames));
    if (ended) response.end();
  };
  const sendSlowly = (frame: Buffer): void => {
    const now = Date.now();
    nextAt = Math.max(now, nextAt) + (frame.length / bytesPerSecond!) * 1000;
    setTimeout(() => write(frame), nextAt - now);
  };

  return {
    open: () => {
      response.writeHead(200, { "content-type": "application/json", "cache-control": "no-cache, private" });
      // The client learns that the watch stands before there is anything to tell.
      if (request.httpVersionMajor === 1) (response as unknown as { flushHeaders(): void }).flushHeaders();
    },
    send: (frame) => {
      if (bytesPerSecond !== undefined) return sendSlowly(frame);
      queued.push(frame);
      if (scheduled) return;
      scheduled = true;
      setImmediate(flush);
    },
    end: () => {
      ended = true;
      if (!scheduled) setImmediate(flush);
    },
    onClose: (listener) => {
      response.once("close", listener);
    },
  };
}
