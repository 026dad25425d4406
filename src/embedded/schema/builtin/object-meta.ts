import type { Schema } from "../schema.ts";

const text: Schema = { type: "string" };
const time: Schema = { type: "string", format: "date-time", nullable: true };
const texts: Schema = { type: "object", additionalProperties: text };

/** The schema of an object as a whole, from one that does not mention what all objects have. */
export const wholeObject = (schema: Schema): Schema => ({
  ...schema,
  properties: { apiVersion: text, kind: text, metadata: objectMeta, ...schema.properties },
});

/** `metadata` of every object, built-in or not. */
export const objectMeta: Schema = {
  type: "object",
  title: "ObjectMeta",
  properties: {
    name: text,
    generateName: text,
    namespace: text,
    selfLink: text,
    uid: text,
    resourceVersion: text,
    generation: { type: "integer", format: "int64" },
    creationTimestamp: time,
    deletionTimestamp: time,
    deletionGracePeriodSeconds: { type: "integer", format: "int64", nullable: true },
    labels: texts,
    annotations: texts,
    ownerReferences: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["uid"],
      "x-kubernetes-patch-strategy": "merge",
      "x-kubernetes-patch-merge-key": "uid",
      items: {
        type: "object",
        title: "OwnerReference",
        "x-kubernetes-map-type": "atomic",
        required: ["apiVersion", "kind", "name", "uid"],
        properties: {
          apiVersion: text,
          kind: text,
          name: text,
          uid: text,
          controller: { type: "boolean", nullable: true },
          blockOwnerDeletion: { type: "boolean", nullable: true },
        },
      },
    },
    finalizers: { type: "array", "x-kubernetes-list-type": "set", "x-kubernetes-patch-strategy": "merge", items: text },
    managedFields: {
      type: "array",
      "x-kubernetes-list-type": "atomic",
      items: {
        type: "object",
        title: "ManagedFieldsEntry",
        properties: {
          manager: text,
          operation: text,
          apiVersion: text,
          time,
          fieldsType: text,
          fieldsV1: { type: "object", title: "FieldsV1", nullable: true, "x-kubernetes-preserve-unknown-fields": true },
          subresource: text,
        },
      },
    },
  },
};
