import type { Answer } from "../domain/inventory.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Clock } from "../kube/clock.ts";
import type { Logger } from "../kube/logger.ts";
import { type ProfileReference, readProfile } from "./clusterprofile.ts";
import { LeaderWatch } from "./leader-watch.ts";

export interface ProfilesOptions {
  /** The hub. */
  readonly client: KubeClient;
  /** A profile says something else than before, or all of a namespace may be looked at anew: `<namespace>/<name>`, or `<namespace>/`. */
  readonly onChange: (profile: string) => void;
  readonly logger: Logger;
  readonly clock: Clock;
}

interface Said {
  readonly name: string;
  readonly answer: Answer;
}

/** ClusterProfiles of the namespaces in which some MemberCluster names one, as far as they say where clusters stand. */
export class Profiles {
  readonly #options: ProfilesOptions;
  readonly #watches = new Map<string, LeaderWatch<Said>>();

  constructor(options: ProfilesOptions) {
    this.#options = options;
  }

  /** What a profile says now; a change will be told. */
  read({ namespace, name }: ProfileReference): Answer {
    const watch = this.#watches.get(namespace) ?? this.#start(namespace);
    const { state } = watch;
    const title = `ClusterProfile ${namespace}/${name}`;
    if (state.state === "Loading") return { state: "Pending", message: `${title} has not been read yet` };
    if (state.state !== "Ready") return { state: "Unreadable", message: `${title} cannot be read: ${state.message.slice(0, 300)}` };
    const said = [...watch.values()].find((profile) => profile.name === name);
    return said?.answer ?? { state: "Unreadable", message: `there is no ${title}` };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#watches.values()].map((watch) => watch.stop()));
  }

  #start(namespace: string): LeaderWatch<Said> {
    const { client, onChange, logger, clock } = this.#options;
    const watch = new LeaderWatch<Said>({
      client,
      apiVersion: "multicluster.x-k8s.io/v1alpha1",
      kind: "ClusterProfile",
      namespace,
      transform: (object) => ({ name: object.metadata.name, answer: readProfile(object) }),
      onObject: (now, before) => {
        if (JSON.stringify(now) !== JSON.stringify(before)) onChange(`${namespace}/${(now ?? before)!.name}`);
      },
      onState: () => onChange(`${namespace}/`),
      logger,
      clock,
    });
    this.#watches.set(namespace, watch);
    return watch;
  }
}
