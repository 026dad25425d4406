import { expect, it } from "vitest";
import { CERTIFICATES, deliverable } from "../../src/api/kinds.ts";
import type { Resource } from "../../src/api/resource.ts";
import { desire } from "../../src/domain/manifest.ts";
import { explainFailure } from "../../src/fleet/failure.ts";
import { KindNotServedError } from "../../src/fleet/writer.ts";

it.each<[string, Resource, string, boolean]>([
  ["cert-manager is waited for", CERTIFICATES, "install cert-manager there", false],
  ["Istio is not", deliverable("networking.istio.io/v1", "Gateway")!, "install its CRD there", true],
])("where a kind is not served, %s", (_, resource, advice, final) => {
  const manifest = { apiVersion: "v1", kind: resource.kind, metadata: { namespace: "shop", name: "a" } };
  const action = { type: "create", desired: desire(resource, manifest) } as const;
  const failure = explainFailure(action, new KindNotServedError("not served"), "lvs-1");
  expect(failure).toMatchObject({ state: "Missing", message: expect.stringContaining(advice), final });
});
