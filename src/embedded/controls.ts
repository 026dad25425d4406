import type { FaultRule } from "./faults.ts";
import type { RequestFilter } from "./requests.ts";
import type { EmbeddedApiServer, EmbeddedUser } from "./server.ts";
import type { Snapshot } from "./store.ts";

/** What can be done to a server, as functions whose arguments and results can go from thread to thread. */
export type Controls = ReturnType<typeof controlsOf>;

/** The same from another thread. */
export type Remote<T> = {
  readonly [Name in keyof T]: T[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Awaited<Result>>
    : never;
};

export function controlsOf(server: EmbeddedApiServer) {
  const { faults, requests } = server;
  const rules = new Map<number, () => void>();
  let added = 0;
  return {
    /** @returns what `removeFault` takes the rule back by */
    addFault: (rule: FaultRule): number => {
      rules.set(++added, faults.add(rule));
      return added;
    },
    removeFault: (added: number): void => {
      rules.get(added)?.();
      rules.delete(added);
    },
    clearFaults: (): void => {
      faults.clear();
      rules.clear();
    },
    /** Begins the sequence of chances anew. */
    seedFaults: (seed: number): void => faults.seed(seed),
    setClockSkewMs: (ms: number): void => {
      faults.clockSkewMs = ms;
    },
    setDiskFull: (full: boolean): void => {
      faults.diskFull = full;
    },
    requests: () => requests.all,
    countRequests: (filter?: RequestFilter): number => requests.count(filter),
    countReads: (filter?: RequestFilter): number => requests.reads(filter),
    countWrites: (filter?: RequestFilter): number => requests.writes(filter),
    countConnections: (): number => requests.connections,
    resetRequests: (): void => requests.reset(),
    kubeconfigFor: (user: EmbeddedUser): string => server.kubeconfigFor(user),
    certificateKubeconfigFor: (...args: Parameters<EmbeddedApiServer["certificateKubeconfigFor"]>): Promise<string> =>
      server.certificateKubeconfigFor(...args),
    expireTokens: (): void => server.expireTokens(),
    expireCertificates: (): void => server.expireCertificates(),
    partition: (on: boolean): void => server.partition(on),
    compact: (): void => server.compact(),
    restart: (...args: Parameters<EmbeddedApiServer["restart"]>): Promise<void> => server.restart(...args),
    snapshot: (): Snapshot => server.snapshot(),
    restore: (snapshot: Snapshot): Promise<void> => server.restore(snapshot),
    countWatchers: (): number => server.watchers,
  };
}
