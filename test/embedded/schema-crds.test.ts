import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { customResourceDefinitions } from "../../src/api/crd.ts";
import { builtinKinds, readBuiltin } from "../../src/embedded/schema/builtin/index.ts";
import { validateMetadata } from "../../src/embedded/schema/metadata.ts";
import type { Schema } from "../../src/embedded/schema/schema.ts";
import { validateStructural } from "../../src/embedded/schema/structural.ts";
import { schemaValidator } from "../../src/embedded/schema/validate.ts";
import type { KubeObject } from "../../src/kube/resource.ts";

/** Definitions of other projects are not part of this one: they are where the environment says, or next to it. */
const shared = resolve(import.meta.dirname, "../../../shared");
const istio = process.env["FAP_ISTIO_CRDS"] ?? join(shared, "istio/crd-all.gen.yaml");
const peers = process.env["FAP_PEER_CRDS"] ?? join(shared, "peer-crds");

const documents = (file: string): KubeObject[] =>
  parseAllDocuments(readFileSync(file, "utf8"))
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object?.kind === "CustomResourceDefinition") as KubeObject[];

const files = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => join(directory, name));

const kind = builtinKinds.find(({ resource }) => resource.kind === "CustomResourceDefinition")!;

interface Version {
  readonly name: string;
  readonly schema: { readonly openAPIV3Schema: Schema };
  readonly subresources?: { readonly status?: object };
}

/** Why a definition would be refused, all of it. */
function refusals(definition: KubeObject): readonly string[] {
  const { value, unknown } = readBuiltin(kind, { ...definition, status: undefined } as unknown as KubeObject);
  const object = kind.prepare!(kind.applyDefaults!(value));
  const errors = [...validateMetadata(object, kind.metadata), ...kind.validate!(object)];
  return [...unknown.map((path) => `unknown field ${path}`), ...errors.map(({ field, message }) => `${field}: ${message}`)];
}

const judge = (definitions: readonly KubeObject[]) =>
  Object.fromEntries(
    definitions.map((definition) => [definition.metadata.name, refusals(definition)]).filter(([, found]) => found!.length > 0),
  );

function* versions(definitions: readonly KubeObject[]): Generator<readonly [name: string, version: Version]> {
  for (const { metadata, spec } of definitions) {
    for (const version of (spec as { versions: readonly Version[] }).versions) yield [`${metadata.name}/${version.name}`, version];
  }
}

/** Judges nothing of the kind, to see that each schema can be asked at all. */
function ask(definitions: readonly KubeObject[]): void {
  for (const [name, { schema, subresources }] of versions(definitions)) {
    const { openAPIV3Schema } = schema;
    expect(validateStructural(openAPIV3Schema, name, { hasStatus: subresources?.status !== undefined }), name).toEqual([]);
    const validator = schemaValidator(openAPIV3Schema);
    const errors = validator.validate({ spec: {}, status: {} }, { old: { spec: {}, status: {} } });
    expect(errors.map(({ type }) => type)).not.toContain("InternalError");
  }
}

describe("definitions", () => {
  it("of this project are fine", () => {
    const definitions = customResourceDefinitions();
    expect(definitions.length).toBeGreaterThan(0);
    expect(judge(definitions)).toEqual({});
    ask(definitions);
  });

  const noIstio = existsSync(istio) ? "" : " (skipped: no Istio CRDs, set FAP_ISTIO_CRDS)";
  it.skipIf(noIstio)(`of Istio are fine${noIstio}`, () => {
    const definitions = documents(istio);
    expect(definitions.length).toBeGreaterThan(10);
    expect(judge(definitions)).toEqual({});
    ask(definitions);
  });

  const noPeers = existsSync(peers) ? "" : " (skipped: no CRDs of peers, set FAP_PEER_CRDS)";
  it.skipIf(noPeers)(`of peers are fine${noPeers}`, () => {
    const definitions = files(peers).flatMap(documents);
    expect(definitions.length).toBeGreaterThan(3);
    expect(judge(definitions)).toEqual({});
    ask(definitions);
  });
});
