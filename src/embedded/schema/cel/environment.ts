import { Environment } from "@marcbachmann/cel-js";
import { registerComprehensions } from "./library/comprehensions.ts";
import { registerFormats } from "./library/formats.ts";
import { registerLists } from "./library/lists.ts";
import { registerNetwork } from "./library/network.ts";
import { registerQuantity } from "./library/quantity.ts";
import { registerSemver } from "./library/semver.ts";
import { registerStrings } from "./library/strings.ts";
import { registerUrls } from "./library/urls.ts";

/** CEL with what Kubernetes adds to it; no variables yet. */
export function celEnvironment(): Environment {
  const env = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: true });
  registerStrings(env);
  registerLists(env);
  registerQuantity(env);
  registerNetwork(env);
  registerUrls(env);
  registerSemver(env);
  registerFormats(env);
  registerComprehensions(env);
  for (const type of ["google.protobuf.Timestamp", "google.protobuf.Duration"])
    env.registerOperator(`${type} == null`, () => false);
  return env;
}
