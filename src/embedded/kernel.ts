import type { Authenticator } from "./authentication.ts";
import type { Background } from "./background.ts";
import type { Faults } from "./faults.ts";
import type { ServiceAllocations } from "./kinds/services.ts";
import type { Registry } from "./registry.ts";
import type { Store } from "./store.ts";

/** What every part of one embedded API server works on. */
export interface Kernel {
  readonly name: string;
  readonly store: Store;
  readonly registry: Registry;
  readonly faults: Faults;
  readonly authenticator: Authenticator;
  readonly services: ServiceAllocations;
  readonly background: Background;
  /** The server's idea of the time. */
  readonly now: () => Date;
}

/** As metadata carries it: whole seconds, UTC. */
export const timestamp = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;
