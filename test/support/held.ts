// For node --import: what the controller consists of is loaded, and it begins when it is told to.
import { once } from "node:events";
import { flushCompileCache } from "node:module";
import "../../src/cli/controller.ts";

// Who is killed has no other chance to leave it to the next one.
flushCompileCache();
await once(process.stdin, "data");
process.stdin.destroy();
