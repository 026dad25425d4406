import type { Http2ServerRequest } from "node:http2";
import { ApiError } from "../status.ts";

/** Bodies above 3 MiB are refused. */
const limit = 3 * 1024 * 1024;

const nothing = Buffer.alloc(0);

/** @throws ApiError 413 */
export async function readBody(request: Http2ServerRequest): Promise<Buffer> {
  if (request.method === "GET" || request.method === "HEAD") return nothing;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > limit) throw new ApiError(413, "RequestEntityTooLarge", `Request entity too large: limit is ${limit}`);
    chunks.push(chunk as Buffer);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}
