import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { TestCluster } from "../support/clusters.ts";
import { type Case, contentTypes, type Step, shorthand } from "./case.ts";
import { type Answer, RawClient } from "./client.ts";

export interface KubectlAnswer {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type Outcome = Answer | { readonly events: readonly unknown[] } | KubectlAnswer;

/** One server that cases are run against. */
export class Subject {
  readonly #client: RawClient;
  readonly #directory: string;

  private constructor(client: RawClient, directory: string) {
    this.#client = client;
    this.#directory = directory;
  }

  static async of({ kubeconfig }: TestCluster): Promise<Subject> {
    const directory = await mkdtemp(join(tmpdir(), "contract-"));
    await writeFile(join(directory, "kubeconfig"), kubeconfig);
    return new Subject(new RawClient(kubeconfig), directory);
  }

  async close(): Promise<void> {
    await this.#client.close();
    await rm(this.#directory, { recursive: true });
  }

  get client(): RawClient {
    return this.#client;
  }

  /** The outcomes of a case's steps in a namespace of its own. */
  async run({ steps }: Case, namespace: string): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    const body = JSON.stringify({ metadata: { name: namespace } });
    await this.#client.send({ method: "POST", path: shorthand["ns"]!, body });
    for (const step of steps) outcomes.push(await this.#take(step, (text) => filled(text, namespace, outcomes)));
    return outcomes;
  }

  async #take(step: Step, fill: (text: string) => string): Promise<Outcome> {
    if ("watch" in step) return { events: await this.#client.watch(fill(`${expanded(step.watch)}&watch=true`), step.events) };
    if ("kubectl" in step) return this.#kubectl(step, fill);
    if ("until" in step) return this.#until(step, fill);
    const [line, body, type, more = {}] = step;
    const [method, path] = line.split(" ") as [string, string];
    const text = body === undefined ? undefined : fill(typeof body === "string" ? body : JSON.stringify(body));
    return this.#client.send({
      method,
      path: fill(expanded(path)),
      ...(text !== undefined && { body: text }),
      ...(type !== undefined && { contentType: contentTypes[type] ?? type }),
      ...more,
    });
  }

  async #until({ until, code }: Extract<Step, { until: string }>, fill: (text: string) => string): Promise<Answer> {
    const [method, path] = until.split(" ") as [string, string];
    for (let attempt = 0; ; attempt++) {
      const answer = await this.#client.send({ method, path: fill(expanded(path)) });
      if (answer.code === code || attempt >= 100) return answer;
      await delay(50);
    }
  }

  async #kubectl({ kubectl, stdin }: Extract<Step, { kubectl: string }>, fill: (text: string) => string): Promise<KubectlAnswer> {
    const file = join(this.#directory, "stdin");
    if (stdin !== undefined) await writeFile(file, fill(typeof stdin === "string" ? stdin : JSON.stringify(stdin)));
    const args = fill(kubectl)
      .replace("{file}", file)
      .match(/'[^']*'|\S+/g)!
      .map((arg) => arg.replace(/^'(.*)'$/, "$1"));
    const options = {
      env: { ...process.env, KUBECONFIG: join(this.#directory, "kubeconfig"), HOME: this.#directory, KUBE_EDITOR: "true" },
    };
    return new Promise((resolve) => {
      const child = execFile("kubectl", args, options, (error, stdout, stderr) => {
        resolve({
          exit: error ? Number(error.code ?? 1) : 0,
          stdout: hidden(stdout, this.#directory),
          stderr: hidden(stderr, this.#directory),
        });
      });
      child.stdin?.end();
    });
  }
}

const hidden = (text: string, directory: string): string => text.replaceAll(directory, "DIR");

/** `cm/a?x=y` → the whole path. */
function expanded(path: string): string {
  if (path.startsWith("/")) return path;
  const [word] = path.split(/[/?]/, 1) as [string];
  const found = shorthand[word];
  if (found === undefined) throw new Error(`no shorthand for ${path}`);
  return found + path.slice(word.length);
}

function filled(text: string, namespace: string, outcomes: readonly Outcome[]): string {
  return text.replaceAll("{ns}", namespace).replaceAll(/\{(rv|uid|continue):(\d+)\}/g, (_, what: string, index: string) => {
    const outcome = outcomes[Number(index)] as Answer | undefined;
    const { metadata } = (outcome?.body ?? {}) as { metadata?: Record<string, unknown> };
    const field = what === "rv" ? "resourceVersion" : what;
    return String(metadata?.[field]);
  });
}
