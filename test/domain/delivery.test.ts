import { describe, expect, it } from "vitest";
import type { Sync } from "../../src/api/accesspoint.ts";
import { DELIVERABLE } from "../../src/api/kinds.ts";
import { type Action, nextWave, standing, takeOver } from "../../src/domain/delivery.ts";
import type { Desired, Manifest } from "../../src/domain/manifest.ts";
import { render } from "../../src/domain/render.ts";
import { member } from "../placement/builders.ts";
import { Random } from "../simulator/random.ts";
import { FakeMember } from "./member.ts";

const UID = "uid-1";
const OWNER = { namespace: "shop", name: "checkout", uid: UID };
const SYNC: Sync = { whenAlreadyExists: "Fail", whenDrifted: "Repair", whenRemoved: "Delete", createNamespace: false };
const TARGET = { member: member("lvs-1"), placed: true, zonePrimary: true };

const desired = (manifests: readonly object[], owner = OWNER): readonly Desired[] =>
  render({ templates: manifests.map((manifest) => ({ manifest })) as never, sync: SYNC }, TARGET, owner).objects;

const service = (name: string) => ({ apiVersion: "v1", kind: "Service", metadata: { name }, spec: { ports: [{ port: 80 }] } });
const istio = (kind: string, name: string, spec: object) => ({
  apiVersion: "networking.istio.io/v1",
  kind,
  metadata: { name },
  spec,
});
const gateway = (name: string) => istio("Gateway", name, { servers: [{ hosts: ["*"] }] });
const rule = (host: string, subsets: readonly string[]) =>
  istio("DestinationRule", `to-${host}`, { host, subsets: subsets.map((name) => ({ name, labels: { version: name } })) });
const entry = (name: string, hosts: readonly string[]) => istio("ServiceEntry", name, { hosts });
const route = (name: string, gateways: readonly string[], to: readonly { host: string; subset?: string }[]) =>
  istio("VirtualService", name, { gateways, http: [{ route: to.map((destination) => ({ destination })) }] });

const BUNDLE = [service("web"), rule("web", ["v1"]), gateway("edge"), route("web", ["edge"], [{ host: "web", subset: "v1" }])];

/** "create Service/web" for each action. */
const titles = (actions: readonly Action[]): readonly string[] =>
  actions.map((action) => {
    const name = "desired" in action ? action.desired.key : action.key;
    return `${action.type} ${name.split(".")[0]}/${name.split("/").at(-1)}`;
  });

const waveOf = (objects: readonly Desired[], cluster: FakeMember, sync: Partial<Sync> = {}, blocked: readonly string[] = []) => {
  const { actions, done } = nextWave(objects, UID, cluster.holdings, { ...SYNC, ...sync }, new Set(blocked));
  return { actions: titles(actions), done };
};

/** Carries out waves until nothing is left to send, and tells which there were. */
function run(objects: readonly Desired[], cluster: FakeMember, sync: Partial<Sync> = {}): readonly string[] {
  const waves: string[] = [];
  for (let guard = 0; guard < 50; guard++) {
    const { actions } = nextWave(objects, UID, cluster.holdings, { ...SYNC, ...sync }, new Set());
    if (actions.length === 0) return waves;
    waves.push(titles(actions).join(", "));
    for (const action of actions) cluster.carryOut(action, "r1");
    cluster.confirm();
  }
  throw new Error(`no end:\n${waves.join("\n")}`);
}

/** A cluster that has the objects. */
function having(objects: readonly Desired[]): FakeMember {
  const cluster = new FakeMember(UID);
  run(objects, cluster);
  return cluster;
}

describe("the order of writes", () => {
  it("what is referred to comes before what refers to it, one kind at a time", () => {
    expect(run(desired(BUNDLE), new FakeMember(UID))).toEqual([
      "create Service/web",
      "create DestinationRule/to-web",
      "create Gateway/edge",
      "create VirtualService/web",
    ]);
  });

  it("kinds have the order of the documented list", () => {
    const order = ["Service", "WorkloadEntry", "ServiceEntry", "DestinationRule", "Gateway", "VirtualService"];
    const places = order.map((kind) => DELIVERABLE.findIndex((resource) => resource.kind === kind));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it("removal runs the other way", () => {
    expect(run([], having(desired(BUNDLE)))).toEqual([
      "delete VirtualService/web",
      "delete Gateway/edge",
      "delete DestinationRule/to-web",
      "delete Service/web",
    ]);
  });

  it("Orphan takes the marks off in the same order", () => {
    expect(run([], having(desired(BUNDLE)), { whenRemoved: "Orphan" })[0]).toBe("release VirtualService/web");
  });

  it("a new subset is added beside the old one, the route moves, and then the old one goes", () => {
    const cluster = having(desired(BUNDLE));
    const next = desired([
      service("web"),
      rule("web", ["v2"]),
      gateway("edge"),
      route("web", ["edge"], [{ host: "web", subset: "v2" }]),
    ]);
    expect(run(next, cluster)).toEqual([
      "apply DestinationRule/to-web",
      "apply VirtualService/web",
      "apply DestinationRule/to-web",
    ]);
    const subsets = cluster.live.find(({ kind }) => kind === "DestinationRule")!["spec"];
    expect(subsets).toEqual({ host: "web", subsets: [{ name: "v2", labels: { version: "v2" } }] });
  });

  it("a Service that is no longer used goes only after the route has let go of it", () => {
    const cluster = having(desired(BUNDLE));
    const next = desired([service("shop"), gateway("edge"), route("web", ["edge"], [{ host: "shop" }])]);
    expect(run(next, cluster)).toEqual([
      "create Service/shop",
      "apply VirtualService/web",
      "delete DestinationRule/to-web",
      "delete Service/web",
    ]);
  });

  it("nothing is sent to a cluster that has everything", () => {
    const objects = desired(BUNDLE);
    expect(waveOf(objects, having(objects))).toEqual({ actions: [], done: true });
  });

  it("an object that cannot be written holds back what comes after it", () => {
    const objects = desired(BUNDLE);
    const cluster = new FakeMember(UID);
    expect(waveOf(objects, cluster, {}, [objects[0]!.key])).toEqual({ actions: [], done: false });
  });

  it("what was written and not seen yet holds back removal, and is not done", () => {
    const cluster = having(desired(BUNDLE));
    const next = desired([service("web"), gateway("edge"), route("web", ["edge"], [{ host: "web" }])]);
    const { actions } = nextWave(next, UID, cluster.holdings, SYNC, new Set());
    expect(titles(actions)).toEqual(["apply VirtualService/web"]);
    for (const action of actions) cluster.carryOut(action, "r2");
    expect(waveOf(next, cluster)).toEqual({ actions: [], done: false });
    cluster.confirm();
    expect(waveOf(next, cluster)).toEqual({ actions: ["delete DestinationRule/to-web"], done: false });
  });

  it("an object that is already going is not deleted again, and holds back what it refers to", () => {
    const cluster = having(desired(BUNDLE));
    cluster.beginDeletion("VirtualService.networking.istio.io/shop/web");
    expect(waveOf([], cluster)).toEqual({ actions: [], done: false });
    cluster.remove("VirtualService.networking.istio.io/shop/web");
    expect(waveOf([], cluster).actions).toEqual(["delete Gateway/edge"]);
  });
});

describe("how an object stands", () => {
  const [object] = desired([gateway("edge")]);
  const key = object!.key;
  const edited = (): FakeMember => {
    const cluster = having([object!]);
    cluster.edit(key, { servers: [] }, "kubectl-edit", "Update");
    return cluster;
  };

  it.each<[string, () => FakeMember, object]>([
    ["it is not there", () => new FakeMember(UID), { state: "Absent" }],
    ["it is as it should be", () => having([object!]), { state: "Ready" }],
    [
      "it belongs to another AccessPoint",
      () => {
        const cluster = new FakeMember(UID);
        cluster.put(desired([gateway("edge")], { namespace: "shop", name: "other", uid: "uid-2" })[0]!);
        return cluster;
      },
      { state: "Foreign", owner: "shop/other" },
    ],
    [
      "somebody deletes it",
      () => {
        const cluster = having([object!]);
        cluster.beginDeletion(key);
        return cluster;
      },
      { state: "Deleting" },
    ],
    [
      "it was written from another manifest",
      () => having(desired([istio("Gateway", "edge", { servers: [] })])),
      { state: "Changed" },
    ],
    ["somebody edited it", edited, { state: "Drifted" }],
    [
      "the API server keeps it in other words",
      () => {
        const cluster = edited();
        cluster.accept(key, object!.digest);
        return cluster;
      },
      { state: "Ready" },
    ],
  ])("%s", (_, cluster, expected) => {
    expect(standing(object!, UID, cluster().holdings)).toEqual(expected);
  });

  it("an edit is written over with Repair, and left with Report", () => {
    expect(waveOf([object!], edited())).toEqual({ actions: ["apply Gateway/edge"], done: false });
    expect(waveOf([object!], edited(), { whenDrifted: "Report" })).toEqual({ actions: [], done: true });
  });

  it("an object of another AccessPoint is neither written nor deleted", () => {
    const cluster = new FakeMember(UID);
    cluster.put(desired([gateway("edge")], { namespace: "shop", name: "other", uid: "uid-2" })[0]!);
    expect(waveOf([object!], cluster)).toEqual({ actions: [], done: false });
    expect(waveOf([], cluster)).toEqual({ actions: [], done: true });
  });
});

describe("an object that is there and not ours", () => {
  const [object] = desired([gateway("edge")]);
  const existing = (spec: object, annotations: Record<string, string> = {}): Manifest => ({
    apiVersion: "networking.istio.io/v1",
    kind: "Gateway",
    metadata: { name: "edge", annotations },
    spec,
  });
  const same = { servers: [{ hosts: ["*"] }], extra: true };

  it.each<[string, Manifest, Sync["whenAlreadyExists"], boolean, RegExp]>([
    ["stays with Fail", existing(same), "Fail", false, /exists already and is not ours/],
    ["is taken with TakeOver", existing({}), "TakeOver", true, /taken over/],
    ["is taken with TakeOverIfNoDiff when it has what we want", existing(same), "TakeOverIfNoDiff", true, /already as the bundle/],
    [
      "stays with TakeOverIfNoDiff when it differs",
      existing({ servers: [] }),
      "TakeOverIfNoDiff",
      false,
      /differs from the bundle/,
    ],
    [
      "stays with TakeOver when it is another AccessPoint's",
      existing(same, { "accesspoint.dev/owner": "shop/other" }),
      "TakeOver",
      false,
      /belongs to AccessPoint shop\/other/,
    ],
  ])("%s", (_, live, whenAlreadyExists, allowed, message) => {
    const answer = takeOver(live, object!, { ...SYNC, whenAlreadyExists }, "shop/checkout");
    expect(answer.allowed).toBe(allowed);
    expect(answer.message).toMatch(message);
  });
});

/** What a VirtualService names and the cluster does not have. */
function dangling(live: readonly Manifest[]): readonly string[] {
  const of = (kind: string) => live.filter((object) => object.kind === kind);
  const spec = (object: Manifest) => object["spec"] as Record<string, never>;
  const hosts = new Set([
    ...of("Service").map(({ metadata }) => metadata.name),
    ...of("ServiceEntry").flatMap((object) => spec(object)["hosts"] as unknown as string[]),
  ]);
  const subsets = new Set(
    of("DestinationRule").flatMap((object) =>
      (spec(object)["subsets"] as unknown as { name: string }[]).map(({ name }) => `${spec(object)["host"]}/${name}`),
    ),
  );
  const gateways = new Set(of("Gateway").map(({ metadata }) => metadata.name));
  return of("VirtualService").flatMap((object) => {
    const { gateways: named, http } = object["spec"] as unknown as {
      gateways: string[];
      http: { route: { destination: { host: string; subset?: string } }[] }[];
    };
    const destinations = http.flatMap(({ route }) => route.map(({ destination }) => destination));
    return [
      ...named.filter((name) => !gateways.has(name)).map((name) => `Gateway ${name}`),
      ...destinations.filter(({ host }) => !hosts.has(host)).map(({ host }) => `host ${host}`),
      ...destinations
        .filter(({ host, subset }) => subset && !subsets.has(`${host}/${subset}`))
        .map(({ host, subset }) => `subset ${host}/${subset}`),
    ];
  });
}

/** A bundle in which every reference is met. */
function randomBundle(random: Random): readonly object[] {
  const services = ["a", "b", "c"].filter(() => random.chance(0.6));
  const entries = ["x", "y"]
    .filter(() => random.chance(0.5))
    .map((name) => ({ name, hosts: [`${name}1`, `${name}2`, `${name}3`].filter(() => random.chance(0.6)) }));
  const hosts = [...services, ...entries.flatMap((each) => each.hosts)];
  const rules = hosts
    .filter(() => random.chance(0.6))
    .map((host) => ({ host, subsets: ["v1", "v2", "v3"].filter(() => random.chance(0.5)) }));
  const gateways = ["e1", "e2"].filter(() => random.chance(0.7));
  const destination = () => {
    const host = random.pick(hosts);
    const subsets = rules.find((each) => each.host === host)?.subsets ?? [];
    return { host, ...(subsets.length > 0 && random.chance(0.8) ? { subset: random.pick(subsets) } : {}) };
  };
  const routes = hosts.length === 0 ? [] : ["r1", "r2", "r3"].filter(() => random.chance(0.6));
  return [
    ...services.map(service),
    ...entries.map(({ name, hosts }) => entry(name, hosts)),
    ...rules.map(({ host, subsets }) => rule(host, subsets)),
    ...gateways.map(gateway),
    ...routes.map((name) =>
      route(
        name,
        gateways.filter(() => random.chance(0.5)),
        Array.from({ length: random.between(1, 2) }, destination),
      ),
    ),
  ];
}

/** Bundles replace each other in mid-way; writes fail, come in any order, are seen late. Checked after every single write. */
function randomDelivery(seed: number): { readonly writes: number; readonly violation?: string } {
  const random = new Random(seed);
  const cluster = new FakeMember(UID);
  const blocked = new Set<string>();
  let objects = desired(randomBundle(random));
  let writes = 0;
  const step = (isCalm: boolean): boolean => {
    if (isCalm || random.chance(0.3)) blocked.clear();
    const seen = isCalm || random.chance(0.5) ? cluster.unconfirmed : cluster.unconfirmed.filter(() => random.chance(0.3));
    for (const key of seen) cluster.confirm(key);
    const { actions, done } = nextWave(objects, UID, cluster.holdings, SYNC, blocked);
    for (const action of actions.toSorted(() => random.next() - 0.5)) {
      if (!isCalm && random.chance(0.2)) {
        blocked.add("desired" in action ? action.desired.key : action.key);
        continue;
      }
      cluster.carryOut(action, "r");
      writes++;
      const broken = dangling(cluster.live);
      if (broken.length > 0) throw new Error(`after ${titles([action])[0]}: ${broken.join(", ")} is missing`);
      if (!isCalm && random.chance(0.1)) break;
    }
    return done;
  };
  try {
    for (let round = random.between(5, 40); round > 0; round--) {
      step(false);
      if (random.chance(0.15)) objects = random.chance(0.1) ? [] : desired(randomBundle(random));
    }
    for (let round = 0; round < 60 && !step(true); round++);
    const wanted = objects.map(({ manifest }) => JSON.stringify([manifest.kind, manifest.metadata.name, manifest["spec"]])).sort();
    const live = cluster.live.map((manifest) => JSON.stringify([manifest.kind, manifest.metadata.name, manifest["spec"]])).sort();
    if (JSON.stringify(wanted) !== JSON.stringify(live))
      return { writes, violation: `it does not arrive: ${live.join()} is not ${wanted.join()}` };
    return { writes };
  } catch (error) {
    return { writes, violation: (error as Error).message };
  }
}

const HISTORIES = 1000;

describe("make before break", () => {
  it(`at no instant of ${HISTORIES} random deliveries does a VirtualService name what the cluster does not have`, {
    timeout: 300_000,
  }, () => {
    let writes = 0;
    const broken = [];
    for (let seed = 1; seed <= HISTORIES && broken.length < 3; seed++) {
      const delivery = randomDelivery(seed);
      writes += delivery.writes;
      if (delivery.violation) broken.push(`seed ${seed}: ${delivery.violation}`);
    }
    expect(broken).toEqual([]);
    expect(writes).toBeGreaterThan(8_000);
  });
});
