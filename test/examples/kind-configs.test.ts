import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { complaints, noShellcheck } from "../support/shellcheck.ts";
import { readYaml, root, yamlFiles } from "./documents.ts";
import { accessPoints, deliveries, members } from "./fleet.ts";

const subnet = z.string().regex(/^10\.\d{1,3}\.0\.0\/16$/);

/** What these files use of kind's v1alpha4 format, whose decoder refuses fields that it does not know. */
const cluster = z.strictObject({
  kind: z.literal("Cluster"),
  apiVersion: z.literal("kind.x-k8s.io/v1alpha4"),
  name: z.string().regex(/^[a-z0-9.-]+$/),
  nodes: z.array(z.strictObject({ role: z.enum(["control-plane", "worker"]) })).min(1),
  networking: z.strictObject({ podSubnet: subnet, serviceSubnet: subnet }),
});

const files = yamlFiles("kind-configs");
const names = ["hub", ...members.map(({ name }) => name)].sort();

describe("kind-configs", () => {
  it.each(files)("$path is a cluster named after the file", ({ path, documents }) => {
    expect(documents).toHaveLength(1);
    expect(`kind-configs/${cluster.parse(documents[0]).name.replace(/^fap-/, "")}.yaml`).toBe(path);
  });

  it("are the hub and the members of the examples", () => {
    expect(files.map(({ path }) => path)).toEqual(names.map((name) => `kind-configs/${name}.yaml`));
  });

  it("share no subnet, and none with the machines of the examples", () => {
    const subnets = files.flatMap(({ documents }) => Object.values(cluster.parse(documents[0]).networking));
    const machines = accessPoints
      .flatMap(deliveries)
      .flatMap(({ manifests }) => manifests.filter(({ kind }) => kind === "WorkloadEntry"))
      .map(({ spec }) => (spec as { address: string }).address.replace(/^(10\.\d+)\..*$/, "$1.0.0/16"));
    expect(subnets).toEqual([...new Set(subnets)]);
    expect(machines.length).toBeGreaterThan(0);
    expect(subnets.filter((one) => machines.includes(one))).toEqual([]);
  });

  it("the gateway is the one that https-edge.yaml selects, and reads credentials in its namespace", () => {
    const [bundle] = accessPoints.filter(({ metadata }) => metadata.name === "checkout").flatMap(deliveries);
    const gateway = bundle!.manifests.find(({ kind }) => kind === "Gateway")!;
    const deployment = readYaml("kind-configs/manifests/gateway.yaml").documents.find(({ kind }) => kind === "Deployment")!;
    const { labels } = (deployment["spec"] as { template: { metadata: { labels: object } } }).template.metadata;
    expect(deployment.metadata.namespace).toBe(gateway.metadata.namespace);
    expect(labels).toMatchObject((gateway["spec"] as { selector: object }).selector);
  });
});

describe.each(["kind-configs/up.sh", "kind-configs/down.sh"])("%s", (path) => {
  const file = join(root, path);
  const text = readFileSync(file, "utf8");

  it("is an executable that bash can read, and stops at the first error", () => {
    expect(statSync(file).mode & 0o111).toBe(0o111);
    expect(text).toMatch(/^#!\/usr\/bin\/env bash\n(#.*\n)+set -euo pipefail\n/);
    expect(execFileSync("bash", ["-n", file], { encoding: "utf8" })).toBe("");
  });

  it.skipIf(noShellcheck)(`has nothing that shellcheck would change${noShellcheck ? ` (skipped: ${noShellcheck})` : ""}`, () => {
    expect(complaints(file)).toBe("");
  });

  it("names the zones of the examples, and files that are there", () => {
    const zones = [...new Set(members.map(({ zone }) => zone))].sort();
    const listed = /zones=\(([^)]*)\)|fap-\{([^}]*)\}/.exec(text)!;
    expect((listed[1] ?? listed[2]!).split(/[ ,]/).sort()).toEqual(zones);
    const paths = [...text.matchAll(/(?<= )(?:examples|deploy|kind-configs)\/[\w./-]+(?= |\n)/g)].map(([one]) => one);
    expect(paths.filter((one) => !existsSync(join(root, one)))).toEqual([]);
  });
});
