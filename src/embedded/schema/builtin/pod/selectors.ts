import { atomic, quantity, struct, text, withDefault } from "../shapes.ts";

export const objectFieldSelector = atomic(
  struct("ObjectFieldSelector", { apiVersion: withDefault(text, "v1"), fieldPath: text }, ["fieldPath"]),
);

export const resourceFieldSelector = atomic(
  struct("ResourceFieldSelector", { containerName: text, resource: text, divisor: withDefault(quantity, "0") }, ["resource"]),
);
