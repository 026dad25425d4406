import { advance } from "../../src/domain/rollout/advance.ts";
import type { CheckAnswer, Decision, State } from "../../src/domain/rollout/model.ts";
import { comeBack, deliver, type FakeCluster, fakeCluster } from "./fleet.ts";
import { type Settings, World } from "./world.ts";

/** What a story begins with; everything else is the schema's default. */
export interface Opening {
  /** `<zone>/<cluster>`, in the order of zones, then names. */
  readonly clusters: readonly string[];
  readonly rollout?: Partial<Settings>;
}

const MINUTE = 60_000;

/** Tells a rollout as people see it: what happens to the world, what the controller says of it, and where it stands. */
export class Story {
  readonly world: World;
  readonly #lines: string[] = [];
  #decisions = 0;
  #standing = "";

  constructor({ clusters, rollout = {} }: Opening) {
    const settings: Settings = { paused: false, verify: ["Routes"], unmatchedClusters: "Append", onFailure: "Pause", ...rollout };
    const members = clusters.map((path) => fakeCluster(path.split("/")[1]!, path.split("/")[0]!, true));
    this.world = new World(advance, ({ next }) => this.#tell(next.notes, next.state), members, settings);
  }

  /** The story so far. */
  get text(): string {
    return `${this.#lines.join("\n")}\n`;
  }

  edit(revision: string): this {
    return this.#happens(`the AccessPoint is edited: revision ${revision}`, () => {
      this.world.revision = revision;
    });
  }

  approve(stage: string, parts: Partial<Decision> = {}): this {
    return this.#decide({ stage, ...parts }, parts.revision ? `, for ${parts.revision}` : "");
  }

  /** Whoever was asked by a gate answers. */
  answers(what: string, answer: Pick<CheckAnswer, "outcome"> & Partial<CheckAnswer>): this {
    const [check] = this.world.asked.values();
    if (!check) throw new Error("nobody was asked");
    const title = `check ${check.attempt} of the ${check.gate.type} ${check.gate.when.toLowerCase()} ${check.stage}`;
    return this.#happens(`${title}: ${what}`, () => this.world.answerCheck(check, { message: what, ...answer }));
  }

  reject(stage: string, reason: string): this {
    return this.#decide({ stage, decision: "Reject", reason }, `: ${reason}`);
  }

  /** Clusters carry out what they were given, again and again, until nothing moves. */
  deliver(): this {
    for (let round = 0; round < 20; round++) {
      const before = JSON.stringify([...this.world.state.entries]);
      for (const cluster of this.world.clusters) deliver(cluster, this.world.troubles);
      this.world.pass();
      if (JSON.stringify([...this.world.state.entries]) === before) break;
    }
    return this;
  }

  /** Time passes, and the clusters do their work. */
  wait(minutes: number): this {
    this.#lines.push(`* ${minutes} min pass`);
    this.world.elapse(minutes * MINUTE);
    this.world.pass();
    return this.deliver();
  }

  /** Time passes, and no controller runs. */
  away(minutes: number): this {
    this.#lines.push(`* the controller dies, and is started again after ${minutes} min`);
    this.world.crash();
    this.world.elapse(minutes * MINUTE);
    this.world.restart();
    for (const cluster of this.world.clusters) if (cluster.reach === "Connecting") cluster.reach = "Reachable";
    this.world.pass();
    return this;
  }

  /** Something else happens to the world. */
  happens(what: string, act: (world: World) => void): this {
    return this.#happens(what, () => act(this.world));
  }

  cluster(what: string, name: string, act: (cluster: FakeCluster) => void): this {
    return this.#happens(`${name} ${what}`, () => act(this.world.cluster(name)));
  }

  loses(name: string): this {
    return this.cluster("can no longer be reached", name, (cluster) => {
      cluster.reach = "Unreachable";
      cluster.unreachableSince = this.world.wall.toISOString();
    });
  }

  finds(name: string): this {
    return this.cluster("answers again", name, comeBack);
  }

  request(verb: "abort" | "retry" | "skip", value: string): this {
    return this.#happens(`annotation ${verb}: ${value}`, () => {
      this.world.requests = { [verb]: value };
    });
  }

  #decide(parts: Partial<Decision> & { readonly stage: string }, suffix: string): this {
    const decision: Decision = {
      name: `decision-${++this.#decisions}`,
      revision: this.world.state.updateRevision ?? "",
      gate: "After",
      decision: "Approve",
      refused: false,
      createdAt: this.world.wall.toISOString(),
      ...parts,
    };
    const verb = decision.decision === "Approve" ? "approves" : "rejects";
    return this.#happens(`somebody ${verb} stage ${decision.stage}${suffix}`, () => {
      this.world.decisions = [...this.world.decisions, decision];
    });
  }

  #happens(what: string, act: () => void): this {
    this.#lines.push(`* ${what}`);
    act();
    this.world.pass();
    return this.deliver();
  }

  #tell(notes: readonly { readonly type: string; readonly reason: string; readonly message: string }[], state: State): void {
    const minute = Math.floor((this.world.time - Date.parse("2026-01-01T00:00:00Z")) / MINUTE);
    for (const { type, reason, message } of notes)
      this.#lines.push(`${String(minute).padStart(5)}m ${type === "Warning" ? "!" : " "} ${reason}: ${readable(message)}`);
    const standing = describe(state);
    if (standing === this.#standing) return;
    this.#standing = standing;
    this.#lines.push(`       = ${standing}`);
  }
}

/** Every cluster with its revision, and whether it is verified on it. */
function describe({ rollout, entries, currentRevision }: State): string {
  const clusters = [...entries.values()].map(({ name, revision, variantStage, verifiedAt, skipped }) => {
    const mark = skipped ? " skipped" : verifiedAt ? "" : "…";
    return `${name} ${revision ?? "-"}${variantStage ? `@${variantStage}` : ""}${mark}`;
  });
  const stage = rollout?.stage ? ` at ${rollout.stage}` : "";
  const current = currentRevision ? `, ${currentRevision} is live` : "";
  const message = rollout?.message ? ` ${readable(rollout.message)}` : "";
  return `${rollout?.phase ?? "Idle"}${stage} [${clusters.sort().join(", ")}]${current}${message && `:${message}`}`;
}

/** Times are told as minutes of the story. */
const readable = (message: string): string =>
  message.replaceAll(
    /20\d\d-\d\d-\d\dT[\d:.]+Z/g,
    (time) => `${Math.floor((Date.parse(time) - Date.parse("2026-01-01T00:00:00Z")) / MINUTE)}m`,
  );
