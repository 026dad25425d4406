import type { Schema, ValidationRule } from "../../schema/schema.ts";

/** Fields that are a length of time, wherever they occur. */
const durations = new Set([
  "backoff",
  "baseEjectionTime",
  "connectTimeout",
  "duration",
  "exponentialDelay",
  "fixedDelay",
  "idleTimeout",
  "interval",
  "maxAge",
  "maxConnectionDuration",
  "perTryTimeout",
  "time",
  "timeout",
  "warmupDurationSecs",
]);

const duration: ValidationRule = { rule: "duration(self) >= duration('1ms')", message: "a duration is at least 1ms" };
const port: ValidationRule = { rule: "self > 0 && self < 65536", message: "a port is a number from 1 to 65535" };
const exact: ValidationRule = { rule: "!self.contains('*')", message: "a label is selected by its exact value" };
const labelKeys: ValidationRule = {
  rule: "self.all(key, key != '' && !key.contains('*'))",
  message: "a label is selected by its exact key",
};
const atMostOne = (...fields: readonly string[]): ValidationRule => ({
  // A count costs less than a list of them, which is too expensive among items that nothing limits.
  rule: `${fields.map((field) => `(has(self.${field}) ? 1 : 0)`).join(" + ")} <= 1`,
  message: `at most one of ${fields.join(", ")} can be set`,
});

const gatewayTls = [atMostOne("credentialName", "credentialNames"), atMostOne("tlsCertificates", "credentialNames")];
const workload: readonly ValidationRule[] = [
  { rule: "has(self.address) || has(self.network)", message: "an address or a network is needed" },
  {
    rule: "!has(self.address) || !self.address.startsWith('unix://') || !has(self.ports)",
    message: "a socket has no ports",
  },
];

/** Rules by kind and place; `[]` is an item of a list, `{}` a value of a map. */
const rules: Readonly<Record<string, Readonly<Record<string, readonly ValidationRule[]>>>> = {
  AuthorizationPolicy: { spec: [atMostOne("selector", "targetRef", "targetRefs")] },
  EnvoyFilter: { spec: [atMostOne("workloadSelector", "targetRefs")], "spec.workloadSelector.labels{}": [exact] },
  Gateway: { "spec.servers[].tls": gatewayTls },
  PeerAuthentication: {
    spec: [
      {
        rule: "!has(self.portLevelMtls) || (has(self.selector) && has(self.selector.matchLabels) && self.selector.matchLabels.size() > 0)",
        message: "modes of ports need a selector of workloads",
      },
    ],
  },
  RequestAuthentication: {
    spec: [atMostOne("selector", "targetRef", "targetRefs")],
    "spec.jwtRules[]": [atMostOne("jwksUri", "jwks_uri", "jwks")],
  },
  ServiceEntry: {
    spec: [
      atMostOne("workloadSelector", "endpoints"),
      {
        rule: "!has(self.endpoints) || (has(self.resolution) && self.resolution != 'NONE')",
        message: "endpoints need a resolution",
      },
    ],
    "spec.hosts[]": [{ rule: "self != '*'", message: "a host cannot be everything" }],
    "spec.ports": [
      {
        rule: "self.all(a, self.exists_one(b, b.number == a.number))",
        message: "each port has a number of its own",
      },
    ],
    "spec.ports[].number": [port],
    "spec.endpoints[]": workload,
    "spec.endpoints[].ports{}": [port],
    "spec.workloadSelector.labels{}": [exact],
  },
  Sidecar: { "spec.ingress[].tls": gatewayTls, "spec.workloadSelector.labels{}": [exact] },
  WorkloadEntry: { spec: workload, "spec.ports{}": [port] },
  WorkloadGroup: { "spec.template.ports{}": [port] },
};

/** The schema of a kind with what Istio checks by CEL rules, as far as it is known here; the words are ours. */
export const withRules = (kind: string, schema: Schema): Schema => ruled(schema, "", "", rules[kind] ?? {});

function ruled(schema: Schema, path: string, name: string, own: (typeof rules)[string]): Schema {
  const { properties, items, additionalProperties } = schema;
  const found = [...(own[path] ?? []), ...byName(schema, path, name)];
  return {
    ...schema,
    ...(found.length > 0 && { "x-kubernetes-validations": found }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([field, below]) => [
          field,
          ruled(below, path === "" ? field : `${path}.${field}`, field, own),
        ]),
      ),
    }),
    ...(items && { items: ruled(items, `${path}[]`, `${name}[]`, own) }),
    ...(typeof additionalProperties === "object" && {
      additionalProperties: ruled(additionalProperties, `${path}{}`, `${name}{}`, own),
    }),
  };
}

function byName({ type }: Schema, path: string, name: string): readonly ValidationRule[] {
  if (name === "matchLabels") return [labelKeys];
  if (name === "matchLabels{}") return [exact];
  // Connections may be idle for ever.
  const isDuration = type === "string" && durations.has(name) && !path.endsWith("connectionPool.tcp.idleTimeout");
  return isDuration && path.startsWith("spec.") ? [duration] : [];
}
