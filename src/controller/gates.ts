import PQueue from "p-queue";
import type { AccessPoint, AccessPointStatus } from "../api/accesspoint.ts";
import type { ObjectMeta } from "../api/resource.ts";
import { type JobPlace, jobsLeft } from "../domain/rollout/checks.ts";
import type { Check, CheckAnswer } from "../domain/rollout/model.ts";
import { UnknownVariableError } from "../domain/variables.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Answer, Means, Question } from "../integrations/gates/ask.ts";
import { HeaderError } from "../integrations/gates/headers.ts";
import type { HostPolicy } from "../integrations/gates/hosts.ts";
import { HostRefusedError } from "../integrations/gates/hosts.ts";
import { NoAnswerError } from "../integrations/gates/http.ts";
import { askJob } from "../integrations/gates/job.ts";
import { endJob } from "../integrations/gates/job-access.ts";
import { jobName } from "../integrations/gates/job-object.ts";
import { askPrometheus } from "../integrations/gates/prometheus.ts";
import { askWebhook } from "../integrations/gates/webhook.ts";
import type { KubeClient } from "../kube/client.ts";
import { type Clock, sleep } from "../kube/clock.ts";
import type { Logger } from "../kube/logger.ts";

export interface GateChecksOptions {
  readonly hub: KubeClient;
  readonly fleet: Pick<Fleet, "get">;
  readonly hosts: HostPolicy;
  readonly clock: Clock;
  readonly logger: Logger;
  /** An AccessPoint (`<namespace>/<name>`) has an answer. */
  readonly onAnswer: (accessPoint: string) => void;
}

/** Questions that are under way at once, over all AccessPoints. */
const CONCURRENCY = 16;

interface Running {
  readonly check: Check;
  readonly giveUp: AbortController;
  answer?: CheckAnswer;
}

type Asked = Question["accessPoint"];

/**
 * Puts the questions of gates outside of passes, one at a time for each gate, and keeps each answer until a stored status has it.
 * Nothing of this outlives the process: a question whose answer was lost is put again.
 */
export class GateChecks {
  readonly #options: GateChecksOptions;
  readonly #lanes = new PQueue({ concurrency: CONCURRENCY });
  /** By uid of the AccessPoint, then by id of the check. */
  readonly #running = new Map<string, Map<string, Running>>();
  readonly #stopping = new AbortController();

  constructor(options: GateChecksOptions) {
    this.#options = options;
  }

  /** Answers that came for an AccessPoint and are still asked for. */
  answers(uid: string): readonly CheckAnswer[] {
    return [...(this.#running.get(uid)?.values() ?? [])].flatMap(({ answer }) => answer ?? []);
  }

  /**
   * Begins what is asked now and is not under way, and gives up what nobody asks any more. To be called once status is stored.
   *
   * @param before As it was before this pass.
   */
  tend(before: Omit<Asked, "status"> & Pick<AccessPoint, "status">, status: AccessPointStatus, checks: readonly Check[]): void {
    const { metadata } = before;
    const { uid = "" } = metadata;
    const running = this.#running.get(uid) ?? new Map<string, Running>();
    const wanted = new Map(checks.map((check) => [check.id, check]));
    for (const [id, { check, giveUp }] of running) {
      if (isSame(check, wanted.get(id))) continue;
      giveUp.abort();
      running.delete(id);
    }
    for (const place of jobsLeft(before.status?.rollout, status.rollout)) void this.#endJob(place, metadata);
    for (const check of checks) {
      if (check.held || running.has(check.id)) continue;
      const begun: Running = { check, giveUp: new AbortController() };
      running.set(check.id, begun);
      void this.#run(begun, { ...before, status });
    }
    if (running.size > 0) this.#running.set(uid, running);
    else this.#running.delete(uid);
  }

  /** Gives everything up that is asked for an AccessPoint. */
  forget(uid: string): void {
    for (const { giveUp } of this.#running.get(uid)?.values() ?? []) giveUp.abort();
    this.#running.delete(uid);
  }

  /** Gives everything up; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const uid of [...this.#running.keys()]) this.forget(uid);
    await this.#lanes.onIdle();
  }

  async #run(running: Running, accessPoint: Asked): Promise<void> {
    const { clock, onAnswer } = this.#options;
    const { check, giveUp } = running;
    const { signal } = giveUp;
    while (!signal.aborted) {
      const answer = await this.#lanes.add(() => this.#ask(check, accessPoint, signal));
      if (signal.aborted || answer === undefined) return;
      if (answer.outcome !== "Running" || answer.message !== running.answer?.message) {
        running.answer = { id: check.id, attempt: check.attempt, at: new Date(clock.now()), ...answer };
        onAnswer(`${accessPoint.metadata.namespace}/${accessPoint.metadata.name}`);
      }
      if (answer.outcome !== "Running") return;
      await sleep(clock, answer.againMs, signal);
    }
  }

  /** Whatever goes wrong is an answer, too: it stands in status, and the question is put again. */
  async #ask(check: Check, accessPoint: Asked, signal: AbortSignal): Promise<Answer | undefined> {
    if (signal.aborted) return undefined;
    const { hub, hosts, clock, logger } = this.#options;
    const means: Means = { hub, member: (name) => this.#member(name), hosts, now: new Date(clock.now()), signal };
    try {
      return await ASK[check.gate.type as keyof typeof ASK]({ accessPoint, check }, means);
    } catch (error) {
      if (signal.aborted) return undefined;
      const message = error instanceof Error ? error.message : String(error);
      const isExpected = [NoAnswerError, HostRefusedError, HeaderError, UnknownVariableError].some(
        (known) => error instanceof known,
      );
      if (!isExpected) logger.warn("a gate could not be asked", { stage: check.stage, gate: check.gate.type, error });
      return { outcome: "Error", message };
    }
  }

  /** Once, where the cluster answers: what is missed ends by its own deadline, and goes with the AccessPoint. */
  async #endJob(place: JobPlace, metadata: ObjectMeta): Promise<void> {
    const { hub, logger } = this.#options;
    const { signal } = this.#stopping;
    const { cluster } = place;
    const name = jobName(metadata, place);
    await this.#lanes.add(async () => {
      const client = cluster ? this.#member(cluster) : hub;
      if (!client || client === "Connecting" || signal.aborted) return;
      try {
        await endJob(client, name, metadata, signal);
      } catch (error) {
        if (!signal.aborted) logger.warn("a gate's Job could not be ended; its deadline ends it", { cluster, job: name, error });
      }
    });
  }

  #member(name: string): ReturnType<Means["member"]> {
    const member = this.#options.fleet.get(name);
    const reach = member?.standing.reach;
    return reach === "Reachable" ? member?.client : reach === "Connecting" ? reach : undefined;
  }
}

/** Whether both ask the same, about the same clusters: one that was skipped or left is not asked about any more. */
const isSame = (check: Check, other: Check | undefined): boolean =>
  check.attempt === other?.attempt && namesOf(check) === namesOf(other);

const namesOf = ({ clusters }: Check): string => clusters.map(({ name }) => name).join(" ");

const ASK = { Webhook: askWebhook, Metric: askPrometheus, Job: askJob } as const;
