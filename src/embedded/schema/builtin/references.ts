import { atomic, struct, text } from "./shapes.ts";

export const objectReference = atomic(
  struct("ObjectReference", {
    kind: text,
    namespace: text,
    name: text,
    uid: text,
    apiVersion: text,
    resourceVersion: text,
    fieldPath: text,
  }),
);

export const localObjectReference = atomic(struct("LocalObjectReference", { name: text }));
