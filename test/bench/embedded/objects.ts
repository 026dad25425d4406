/** A route kind with what real kinds have: typed fields, a default, bounds, a CEL rule, a status. */
const route = {
  type: "object",
  required: ["destination"],
  properties: {
    destination: {
      type: "object",
      required: ["host"],
      properties: {
        host: { type: "string", minLength: 1 },
        subset: { type: "string" },
        port: { type: "object", properties: { number: { type: "integer", format: "int32", minimum: 1, maximum: 65535 } } },
      },
    },
    weight: { type: "integer", format: "int32", minimum: 0, maximum: 100 },
  },
};

const spec = {
  type: "object",
  required: ["hosts"],
  "x-kubernetes-validations": [{ rule: "size(self.hosts) > 0", message: "at least one host" }],
  properties: {
    hosts: { type: "array", items: { type: "string", maxLength: 253 }, maxItems: 64 },
    gateways: { type: "array", items: { type: "string" } },
    timeout: { type: "string", default: "15s" },
    http: {
      type: "array",
      maxItems: 64,
      items: {
        type: "object",
        properties: {
          match: {
            type: "array",
            items: {
              type: "object",
              properties: { uri: { type: "object", properties: { prefix: { type: "string" }, exact: { type: "string" } } } },
            },
          },
          route: { type: "array", items: route },
        },
      },
    },
  },
};

export const bundles = "/apis/bench.example.com/v1/namespaces/default/bundles";

export const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "bundles.bench.example.com" },
  spec: {
    group: "bench.example.com",
    scope: "Namespaced",
    names: { plural: "bundles", singular: "bundle", kind: "Bundle" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: { spec, status: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
          },
        },
      },
    ],
  },
};

/** About 1 kB, as a VirtualService of a few routes. */
export const bundle = (index: number, weight: number): object => ({
  apiVersion: "bench.example.com/v1",
  kind: "Bundle",
  metadata: { name: `bundle-${index}`, labels: { app: `app-${index % 50}` } },
  spec: {
    hosts: [`app-${index}.example.com`],
    gateways: ["edge"],
    http: Array.from({ length: 5 }, (_, at) => ({
      match: [{ uri: { prefix: `/v${at}` } }],
      route: [{ destination: { host: `app-${index}`, subset: "stable", port: { number: 8080 } }, weight }],
    })),
  },
});
