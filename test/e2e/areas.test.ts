import { beforeAll, describe, test } from "vitest";
import { tellStories as tellOfCertificates } from "../certificates/stories/index.ts";
import { tellStories as tellOfNames } from "../names/stories/index.ts";
import { tellStories as tellOfPlacement } from "../placement/stories/index.ts";
import { realBinaries } from "../support/clusters.ts";
import { fleetFor } from "../support/fleet.ts";
import { noIstioDefinitions } from "../support/istio.ts";
import { tellStories as tellOfTraffic } from "../traffic/stories/index.ts";

const reason = realBinaries() ? noIstioDefinitions : "no kube-apiserver, set KUBEBUILDER_ASSETS";
/** The last one installs cert-manager's kinds. */
const areas = ["placement", "names", "traffic", "certificates"] as const;

if (reason) {
  for (const area of areas) test.skip(`${area} on real API servers: skipped: ${reason}`);
} else
  describe("on real API servers", () => {
    // Real ones are dear: one fleet for all, as it was registered in the beginning.
    const fleet = fleetFor("real");
    const tell = {
      placement: () => tellOfPlacement(fleet),
      names: () => tellOfNames(fleet),
      traffic: () => tellOfTraffic("real", fleet),
      certificates: () => tellOfCertificates("real", fleet),
    } as const satisfies Record<(typeof areas)[number], () => void>;
    for (const area of areas)
      describe(area, () => {
        beforeAll(() => fleet().registerAll());
        tell[area]();
      });
  });
