import { type EmbeddedOptions, startApiServer } from "../../../src/embedded/server.ts";

/** An embedded API server in a process of its own, so that its processor time can be told from its clients'. */
const server = await startApiServer(JSON.parse(process.argv[2] ?? "{}") as EmbeddedOptions);

process.on("message", async (message) => {
  if (message === "stop") {
    await server.stop();
    process.disconnect();
    return;
  }
  const { user, system } = process.cpuUsage();
  process.send?.((user + system) / 1e6);
});
process.send?.(server.kubeconfig);
