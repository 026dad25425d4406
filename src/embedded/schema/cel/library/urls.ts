import type { Environment } from "@marcbachmann/cel-js";

/** An absolute URL, or an absolute path, which has neither scheme nor host. */
class Url {
  readonly url: URL;
  readonly text: string;

  constructor(url: URL, text: string) {
    this.url = url;
    this.text = text;
  }

  static parse(text: string): Url | undefined {
    if (/[\p{Cc}]/u.test(text) || /%(?![0-9a-f]{2})/i.test(text)) return undefined;
    if (text.startsWith("/")) return URL.canParse(text, "none://none") ? new Url(new URL(text, "none://none"), text) : undefined;
    return /^[a-z][a-z0-9+.-]*:/i.test(text) && URL.canParse(text) ? new Url(new URL(text), text) : undefined;
  }

  get isPath(): boolean {
    return this.text.startsWith("/");
  }

  /** With its port, which a URL object leaves out where it is the scheme's own. */
  get host(): string {
    return this.isPath ? "" : (/^[^:]+:\/\/(?:[^/?#]*@)?([^/?#]*)/.exec(this.text)?.[1] ?? "");
  }

  get port(): string {
    return /:(\d+)$/.exec(this.host)?.[1] ?? "";
  }

  get path(): string {
    const hasPath = this.isPath || /^[^:]+:\/\/[^/?#]*\//.test(this.text);
    return hasPath ? this.url.pathname : "";
  }

  get query(): Map<string, readonly string[]> {
    const { searchParams } = this.url;
    return new Map([...new Set(searchParams.keys())].map((key) => [key, searchParams.getAll(key)]));
  }
}

function parse(text: string): Url {
  const url = Url.parse(text);
  if (!url)
    throw new SyntaxError(`URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`);
  return url;
}

export function registerUrls(env: Environment): void {
  env
    .registerType("kubernetes.URL", Url)
    .registerFunction("url(string): kubernetes.URL", parse)
    .registerFunction("isURL(string): bool", (text: string) => Url.parse(text) !== undefined)
    .registerFunction("kubernetes.URL.getScheme(): string", ({ isPath, url }: Url) => (isPath ? "" : url.protocol.slice(0, -1)))
    .registerFunction("kubernetes.URL.getHost(): string", ({ host }: Url) => host)
    .registerFunction("kubernetes.URL.getHostname(): string", ({ host }: Url) => host.replace(/:\d+$/, "").replace(/^\[|\]$/g, ""))
    .registerFunction("kubernetes.URL.getPort(): string", ({ port }: Url) => port)
    .registerFunction("kubernetes.URL.getEscapedPath(): string", ({ path }: Url) => path)
    .registerFunction("kubernetes.URL.getQuery(): map<string, list<string>>", ({ query }: Url) => query)
    .registerOperator("kubernetes.URL == kubernetes.URL", (a: Url, b: Url) => a.text === b.text);
}
