import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { WatchSink } from "../verbs/watch.ts";

/** A watcher that lets so many bytes pile up is cut off, as the API server does with slow ones. */
const backlogLimit = 16 * 1024 * 1024;

const nothing = Buffer.alloc(0);

/** Frames as one piece. Watches of one kind send the same ones in the same turn: they are put together once for all. */
export class Joiner {
  #frames: readonly Buffer[] = [];
  #joined: Buffer = nothing;

  join(frames: readonly Buffer[]): Buffer {
    if (frames.length === 1) return frames[0]!;
    const isSame = frames.length === this.#frames.length && frames.every((frame, i) => frame === this.#frames[i]);
    if (!isSame) {
      this.#frames = frames;
      this.#joined = Buffer.concat(frames);
      // Who comes in the next turn has others.
      setImmediate(() => this.#forget());
    }
    return this.#joined;
  }

  #forget(): void {
    this.#frames = [];
    this.#joined = nothing;
  }
}

/** Streams a watch as the answer to a request: what is sent in one turn of the loop leaves in one write. */
export function streamTo(
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  joiner: Joiner,
  bytesPerSecond?: number,
): WatchSink {
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
    if (frames.length > 0) write(joiner.join(frames));
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
