import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseAllDocuments } from "yaml";
import type { KubeClient } from "../../src/kube/client.ts";
import { ConflictError } from "../../src/kube/errors.ts";
import type { KubeObject, Resource } from "../../src/kube/resource.ts";
import { eventually } from "./wait.ts";

/** Istio's own CustomResourceDefinitions are not part of this project: FAP_ISTIO_CRDS, or where its authors keep them. */
const file = process.env["FAP_ISTIO_CRDS"] ?? resolve(import.meta.dirname, "../../../shared/istio/crd-all.gen.yaml");

/** Why a real API server cannot be given Istio's kinds; undefined when it can. */
export const noIstioDefinitions: string | undefined = existsSync(file) ? undefined : "no Istio CRDs, set FAP_ISTIO_CRDS";

export const CUSTOM_RESOURCE_DEFINITIONS: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  namespaced: false,
};

export function istioDefinitions(): readonly KubeObject[] {
  return parseAllDocuments(readFileSync(file, "utf8"))
    .map((document) => document.toJS() as KubeObject)
    .filter(({ metadata }) => /\.(networking|security)\.istio\.io$/.test(metadata.name));
}

/** Installs definitions and waits until they are served. */
export async function define(client: KubeClient, definitions: readonly KubeObject[]): Promise<void> {
  await Promise.all(
    definitions.map((definition) =>
      client.create(CUSTOM_RESOURCE_DEFINITIONS, definition).catch((error: unknown) => {
        if (!(error instanceof ConflictError)) throw error;
      }),
    ),
  );
  await eventually("every definition is established", async () => {
    const { items } = await client.list(CUSTOM_RESOURCE_DEFINITIONS);
    const waiting = items.filter(({ metadata }) => definitions.some((definition) => definition.metadata.name === metadata.name));
    for (const { metadata, status } of waiting) {
      const { conditions = [] } = (status ?? {}) as { conditions?: readonly { type: string; status: string }[] };
      if (!conditions.some(({ type, status }) => type === "Established" && status === "True"))
        throw new Error(`${metadata.name} is not established`);
    }
  });
}
