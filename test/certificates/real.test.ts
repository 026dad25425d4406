import { describe, test } from "vitest";
import { realBinaries } from "../support/clusters.ts";
import { fleetFor } from "../support/fleet.ts";
import { noIstioDefinitions } from "../support/istio.ts";
import { tellStories } from "./stories/index.ts";

const reason = realBinaries() ? noIstioDefinitions : "no kube-apiserver, set KUBEBUILDER_ASSETS";

if (reason) {
  console.warn(`certificates on real API servers: skipped: ${reason}`);
  test.skip(`certificates on real API servers: skipped: ${reason}`);
} else describe("certificates on real API servers", () => tellStories("real", fleetFor("real")));
