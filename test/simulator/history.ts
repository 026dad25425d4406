import type { GateSpec } from "../../src/api/accesspoint.ts";
import { gatedOf } from "../../src/domain/rollout/gates.ts";
import type { Check, CheckAnswer, Decision } from "../../src/domain/rollout/model.ts";
import { comeBack, deliver, type FakeCluster, fakeCluster, isVerified, variantOf } from "./fleet.ts";
import { Invariants } from "./invariants.ts";
import { Random } from "./random.ts";
import { Violation } from "./violation.ts";
import { NOBODY, WHIMS, type Whimsical, windowsOf } from "./whims.ts";
import { type Engine, type Settings, World } from "./world.ts";

/** What became of one history. */
export interface History {
  readonly seed: number;
  readonly passes: number;
  /** What was done, in words. */
  readonly log: readonly string[];
  /** Undefined when everything was kept. */
  readonly violation?: string;
}

const MINUTE = 60_000;

/** One random history: a world, some dozens of things that happen, and then the calm in which every rollout must arrive. */
export function runHistory(seed: number, engine: Engine): History {
  const random = new Random(seed);
  const invariants = new Invariants();
  const log: string[] = [];
  const world = new World(
    engine,
    (pass, world) => {
      const violation = invariants.check(pass, world);
      if (violation) throw new Violation(violation);
      if (!world.loseNext) invariants.accept(pass, world);
    },
    randomClusters(random),
    { ...randomSettings(random, hasChecks(seed)), ...gatedRemoval(seed) },
  );
  try {
    const life = new Life({
      world,
      invariants,
      random,
      log,
      withChecks: hasChecks(seed),
      extras: new Random(seed + 0x5eed),
      ...(hasWhims(seed) ? { whims: new Random(seed + 0xca1f) } : {}),
    });
    if (random.chance(0.3)) life.settle();
    const steps = random.between(10, 50);
    for (let step = 0; step < steps; step++) life.step();
    life.calm();
    return { seed, passes: world.passes, log };
  } catch (error) {
    const violation =
      error instanceof Violation ? error.message : `the engine threw: ${error instanceof Error ? error.stack : String(error)}`;
    return { seed, passes: world.passes, log, violation };
  }
}

function randomClusters(random: Random): FakeCluster[] {
  const count = random.between(1, 6);
  return Array.from({ length: count }, (_, index) => fakeCluster(`c${index + 1}`, random.pick(["za", "zb"]), random.chance(0.85)));
}

/** Gates that ask the world stand in two of seven histories; the others stay what they were, and with them the seeds that are kept. */
const hasChecks = (seed: number): boolean => seed % 7 === 1 || seed % 7 === 3;

/** What is brought about on purpose, in three of eight histories, none of which is a seed that is kept. */
const hasWhims = (seed: number): boolean => seed % 8 === 0 || seed % 8 === 5 || seed % 8 === 6;

/** Gates before the removal, in one of six histories, none of which is a seed that is kept. */
const gatedRemoval = (seed: number): Pick<Settings, "beforeRemoval"> => {
  if (seed % 6 !== 3) return {};
  return { beforeRemoval: [{ type: "Approval" }, ...(seed % 4 === 1 ? [{ type: "Wait" as const, duration: "1m" }] : [])] };
};

const NEVER_LATE = { timeout: "10m" } as const;

function randomCheck(random: Random): GateSpec {
  const kind = random.pick(["Webhook", "Metric", "Job"] as const);
  if (kind === "Webhook") return { type: "Webhook", webhook: { url: "https://ci.example.com/gate", ...NEVER_LATE } };
  if (kind === "Job")
    return { type: "Job", job: { template: { spec: {} }, runIn: random.pick(["Hub", "Clusters"]), ttl: "1h", ...NEVER_LATE } };
  return {
    type: "Metric",
    metric: {
      address: "https://prometheus.example.com",
      query: "errors",
      success: { operator: "LessThan", value: 1 },
      ...(random.chance(0.5) ? { failure: { operator: "GreaterThan" as const, value: 2 } } : {}),
      interval: random.pick(["10s", "1m"]),
      count: random.between(1, 3),
      failureLimit: random.between(0, 1),
      ...NEVER_LATE,
    },
  };
}

function randomSettings(random: Random, withChecks: boolean): Settings {
  // Without gates and soaks a history gets through several rollouts, with them into the corners of one.
  const isCareful = random.chance(0.65);
  const gates = () => {
    if (!isCareful || random.chance(0.65)) return undefined;
    return Array.from({ length: random.between(1, 2) }, () =>
      withChecks && random.chance(0.6)
        ? randomCheck(random)
        : random.chance(0.7)
          ? { type: "Approval" as const }
          : { type: "Wait" as const, duration: random.pick(["1m", "20m"]) },
    );
  };
  const stage = (name: string) => {
    const before = gates();
    const after = gates();
    return {
      name,
      ...(random.chance(0.4) ? { clusters: ["c1", "c2", "c3", "c4", "c5", "c6"].filter(() => random.chance(0.4)) } : {}),
      ...(random.chance(0.4) ? { count: random.between(1, 3) } : {}),
      maxConcurrency: random.pick<number | string>([1, 1, 1, 1, 2, 2, 4, "50%"]),
      maxFailures: random.pick([0, 0, 0, 0, 1, 1, 2]),
      progressDeadline: random.pick(["2m", "10m"]),
      ...(isCareful && random.chance(0.5) ? { soak: random.pick(["30s", "5m", "15m"]) } : {}),
      ...(before ? { before } : {}),
      ...(after ? { after } : {}),
    };
  };
  const names = ["one", "two", "three"].slice(0, random.between(1, 3));
  return {
    paused: false,
    verify: ["Routes"],
    unmatchedClusters: "Append",
    onFailure: random.chance(0.4) ? "Rollback" : "Pause",
    ...(!isCareful || random.chance(0.7) ? { stages: names.map(stage) } : {}),
  };
}

/** Everything that has gates. */
const gatedIn = ({ rollout }: World["state"]) => (rollout ? gatedOf(rollout) : []);

/** How long is waited before somebody looks again: what waits for long waits because somebody set the clock back. */
const calmMinutes = (round: number): number => (round < 60 ? 1 : 10);

interface Destiny {
  readonly world: World;
  readonly invariants: Invariants;
  readonly random: Random;
  readonly log: string[];
  readonly withChecks: boolean;
  /** What came to be simulated later: histories in which nothing of it happens stay what they were. */
  readonly extras: Random;
  /** Decides on whims, where there are any. */
  readonly whims?: Random;
}

/** Lets things happen to a world. */
class Life {
  readonly #world: World;
  readonly #invariants: Invariants;
  readonly #random: Random;
  readonly #log: string[];
  readonly #withChecks: boolean;
  readonly #extras: Random;
  readonly #whims: Whimsical | undefined;
  readonly #bindsOverrides: boolean;
  readonly #hasWindows: boolean;
  readonly #isSorted: boolean;
  #revisions = 1;
  /** The controller has looked since the last change. */
  #isSeen = true;
  #decisions = 0;

  constructor({ world, invariants, random, log, withChecks, extras, whims }: Destiny) {
    this.#withChecks = withChecks;
    this.#world = world;
    this.#invariants = invariants;
    this.#random = random;
    this.#log = log;
    this.#extras = extras;
    this.#whims = whims && {
      world,
      random: whims,
      elapse: (ms) => this.#elapse(ms),
      openApprovals: () => this.#openApprovals(),
      decide: (parts) => this.#decide(parts),
      edit: () => this.#edit(),
    };
    world.isWatched = whims?.chance(0.6) ?? false;
    this.#bindsOverrides = extras.chance(0.4);
    this.#hasWindows = extras.chance(0.06);
    this.#isSorted = extras.chance(0.1);
    for (const cluster of world.clusters) cluster.size = extras.pick([undefined, "2", "10", "large", "small"]);
    this.#setExtras();
    this.#bindOverrides();
  }

  step(): void {
    const [name, act] = this.#random.weighted(this.#withChecks ? [...this.#happenings, ...this.#answers] : this.#happenings);
    const detail = act();
    this.#log.push(detail ? `${name} ${detail}` : name);
    // What the controller sees makes it look; now and then several changes come to one look.
    this.#isSeen = this.#random.chance(0.85);
    if (this.#isSeen) this.#world.pass();
    if (this.#whims?.random.chance(0.25)) this.#giveIn(this.#whims);
  }

  /** To one of the whims for which there is an occasion. */
  #giveIn(whims: Whimsical): void {
    for (let tries = 0; tries < 4; tries++) {
      const [name, act] = whims.random.weighted(WHIMS);
      const detail = act(whims);
      if (detail === undefined) continue;
      this.#log.push(`${name} ${detail}`);
      return;
    }
  }

  /** Two revisions arrive before anything goes wrong. */
  settle(): void {
    const { settings } = this.#world;
    const stages = [{ name: "all", maxConcurrency: "100%", maxFailures: 0, progressDeadline: "10m" }];
    this.#world.settings = { ...settings, stages };
    this.calm();
    this.#world.revision = `r${++this.#revisions}`;
    this.#bindOverrides();
    this.calm();
    this.#world.settings = settings;
  }

  /** All is well from now on: everything has to arrive where it should. */
  calm(): void {
    const world = this.#world;
    this.#log.push("calm");
    // Windows come again: without them it arrives sooner, but with them, too.
    const { windows, ...others } = world.settings;
    world.settings = { ...others, paused: false, ...(windows && this.#extras.chance(0.2) ? { windows } : {}) };
    world.holdRemoval = undefined;
    world.register(NOBODY);
    world.troubles.refused.clear();
    world.troubles.slow.clear();
    world.loseNext = false;
    world.loseAnswers = false;
    for (const cluster of world.clusters) {
      comeBack(cluster);
      cluster.ill = undefined;
    }
    world.runningSince ??= world.time;
    if (this.#whims) this.#rollBackInCalm();
    for (let round = 0; round < 400; round++) {
      world.pass();
      world.deliverAll();
      world.pass();
      const { state } = world;
      if (this.#hasArrived()) return;
      if (state.rollout?.failure) world.requests = world.requests.retry || world.requests.abort ? {} : { retry: world.revision };
      else world.requests = {};
      for (const stage of gatedIn(state))
        for (const gate of stage.gates ?? [])
          if (gate.type === "Approval" && gate.state === "Waiting") this.#decide({ stage: stage.name, gate: gate.when });
      for (let minute = 0; minute < calmMinutes(round); minute++) {
        this.#elapse(MINUTE);
        world.deliverAll();
        if (world.asked.size === 0) continue;
        for (const check of [...world.asked.values()]) world.answerCheck(check, succeeding(check));
        world.pass();
      }
    }
    throw new Violation(`it does not arrive: ${world.state.rollout?.phase}: ${world.state.rollout?.message}`);
  }

  /** A rolling back that nobody retries comes to its end, and everything that can be reached has what it had. */
  #rollBackInCalm(): void {
    const world = this.#world;
    for (let round = 0; round < 120; round++) {
      world.pass();
      world.deliverAll();
      world.pass();
      const { rollout, updateRevision } = world.state;
      if (!rollout?.returned || !rollout.failure || rollout.failure.reason === "Aborted") return;
      if (updateRevision !== world.revision) return;
      if (rollout.failure.reason === "RolledBack" && this.#invariants.owed(world).length === 0) return;
      for (let minute = 0; minute < calmMinutes(round); minute++) this.#elapse(MINUTE);
    }
    const { rollout } = world.state;
    const owed = this.#invariants.owed(world).join(", ");
    throw new Violation(
      `11: ${owed || "nobody"} has yet to return, and it does not come to that: ${rollout?.phase}: ${rollout?.message}`,
    );
  }

  #hasArrived(): boolean {
    const { state, clusters, troubles, revision } = this.#world;
    const targets = clusters.filter(({ placed }) => placed);
    if (targets.length === 0 && state.rollout?.phase === "Idle") return true;
    if (state.rollout?.phase !== "Completed" || state.currentRevision !== revision) return false;
    return clusters.every((cluster) => {
      const entry = state.entries.get(cluster.name);
      if (!cluster.placed) return cluster.objects === undefined;
      const isThere = entry?.revision === revision && entry.variant === variantOf(revision, cluster) && !entry.variantStage;
      return entry?.skipped || (isThere && isVerified(cluster, entry, troubles));
    });
  }

  get #cluster(): FakeCluster {
    return this.#random.pick(this.#world.clusters);
  }

  readonly #happenings: readonly (readonly [number, readonly [string, () => string | undefined]])[] = [
    [14, ["deliver everywhere", () => void this.#world.deliverAll()]],
    [6, ["deliver", () => named(this.#cluster, (cluster) => deliver(cluster, this.#world.troubles))]],
    [10, ["seconds pass", () => this.#passTime(this.#random.between(1, 90) * 1000)]],
    [7, ["minutes pass", () => this.#passTime(this.#random.between(1, 20) * MINUTE)]],
    [5, ["edit", () => this.#edit()]],
    [3, ["go back", () => this.#goBack()]],
    [9, ["approve", () => this.#approve()]],
    [2, ["reject", () => this.#decide({ decision: "Reject" })]],
    [3, ["decide oddly", () => this.#decideOddly()]],
    [
      4,
      [
        "falls ill",
        () =>
          named(this.#cluster, (cluster) => {
            cluster.ill = this.#random.pick(["Progressing", "Failed"]);
          }),
      ],
    ],
    [
      5,
      [
        "recovers",
        () =>
          named(this.#cluster, (cluster) => {
            cluster.ill = undefined;
          }),
      ],
    ],
    [4, ["flaps", () => this.#flap()]],
    [4, ["goes away", () => named(this.#cluster, (cluster) => this.#world.loseContact(cluster))]],
    [6, ["comes back", () => named(this.#cluster, comeBack)]],
    [
      2,
      [
        "connects anew",
        () =>
          named(this.#cluster, (cluster) => {
            cluster.reach = "Connecting";
            cluster.disturbances++;
            this.#world.pass();
          }),
      ],
    ],
    [3, ["everything answers", () => this.#allAnswer()]],
    [
      2,
      [
        "crash",
        () => {
          this.#world.crash();
          return undefined;
        },
      ],
    ],
    [
      4,
      [
        "restart",
        () => {
          this.#world.restart();
          return undefined;
        },
      ],
    ],
    [2, ["process stands still", () => this.#freeze()]],
    [2, ["clock is set", () => this.#setClock()]],
    [
      3,
      [
        "write is lost",
        () => {
          this.#world.loseNext = this.#world.runningSince !== undefined;
          return undefined;
        },
      ],
    ],
    [3, ["joins", () => this.#place(true)]],
    [3, ["leaves", () => this.#place(false)]],
    [
      3,
      [
        "is relabelled",
        () =>
          named(this.#cluster, (cluster) => {
            cluster.label++;
            // Other labels, other overrides that concern it.
            if (this.#bindsOverrides && this.#extras.chance(0.3)) cluster.bound.clear();
          }),
      ],
    ],
    [
      2,
      [
        "a name in the placement is wrong",
        () => {
          this.#world.holdRemoval = this.#random.chance(0.5) ? "there is no such cluster" : undefined;
          return undefined;
        },
      ],
    ],
    [3, ["pause or resume", () => this.#togglePause()]],
    [
      1,
      [
        "other stages are written",
        () => {
          this.#world.settings = { ...randomSettings(this.#random, this.#withChecks), paused: this.#world.settings.paused };
          this.#setExtras();
          return undefined;
        },
      ],
    ],
    [3, ["request", () => this.#request()]],
    [
      3,
      [
        "a refusal is mended",
        () => {
          this.#world.troubles.refused.clear();
          this.#world.troubles.slow.clear();
          return undefined;
        },
      ],
    ],
  ];

  /** What happens to checks: answered well, badly, not at all, twice, too late, or with something else's answer. */
  readonly #answers: readonly (readonly [number, readonly [string, () => string | undefined]])[] = [
    [14, ["a check succeeds", () => this.#answer(succeeding)]],
    [3, ["a check fails", () => this.#answer(failing)]],
    [4, ["a check tells how it is doing", () => this.#answer(() => ({ outcome: "Running" }))]],
    [5, ["a check comes to nothing", () => this.#answer((check) => this.#nothing(check))]],
    [3, ["an answer comes twice", () => this.#again()]],
    [3, ["an answer to what nobody asks any more", () => this.#stale()]],
  ];

  #answer(how: (check: Check) => Pick<CheckAnswer, "outcome" | "values">): string | undefined {
    const asked = [...this.#world.asked.values()];
    if (asked.length === 0) return undefined;
    const check = this.#random.pick(asked);
    this.#world.answerCheck(check, how(check));
    return `${check.gate.type} ${check.stage} ${check.attempt}`;
  }

  #nothing({ gate }: Check): Pick<CheckAnswer, "outcome" | "values"> {
    if (!gate.metric || this.#random.chance(0.3)) return { outcome: "Error" };
    return { outcome: "Measured", values: [this.#random.pick([{ value: Number.NaN }, { message: "no data" }, { value: 1.5 }])] };
  }

  #again(): string | undefined {
    const { everAnswered } = this.#world;
    if (everAnswered.length === 0) return undefined;
    this.#world.answerCheck(...asGiven(this.#random.pick(everAnswered.slice(-3))));
    return undefined;
  }

  #stale(): string | undefined {
    const asked = [...this.#world.everAsked.values()];
    if (asked.length === 0) return undefined;
    const check = this.#random.pick(asked);
    if (this.#world.asked.get(check.id)?.attempt === check.attempt) return undefined;
    this.#world.answerCheck(check, this.#random.chance(0.5) ? succeeding(check) : failing(check));
    return `${check.gate.type} ${check.stage} ${check.attempt}`;
  }

  #passTime(ms: number): string {
    // It may look once for several changes, but it does not wait.
    if (!this.#isSeen) this.#world.pass();
    this.#elapse(ms);
    return `${ms / 1000}s`;
  }

  #elapse(ms: number): void {
    const late = this.#world.elapse(ms);
    if (late) throw new Violation(late);
  }

  #edit(): string {
    const world = this.#world;
    world.revision = `r${++this.#revisions}`;
    for (const { name } of world.clusters) {
      if (this.#random.chance(0.12)) world.troubles.refused.add(`${world.revision} ${name}`);
      if (this.#random.chance(0.08)) world.troubles.slow.add(`${world.revision} ${name}`);
    }
    this.#bindOverrides();
    return world.revision;
  }

  #setExtras(): void {
    const { stages } = this.#world.settings;
    if (this.#isSorted && stages) {
      const order = this.#extras.pick(["Ascending", "Descending"] as const);
      const sorted = stages.map((stage) => (this.#extras.chance(0.7) ? { ...stage, sortBy: { label: "size", order } } : stage));
      this.#world.settings = { ...this.#world.settings, stages: sorted };
    }
    if (!this.#hasWindows) return;
    this.#world.settings = { ...this.#world.settings, windows: windowsOf(this.#extras) };
  }

  /** The revision has overrides that are bound to stages, and may do well in some of them only. */
  #bindOverrides(): void {
    if (!this.#bindsOverrides || this.#extras.chance(0.2)) return;
    const { revision, settings, clusters, troubles } = this.#world;
    const stages = settings.stages?.map(({ name }) => name) ?? ["canary", "rest"];
    for (const stage of stages.filter(() => this.#extras.chance(0.6))) {
      for (const { name, bound } of clusters.filter(() => this.#extras.chance(0.7))) {
        bound.add(`${revision} ${stage}`);
        if (this.#extras.chance(0.1)) troubles.refused.add(`${revision} ${name} ${this.#extras.pick([stage, "end"])}`);
      }
    }
  }

  #goBack(): string {
    const world = this.#world;
    const known = [world.state.currentRevision, world.state.updateRevision, `r${this.#random.between(1, this.#revisions)}`];
    world.revision = this.#random.pick(known) ?? world.revision;
    return world.revision;
  }

  #openApprovals(): readonly Pick<Decision, "stage" | "gate">[] {
    return gatedIn(this.#world.state).flatMap((stage) =>
      (stage.gates ?? [])
        .filter(({ type, state }) => type === "Approval" && state === "Waiting")
        .map(({ when }) => ({ stage: stage.name, gate: when })),
    );
  }

  #approve(): string | undefined {
    const open = this.#openApprovals();
    return open.length > 0 ? this.#decide(this.#random.pick(open)) : undefined;
  }

  #decideOddly(): string {
    const world = this.#world;
    return this.#decide({
      ...(this.#random.chance(0.4) ? { revision: `r${this.#random.between(1, this.#revisions)}` } : {}),
      ...(this.#random.chance(0.3) ? { stage: "nowhere" } : {}),
      ...(this.#random.chance(0.3) ? { plan: this.#random.chance(0.5) ? "sha256:other" : (world.state.rollout?.plan ?? "") } : {}),
    });
  }

  #decide(parts: Partial<Decision>): string {
    const world = this.#world;
    const names = world.state.rollout?.stages?.map(({ name }) => name) ?? ["one"];
    const decision: Decision = {
      name: `d${++this.#decisions}`,
      revision: world.state.updateRevision ?? world.revision,
      stage: this.#random.pick(names.length > 0 ? names : ["one"]),
      gate: this.#random.chance(0.7) ? "After" : "Before",
      decision: "Approve",
      refused: false,
      createdAt: new Date(Math.floor(world.wall.getTime() / 1000) * 1000).toISOString(),
      ...parts,
    };
    world.decisions = [...world.decisions, decision];
    return `${decision.decision} ${decision.revision} ${decision.gate} ${decision.stage}`;
  }

  #flap(): string {
    return named(this.#cluster, (cluster) => {
      const { ill } = cluster;
      cluster.ill = "Progressing";
      this.#world.pass();
      cluster.ill = ill;
    });
  }

  #allAnswer(): undefined {
    for (const cluster of this.#world.clusters) comeBack(cluster);
  }

  #freeze(): string {
    const minutes = this.#random.between(2, 30);
    this.#world.freeze(minutes * MINUTE);
    return `${minutes}m`;
  }

  #setClock(): string {
    // Far enough that it is not made up for by a time in which the process stood still, which nobody could tell.
    const minutes = this.#random.pick([-300, -200, 200, 300]);
    this.#world.setClock(minutes * MINUTE);
    return `${minutes}m`;
  }

  #place(placed: boolean): string {
    return named(this.#cluster, (cluster) => {
      cluster.placed = placed;
      if (placed) cluster.detaching = false;
    });
  }

  #togglePause(): string {
    const { settings } = this.#world;
    this.#world.settings = { ...settings, paused: !settings.paused };
    return settings.paused ? "resume" : "pause";
  }

  #request(): string {
    const world = this.#world;
    world.requests = this.#random.weighted([
      [3, { retry: world.revision }],
      [1, { abort: world.revision }],
      [2, { skip: `${this.#cluster.name}@${world.revision}` }],
      [1, { retry: "r0", abort: "r0", skip: "c1@r0" }],
      [3, {}],
    ]);
    return JSON.stringify(world.requests);
  }
}

function named(cluster: FakeCluster, act: (cluster: FakeCluster) => void): string {
  act(cluster);
  return cluster.name;
}

const succeeding = ({ gate }: Check): Pick<CheckAnswer, "outcome" | "values"> =>
  gate.metric ? { outcome: "Measured", values: [{ value: 0 }] } : { outcome: "Success" };

const failing = ({ gate }: Check): Pick<CheckAnswer, "outcome" | "values"> =>
  gate.metric
    ? {
        outcome: "Measured",
        values: [
          { cluster: "c1", value: 0 },
          { cluster: "c2", value: 9 },
        ],
      }
    : { outcome: "Failure" };

const asGiven = ({ id, attempt, outcome, values }: CheckAnswer): Parameters<World["answerCheck"]> => [
  { id, attempt },
  { outcome, ...(values ? { values } : {}) },
];
