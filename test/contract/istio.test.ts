import { realBinaries } from "../support/clusters.ts";
import { istioDefinitions, noIstioDefinitions } from "../support/istio.ts";
import { istio, istioRules } from "./cases/istio.ts";
import { compare } from "./compare.ts";

// The embedded server knows Istio's kinds from their models, the real one from their definitions.
compare([istio, istioRules], {
  embedded: { istio: true, controllers: false },
  withReal: realBinaries() !== undefined && !noIstioDefinitions,
  definitions: (server) => (server === "real" ? istioDefinitions() : []),
  served: ["vs", "dr", "gw", "se", "we", "ap", "filter"],
});
