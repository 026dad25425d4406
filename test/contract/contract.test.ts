import { realBinaries } from "../support/clusters.ts";
import { access } from "./cases/access.ts";
import { custom, definitions } from "./cases/custom.ts";
import { ending } from "./cases/ending.ts";
import { forms } from "./cases/forms.ts";
import { kinds, services } from "./cases/kinds.ts";
import { kubectl } from "./cases/kubectl.ts";
import { lists } from "./cases/lists.ts";
import { deletion, objects, paths } from "./cases/objects.ts";
import { operating } from "./cases/operating.ts";
import { applying, patching } from "./cases/patching.ts";
import { pods } from "./cases/pods.ts";
import { protobuf } from "./cases/protobuf.ts";
import { listing, tables, watching } from "./cases/reading.ts";
import { ruleCosts } from "./cases/rule-costs.ts";
import { scaling } from "./cases/scaling.ts";
import { versions } from "./cases/versions.ts";
import { warnings } from "./cases/warnings.ts";
import { watches } from "./cases/watches.ts";
import { exposure, jobs } from "./cases/workloads.ts";
import { yaml } from "./cases/yaml.ts";
import { compare } from "./compare.ts";
import { plains, widgets } from "./definitions.ts";

compare(
  [
    objects,
    deletion,
    ending,
    paths,
    access,
    listing,
    lists,
    tables,
    forms,
    watching,
    watches,
    patching,
    applying,
    custom,
    definitions,
    ruleCosts,
    versions,
    scaling,
    services,
    kinds,
    jobs,
    exposure,
    kubectl,
    pods,
    operating,
    warnings,
    protobuf,
    yaml,
  ],
  {
    // Collection by owner and by namespace is a controller manager's, which the real one is started without.
    embedded: { istio: false, controllers: false },
    withReal: realBinaries() !== undefined,
    definitions: () => [widgets, plains],
    served: ["wd", "wdbeta", "plain"],
  },
);
