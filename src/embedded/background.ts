import { OutOfSpaceError } from "./status.ts";

const retryMs = 100;

/** What a server does by itself, after the request that made it necessary: a failure ends that task, not the process. */
export class Background {
  readonly #failed: (error: unknown) => void;

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** Once what is under way is done. */
  soon(task: () => void): void {
    setImmediate(() => this.run(task));
  }

  /** The very next thing. */
  next(task: () => void): void {
    queueMicrotask(() => this.run(task));
  }

  run(task: () => void): void {
    try {
      task();
    } catch (error) {
      // What waits for space need not be told of.
      if (error instanceof OutOfSpaceError) setTimeout(() => this.run(task), retryMs).unref();
      else this.#failed(error);
    }
  }
}
