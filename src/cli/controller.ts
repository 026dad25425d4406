import { existsSync } from "node:fs";
import type { Config } from "../config.ts";
import { Controller } from "../controller/controller.ts";
import { Metrics } from "../controller/metrics.ts";
import { createClient } from "../kube/client.ts";
import { LeaderElector } from "../kube/lease.ts";
import { startHttpServer } from "../server/http.ts";
import { loadHub } from "./hub.ts";
import { createLogger } from "./logging.ts";

const SERVICE_ACCOUNT_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** `fap controller`: runs until a signal, or until its lease is lost. Resolves to the exit code. */
export async function runController(config: Config, stop: AbortSignal): Promise<number> {
  const inCluster = existsSync(SERVICE_ACCOUNT_TOKEN) && config.kubeconfig === undefined;
  const logger = createLogger({ level: config.logLevel, format: config.logFormat ?? (process.stderr.isTTY ? "text" : "json") });
  const hub = loadHub(config.kubeconfig, inCluster);
  const metrics = new Metrics();
  let controller: Controller | undefined;
  const server = await startHttpServer({
    port: config.httpPort,
    registry: metrics.registry,
    ready: () => controller === undefined || controller.ready,
  });
  logger.info("started", { hub: hub.getCurrentCluster()?.server, httpPort: server.port, instance: config.instance });

  const ended = Promise.withResolvers<number>();
  stop.addEventListener("abort", () => ended.resolve(0), { once: true });
  const work = async () => {
    controller = new Controller({
      hub,
      logger,
      metrics,
      instance: config.instance,
      allowExec: config.allowExec,
      gateHosts: config.gateHosts,
      concurrency: config.concurrency,
      ...(config.probeNetworks ? { probeNetworks: config.probeNetworks } : {}),
      platform: { certificateNamespaces: config.certificateNamespaces },
      ...(config.resolver ? { resolver: config.resolver } : {}),
      ...(config.fqdnNamespaces ? { fqdnRights: config.fqdnNamespaces } : {}),
      probe: { intervalMs: config.probeSeconds * 1000 },
    });
    await controller.start();
    logger.info("controller runs");
  };
  const begin = () => {
    work().catch((error: unknown) => {
      if (stop.aborted) return;
      logger.error("controller could not start", { error });
      ended.resolve(1);
    });
  };

  let elector: LeaderElector | undefined;
  if (config.leaderElect ?? inCluster) {
    elector = new LeaderElector({
      client: createClient(hub),
      namespace: config.leaderElectNamespace,
      name: "federated-accesspoint",
      identity: config.instance || "fap",
      logger,
      onAcquired: begin,
      // Another replica goes on in seconds; the surest way to stop everything at once is to end.
      onLost: () => {
        logger.error("lease lost");
        ended.resolve(1);
      },
    });
    elector.start();
  } else begin();

  const code = await ended.promise;
  logger.info("stopping");
  await controller?.stop();
  await elector?.stop();
  await server.stop();
  return code;
}
