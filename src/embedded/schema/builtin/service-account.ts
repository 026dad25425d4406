import type { KubeObject } from "../../../kube/resource.ts";
import type { BuiltinKind } from "./kind.ts";
import { localObjectReference, objectReference } from "./references.ts";
import { bool, list, listMap, pointer, struct } from "./shapes.ts";

interface ServiceAccount extends KubeObject {
  readonly secrets?: readonly { readonly name?: string }[];
}

export const serviceAccount: BuiltinKind = {
  resource: { group: "", version: "v1", plural: "serviceaccounts", kind: "ServiceAccount", namespaced: true },
  singular: "serviceaccount",
  shortNames: ["sa"],
  metadata: { namespaced: true, qualifiedFinalizers: true },
  schema: struct("ServiceAccount", {
    secrets: listMap(["name"], objectReference),
    imagePullSecrets: list(localObjectReference),
    automountServiceAccountToken: pointer(bool),
  }),
  // Only the names of the secrets are kept.
  prepare: (object) => {
    const { secrets } = object as ServiceAccount;
    return secrets ? { ...object, secrets: secrets.map(({ name }) => ({ ...(name && { name }) })) } : object;
  },
};
