import { group, type Step } from "../case.ts";

const object = (kind: string, spec: unknown, more: object = {}) => ({
  apiVersion: `${kind === "AuthorizationPolicy" ? "security" : "networking"}.istio.io/${kind === "EnvoyFilter" ? "v1alpha3" : "v1"}`,
  kind,
  metadata: { name: "a" },
  spec,
  ...more,
});

const routed = (route: unknown, http: object = {}) => object("VirtualService", { hosts: ["a"], http: [{ route, ...http }] });
const route = [{ destination: { host: "a", port: { number: 80 } }, weight: 100 }];
const created = (path: string, body: unknown): readonly Step[] => [[`POST ${path}`, body]];
const entry = (ports: readonly object[], name = "a") => ({
  ...object("ServiceEntry", { hosts: ["a.example.com"], ports, resolution: "DNS" }),
  metadata: { name },
});

/** Istio's kinds as its own definitions make them. */
export const istio = group("istio", {
  "a VirtualService": created("vs", routed(route)),
  "an unknown field is refused on demand": created("vs?fieldValidation=Strict", routed([{ ...route[0], wieght: 1 }])),
  "an unknown field is warned about": created("vs?fieldValidation=Warn", routed([{ ...route[0], wieght: 1 }])),
  "an unknown field is dropped": created("vs?fieldValidation=Ignore", routed([{ ...route[0], wieght: 1 }])),
  "several unknown fields": created("vs?fieldValidation=Strict", {
    ...routed([{ ...route[0], x: 1 }], { y: { z: 1 } }),
    extra: true,
  }),
  "an unknown field in an apply": [["PATCH vs/a?fieldManager=m&fieldValidation=Strict", routed(route, { y: 1 }), "apply"]],
  "an unknown field in an apply is dropped": [
    ["PATCH vs/a?fieldManager=m&fieldValidation=Ignore", routed([{ ...route[0], x: 1 }]), "apply"],
  ],
  "an unknown field in a merge patch": [
    ["POST vs", routed(route)],
    ["PATCH vs/a?fieldValidation=Strict", { spec: { hostz: ["b"] } }, "merge"],
  ],
  "a field of the wrong type": created("vs", routed([{ ...route[0], weight: "all" }])),
  "a number that is too large for its type": created("vs", routed([{ ...route[0], weight: 3e9 }])),
  "a destination without a host": created("vs", routed([{ destination: { subset: "v1" } }])),
  "a match in two ways": created("vs", routed(route, { match: [{ uri: { exact: "/a", prefix: "/b" } }] })),
  "a match in no way": created("vs", routed(route, { match: [{ uri: {} }] })),
  "an unknown field in a match": created("vs?fieldValidation=Strict", routed(route, { match: [{ uri: { exakt: "/a" } }] })),
  "a redirect to a port in two ways": created(
    "vs",
    object("VirtualService", { hosts: ["a"], http: [{ redirect: { port: 80, derivePort: "FROM_REQUEST_PORT" } }] }),
  ),
  "no spec": created("vs", { apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: { name: "a" } }),
  "a list instead of a map": created("vs", object("VirtualService", [])),
  "another version": [["POST vs", routed(route)], ["GET vsalpha/a"]],
  "kept in one version": [
    ["POST vsalpha", { ...routed(route), apiVersion: "networking.istio.io/v1alpha3" }],
    ["GET vs/a"],
    ["GET vsalpha/a"],
  ],
  "an apply merges": [
    ["PATCH vs/a?fieldManager=m", routed(route), "apply"],
    ["PATCH vs/a?fieldManager=n", object("VirtualService", { gateways: ["g"] }), "apply"],
    ["PATCH vs/a?fieldManager=n", object("VirtualService", { hosts: ["b"] }), "apply"],
  ],
  "a status of any form": [
    ["POST vs", routed(route)],
    [
      "PATCH vs/a/status",
      { status: { validationMessages: [{ level: "ERROR", type: { code: "IST0101" } }], observedGeneration: "1", other: 1 } },
      "merge",
    ],
    ["GET vs/a/status"],
  ],
  "a status of the wrong form": [
    ["POST vs", routed(route)],
    ["PATCH vs/a/status", { status: { conditions: "none" } }, "merge"],
  ],
  explained: [
    { kubectl: "explain vs.spec.http.timeout" },
    { kubectl: "explain dr.spec.subsets.name" },
    { kubectl: "explain gw.spec.servers.tls.mode" },
    { kubectl: "explain serviceentry.spec.endpoints.labels" },
  ],
  "a table": [["POST vs", routed(route)], { kubectl: "get vs -n {ns}" }],
  "a DestinationRule": created(
    "dr",
    object("DestinationRule", {
      host: "a",
      trafficPolicy: { tls: { mode: "ISTIO_MUTUAL" } },
      subsets: [{ name: "v1", labels: { v: "1" } }],
    }),
  ),
  "a mode that is not known": created("dr", object("DestinationRule", { host: "a", trafficPolicy: { tls: { mode: "MOSTLY" } } })),
  "a DestinationRule without a host": created("dr", object("DestinationRule", { trafficPolicy: {} })),
  "a subset without a name": created("dr", object("DestinationRule", { host: "a", subsets: [{ labels: { v: "1" } }] })),
  "a balancer in two ways": created(
    "dr",
    object("DestinationRule", {
      host: "a",
      trafficPolicy: { loadBalancer: { simple: "RANDOM", consistentHash: { useSourceIp: true } } },
    }),
  ),
  "a Gateway": created(
    "gw",
    object("Gateway", {
      selector: { app: "g" },
      servers: [{ hosts: ["*"], port: { name: "http", number: 80, protocol: "HTTP" } }],
    }),
  ),
  "a server without a port": created("gw", object("Gateway", { servers: [{ hosts: ["*"] }] })),
  "a selector that is no map": created("gw", object("Gateway", { selector: ["a"] })),
  "an unknown field of a server": created(
    "gw?fieldValidation=Strict",
    object("Gateway", { servers: [{ hosts: ["*"], port: { name: "a", number: 80, protocol: "HTTP", prot: 1 } }] }),
  ),
  "a ServiceEntry": created("se", entry([{ name: "http", number: 80, protocol: "HTTP" }])),
  "ports with one name": created(
    "se",
    entry([
      { name: "a", number: 80 },
      { name: "a", number: 81 },
    ]),
  ),
  "a port without a number": created("se", entry([{ name: "a" }])),
  "two managers of ports": [
    ["PATCH se/a?fieldManager=m", entry([{ name: "http", number: 80, protocol: "HTTP" }]), "apply"],
    [
      "PATCH se/a?fieldManager=n",
      object("ServiceEntry", { hosts: ["a.example.com"], ports: [{ name: "tls", number: 443 }] }),
      "apply",
    ],
  ],
  "too many hosts": created(
    "se",
    object("ServiceEntry", { hosts: Array.from({ length: 300 }, (_, i) => `h${i}`), ports: [{ name: "a", number: 1 }] }),
  ),
  "a location that is not known": created("se", object("ServiceEntry", { hosts: ["a"], location: "MOON" })),
  "a WorkloadEntry": created(
    "we",
    object("WorkloadEntry", { address: "10.0.0.1", labels: { app: "a" }, ports: { http: 80 }, weight: 5 }),
  ),
  "a port of the wrong type": created("we", object("WorkloadEntry", { address: "10.0.0.1", ports: { http: "80" } })),
  "an EnvoyFilter with a free patch": created(
    "filter",
    object("EnvoyFilter", {
      configPatches: [{ applyTo: "CLUSTER", patch: { operation: "MERGE", value: { any: { thing: [1, null] } } } }],
    }),
  ),
  "an unknown field beside a free patch": created(
    "filter?fieldValidation=Strict",
    object("EnvoyFilter", { configPatches: [{ applyTo: "CLUSTER", patsch: {} }] }),
  ),
  "an AuthorizationPolicy": created(
    "ap",
    object("AuthorizationPolicy", { action: "DENY", rules: [{ from: [{ source: { namespaces: ["x"] } }] }] }),
  ),
  "an action that is not known": created("ap", object("AuthorizationPolicy", { action: "MAYBE" })),
});

/** What its CEL rules refuse: the same objects at the same place, in other words. */
export const istioRules = group(
  "istio-rules",
  {
    "a timeout of nothing": created("vs", routed(route, { timeout: "0s" })),
    "a timeout without a unit": created("vs", routed(route, { timeout: "5" })),
    "two ways to credentials": created(
      "gw",
      object("Gateway", {
        servers: [
          {
            hosts: ["*"],
            port: { name: "a", number: 443, protocol: "HTTPS" },
            tls: { mode: "SIMPLE", credentialName: "a", credentialNames: ["b"] },
          },
        ],
      }),
    ),
    "every host": created("se", object("ServiceEntry", { hosts: ["*"] })),
    "a port of one number": created(
      "se",
      entry([
        { name: "a", number: 80 },
        { name: "b", number: 80 },
      ]),
    ),
    "no port of that number": created("se", entry([{ name: "a", number: 70000 }])),
    "endpoints that are not resolved": created(
      "se",
      object("ServiceEntry", { hosts: ["a"], resolution: "NONE", endpoints: [{ address: "10.0.0.1" }] }),
    ),
    "a workload without an address": created("we", object("WorkloadEntry", { labels: { app: "a" } })),
    "a selector with a wildcard": created("ap", object("AuthorizationPolicy", { selector: { matchLabels: { app: "a*" } } })),
    "a policy for two things": created(
      "ap",
      object("AuthorizationPolicy", {
        selector: { matchLabels: { app: "a" } },
        targetRefs: [{ kind: "Gateway", group: "gateway.networking.k8s.io", name: "g" }],
      }),
    ),
  },
  { inOwnWords: true },
);
