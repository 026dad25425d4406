import { type Comparison, diffAll, presentIn } from "../diff.ts";
import { loadHub } from "../hub.ts";
import { renderAll } from "../render.ts";
import { allBundles } from "./bundles.ts";
import type { DiffFlags, RenderFlags } from "./commands.ts";
import { type Gathered, gather, type HubView, readHub } from "./gather.ts";
import { LiveFleet } from "./live.ts";

/** What `fap render` prints. */
export const renderPreview = ({ filename, kubeconfig, cluster, stage }: RenderFlags) =>
  withHub(filename, kubeconfig, async (hub) => renderAll(await gather(filename ?? [], hub), cluster, stage));

/** Files alone need no hub; a hub is asked when one is named, or when there are no files. */
async function withHub<T>(
  files: readonly string[] | undefined,
  kubeconfig: string | undefined,
  run: (hub: HubView | undefined) => Promise<T>,
): Promise<T> {
  if (files !== undefined && kubeconfig === undefined) return run(undefined);
  const hub = await readHub(loadHub(kubeconfig));
  try {
    return await run(hub);
  } finally {
    await hub.client.close();
  }
}

/** What `fap diff` prints. */
export async function diffPreview({ filename, kubeconfig, against, cluster, stage, color }: DiffFlags): Promise<Comparison> {
  const options = {
    ...(cluster === undefined ? {} : { cluster }),
    ...(stage === undefined ? {} : { stage }),
    color: color === "always" || (color === "auto" && process.stdout.isTTY === true && !process.env["NO_COLOR"]),
  };
  if (against) {
    return withHub(filename, kubeconfig, async (hub) => {
      const present = await rendered(await gather(against, hub));
      return diffAll(
        await gather(filename ?? [], hub),
        async ({ accessPoint }, name) => presentIn(present.get(accessPoint)?.get(name) ?? []),
        { ...options, holders: async (accessPoint) => [...(present.get(accessPoint)?.keys() ?? [])] },
      );
    });
  }
  // What clusters have is reached through the hub, named or kubectl's.
  return withHub(undefined, kubeconfig, async (hub) => {
    const fleet = new LiveFleet(hub!);
    try {
      return await diffAll(await gather(filename ?? [], hub), fleet.look, { ...options, holders: fleet.holders });
    } finally {
      await fleet.close();
    }
  });
}

/** By AccessPoint, then cluster. */
async function rendered(gathered: Gathered) {
  const bundles = await allBundles(gathered);
  return new Map(
    bundles.map(({ accessPoint, deliveries }) => [
      accessPoint,
      new Map(deliveries.map(({ target, manifests }) => [target.member.name, manifests])),
    ]),
  );
}
