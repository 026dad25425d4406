import type { Clock } from "../kube/clock.ts";

/** What only tells is written when it has not changed for so long. Milliseconds. */
const QUIET_MS = 200;
/** But it is not put off for longer, however much goes on; nor written sooner after the last write. Milliseconds. */
const LONGEST_MS = 1000;
/** One write for so long, in the long run. Milliseconds. */
const PER_WRITE_MS = 1000;
/** What may be written ahead of that, besides one write for each cluster. */
const BURST = 5;

/** Moments differ from pass to pass until they are written. */
const MOMENT = /"\d{4}-\d\d-\d\dT[\d:.]+Z"/g;

/** A write of an AccessPoint's status that is due. */
export interface Write {
  readonly uid: string;
  readonly status: object;
  /** Something is to be done that needs it to be stored. */
  readonly intent: boolean;
  /** A person changed the specification. */
  readonly edited: boolean;
  readonly clusters: number;
}

interface Waiting {
  readonly since: number;
  readonly seenAt: number;
  readonly quietSince: number;
  /** Undefined: since then it was as it is stored. */
  readonly content: string | undefined;
}

interface Account {
  /** Until when its writes are paid for, at one a second; it may lie ahead by as much as may be written ahead. Monotonic milliseconds. */
  paidUntil: number;
  writtenAt: number;
  waiting?: Waiting;
}

/**
 * How often status is written: once a second for each AccessPoint, with everything that happened in between. What a rollout needs
 * to be stored goes at once, as long as the AccessPoint's allowance lasts: a member can make many changes, but not many writes.
 */
export class WriteBudget {
  readonly #clock: Clock;
  readonly #accounts = new Map<string, Account>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long to wait until this is written, in milliseconds; 0: not any more, and it is paid for. */
  delay({ uid, status, intent, edited, clusters }: Write): number {
    const now = this.#clock.monotonic();
    const account = this.#accounts.get(uid) ?? { paidUntil: now, writtenAt: Number.NEGATIVE_INFINITY };
    this.#accounts.set(uid, account);
    account.paidUntil = edited ? now : Math.max(account.paidUntil, now);
    const allowedAt = account.paidUntil - (BURST + clusters - 1) * PER_WRITE_MS;
    const dueAt = intent ? allowedAt : Math.max(allowedAt, toldAt(account, status, now));
    if (dueAt > now) return Math.ceil(dueAt - now);
    account.paidUntil += PER_WRITE_MS;
    account.writtenAt = now;
    delete account.waiting;
    return 0;
  }

  /** There is nothing to write now: what goes to and fro is not quiet, and yet told within its time. */
  unchanged(uid: string): void {
    const account = this.#accounts.get(uid);
    if (account?.waiting) account.waiting = { ...account.waiting, content: undefined };
  }

  /** The AccessPoint is no more. */
  forget(uid: string): void {
    this.#accounts.delete(uid);
  }
}

/** When what only tells is written: once it is quiet, and a second after the last write. */
function toldAt(account: Account, status: object, now: number): number {
  const content = JSON.stringify(status).replaceAll(MOMENT, "");
  const { waiting } = account;
  const before = waiting && now - waiting.seenAt <= LONGEST_MS ? waiting : undefined;
  const since = before?.since ?? now;
  const quietSince = before?.content === content ? before.quietSince : now;
  account.waiting = { since, seenAt: now, quietSince, content };
  return Math.max(Math.min(quietSince + QUIET_MS, since + LONGEST_MS), account.writtenAt + LONGEST_MS);
}
