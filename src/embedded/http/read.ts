import type { Http2ServerRequest } from "node:http2";
import { ApiError } from "../status.ts";

/** Bodies above 3 MiB are refused. */
const limit = 3 * 1024 * 1024;

const nothing = Buffer.alloc(0);

/** @throws ApiError 413 */
export function readBody(request: Http2ServerRequest): Promise<Buffer> {
  if (request.method === "GET" || request.method === "HEAD") return Promise.resolve(nothing);
  const chunks: Buffer[] = [];
  let size = 0;
  // Listeners cost a fraction of what iterating costs.
  return new Promise((resolve, reject) => {
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      // What is too much is read on, to be answered, and not kept.
      if (size <= limit) chunks.push(chunk);
      else reject(new ApiError(413, "RequestEntityTooLarge", `Request entity too large: limit is ${limit}`));
    });
    const gone = (): void => reject(new Error("the client has gone"));
    request.once("end", () => {
      // A request ends by closing, too: an error that nobody gets would be made for each.
      request.off("close", gone);
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    });
    request.once("error", reject);
    request.once("close", gone);
  });
}
