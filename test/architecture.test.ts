import { readdirSync, readFileSync } from "node:fs";
import { dirname, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const SOURCE = fileURLToPath(new URL("../src", import.meta.url));

/** Schemas of Istio's kinds, compiled to functions. */
const ISTIO_MODELS = ["networking.istio.io/v1", "networking.istio.io/v1alpha3/EnvoyFilter", "security.istio.io/v1"].map(
  (path) => `@kubernetes-models/istio/${path}`,
);

/** What each part of the source may import: other parts, and for the pure ones the only packages. */
const MAY_IMPORT: Readonly<Record<string, { readonly parts: readonly string[]; readonly packages?: readonly string[] }>> = {
  "main.ts": { parts: ["config.ts", "cli", "controller", "fleet", "kube", "integrations", "server", "domain", "api"] },
  "config.ts": { parts: ["api"], packages: ["zod"] },
  // The commands wire things together as main does; `fap demo` is the one that brings its own API servers.
  cli: { parts: ["config.ts", "controller", "fleet", "kube", "integrations", "server", "domain", "api", "embedded"] },
  controller: { parts: ["fleet", "kube", "integrations", "server", "domain", "api"] },
  fleet: { parts: ["kube", "net", "domain", "api"] },
  integrations: { parts: ["kube", "net", "domain", "api"] },
  server: { parts: ["kube", "domain", "api"] },
  kube: { parts: ["api"] },
  net: { parts: [] },
  // An API server knows of Kubernetes, not of us.
  embedded: { parts: ["kube"] },
  domain: { parts: ["api"], packages: ["node:crypto", "zod", "fast-json-patch", "croner", ...ISTIO_MODELS] },
  api: { parts: [], packages: ["zod"] },
};

interface Import {
  readonly file: string;
  readonly part: string;
  readonly target: string;
  readonly isPackage: boolean;
}

interface Source {
  readonly file: string;
  readonly part: string;
  readonly text: string;
}

const partOf = (path: string): string => path.split("/")[0]!;

const sources: readonly Source[] = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .sort()
  .map((file) => ({ file, part: partOf(file), text: readFileSync(`${SOURCE}/${file}`, "utf8") }));

/** Static and dynamic imports and re-exports. */
const importsOf = ({ file, part, text }: Source): readonly Import[] =>
  [...text.matchAll(/(?:^(?:import|export|\}).*?\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']/gm)].map(([, specifier = ""]) => {
    const isPackage = !specifier.startsWith(".");
    const target = isPackage ? specifier : partOf(posix.join(dirname(file), specifier));
    return { file, part, target, isPackage };
  });

const imports = sources.flatMap(importsOf);

it("finds the imports that it is about", () => {
  expect(imports.filter(({ part, target }) => part === "controller" && target === "domain").length).toBeGreaterThan(5);
  expect(imports.filter(({ part, target }) => part === "domain" && target === "api").length).toBeGreaterThan(10);
});

it("knows every part of the source", () => {
  expect(sources.map(({ part }) => part).filter((part) => !(part in MAY_IMPORT))).toEqual([]);
});

it("imports follow the arrows: main → controller → fleet, kube, integrations, server → domain → api", () => {
  const against = imports
    .filter(({ part, target, isPackage }) => !isPackage && target !== part && !MAY_IMPORT[part]?.parts.includes(target))
    .map(({ file, target }) => `${file} imports ${target}`);
  expect(against).toEqual([]);
});

it("pure parts import pure packages only", () => {
  const impure = imports
    .filter(({ part, target, isPackage }) => isPackage && !(MAY_IMPORT[part]?.packages ?? [target]).includes(target))
    .map(({ file, target }) => `${file} imports ${target}`);
  expect(impure).toEqual([]);
});

it("a relative import names its file with .ts, as Node runs it", () => {
  const unnamed = sources.flatMap(({ file, text }) =>
    [...text.matchAll(/\bfrom\s*"(\.[^"]*)"/g)]
      .filter(([, path = ""]) => !path.endsWith(".ts"))
      .map(([, path]) => `${file}: ${path}`),
  );
  expect(unnamed).toEqual([]);
});

it("nothing but main and config reads the environment", () => {
  const readers = sources
    .filter(({ text, part }) => /\bprocess\s*\.\s*env\b|\benv\b[^"';]*\bfrom\s*"node:process"/.test(text) && part !== "cli")
    .map(({ file }) => file);
  expect(readers.filter((file) => file !== "main.ts" && file !== "config.ts")).toEqual([]);
});

it.each([
  ["a clock", /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\b|\bhrtime\b/],
  ["a timer", /\bset(Timeout|Interval|Immediate)\b/],
  ["randomness", /\bMath\.random\b|\brandom(UUID|Bytes|Int)\b|\bgetRandomValues\b/],
  ["a logger", /\bconsole\.|\blogger\b|winston/],
  ["the process", /\bprocess\./],
])("domain and api know neither I/O nor %s", (_, pattern) => {
  const users = sources.filter(({ part, text }) => (part === "domain" || part === "api") && pattern.test(text));
  expect(users.map(({ file }) => file)).toEqual([]);
});
