import { deliverable } from "../../../src/api/kinds.ts";
import { type Desired, desire, type Manifest } from "../../../src/domain/manifest.ts";
import { DEFAULT_PLATFORM } from "../../../src/domain/render.ts";
import type { Ways } from "../../../src/domain/traffic/exposure.ts";

/** An object of a bundle, ready to be written to a cluster. */
export function desired(manifest: object): Desired {
  const full = manifest as Manifest;
  return desire(deliverable(full.apiVersion, full.kind)!, full);
}

/** An object of Istio's networking group in the namespace shop. */
export const istio = (kind: string, name: string, spec: object, metadata: object = {}) => ({
  apiVersion: "networking.istio.io/v1",
  kind,
  metadata: { name, namespace: "shop", ...metadata },
  spec,
});

/** By what Services are weighed for an AccessPoint in shop that has none itself and names none. */
export const WAYS: Omit<Ways, "surroundings"> = {
  own: new Set(),
  named: new Set(),
  namespace: "shop",
  gatewayNamespaces: DEFAULT_PLATFORM.certificateNamespaces,
};
