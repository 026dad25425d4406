import type { User } from "./authentication.ts";
import type { MetaVersion, View } from "./http/negotiate.ts";
import type { Kernel } from "./kernel.ts";
import type { ServedKind } from "./registry.ts";
import type { Target } from "./request.ts";

/** One request for a resource, on its way through the server. */
export interface Call {
  readonly kernel: Kernel;
  readonly kind: ServedKind;
  readonly target: Target;
  readonly query: URLSearchParams;
  readonly user: User;
  /** First word of the user agent: the field manager of a client that names none. */
  readonly agent: string;
  readonly contentType: string;
  readonly body: Buffer;
  readonly view: View;
  readonly metaVersion: MetaVersion;
  /** The answer is to be YAML. */
  readonly yaml?: boolean;
  /** Texts for Warning headers. */
  readonly warnings: string[];
}

export interface Reply {
  readonly code: number;
  /** JSON, or what `contentType` says. */
  readonly body: string | Buffer;
  /** Default application/json. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Texts for Warning headers. */
  readonly warnings?: readonly string[];
}
