// For node --import: what the controller consists of is loaded, and it begins when it is told to.
import { once } from "node:events";
import "../../src/cli/controller.ts";

await once(process.stdin, "data");
process.stdin.destroy();
