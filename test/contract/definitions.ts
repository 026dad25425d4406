/** CustomResourceDefinitions that both servers get before the first case. */

const text = { type: "string" };
const whole = { type: "integer" };

const widgetSpec = {
  type: "object",
  required: ["size"],
  properties: {
    size: { type: "integer", minimum: 1, maximum: 100 },
    replicas: whole,
    mode: { type: "string", enum: ["auto", "manual"], default: "auto" },
    color: { type: "string", pattern: "^[a-z]+$", maxLength: 10 },
    port: { "x-kubernetes-int-or-string": true },
    ratio: { type: "number" },
    enabled: { type: "boolean" },
    tags: { type: "array", items: text, "x-kubernetes-list-type": "set" },
    atoms: { type: "array", items: text, maxItems: 3 },
    rules: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: {
        type: "object",
        required: ["name"],
        properties: { name: text, value: text, weight: { type: "integer", default: 1 } },
      },
    },
    settings: { type: "object", additionalProperties: text },
    frozen: { type: "object", "x-kubernetes-map-type": "atomic", properties: { a: text, b: text } },
    free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    nested: { type: "object", default: {}, properties: { depth: { type: "integer", default: 3 }, note: text } },
    fixed: { type: "string", "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "fixed cannot change" }] },
    low: whole,
    high: whole,
    maybe: { type: "string", nullable: true },
    template: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
  },
  "x-kubernetes-validations": [
    { rule: "!has(self.low) || !has(self.high) || self.low <= self.high", message: "low must not be above high" },
  ],
};

const widgetSchema = {
  openAPIV3Schema: {
    type: "object",
    properties: {
      spec: widgetSpec,
      status: {
        type: "object",
        properties: {
          replicas: whole,
          selector: text,
          phase: text,
          conditions: {
            type: "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["type"],
            items: { type: "object", required: ["type"], properties: { type: text, status: text, reason: text } },
          },
        },
      },
    },
  },
};

/** Another text, so that each version has a schema of its own: alike ones are moved to a place without selectable fields. */
const olderSchema = { openAPIV3Schema: { ...widgetSchema.openAPIV3Schema, description: "as it was" } };

const columns = [
  { name: "Size", type: "integer", jsonPath: ".spec.size" },
  { name: "Mode", type: "string", jsonPath: ".spec.mode" },
  { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: "Tags", type: "string", jsonPath: ".spec.tags", priority: 1 },
  { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
];

export const widgets = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.contract.example.com" },
  spec: {
    group: "contract.example.com",
    scope: "Namespaced",
    names: { plural: "widgets", singular: "widget", kind: "Widget", shortNames: ["wd"], categories: ["contract"] },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: widgetSchema,
        subresources: {
          status: {},
          scale: {
            specReplicasPath: ".spec.replicas",
            statusReplicasPath: ".status.replicas",
            labelSelectorPath: ".status.selector",
          },
        },
        additionalPrinterColumns: columns,
        selectableFields: [{ jsonPath: ".spec.color" }],
      },
      { name: "v1beta1", served: true, storage: false, schema: olderSchema, subresources: { status: {} }, deprecated: true },
    ],
  },
};

/** Without subresources, columns or required fields. */
export const plains = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "plains.contract.example.com" },
  spec: {
    group: "contract.example.com",
    scope: "Namespaced",
    names: { plural: "plains", singular: "plain", kind: "Plain" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: { type: "object", properties: { a: text, b: text } },
              status: { type: "object", properties: { c: text } },
            },
          },
        },
      },
    ],
  },
};

/** A definition that a case creates for itself. */
export const definition = (plural: string, changes: Record<string, unknown> = {}, schema: unknown = openSchema): unknown => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${plural}.{ns}.example.com` },
  spec: {
    group: "{ns}.example.com",
    scope: "Namespaced",
    names: { plural, singular: plural.replace(/s$/, ""), kind: plural[0]!.toUpperCase() + plural.slice(1, -1) },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    ...changes,
  },
});

export const openSchema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
