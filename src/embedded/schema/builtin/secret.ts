import type { KubeObject } from "../../../kube/resource.ts";
import { at, invalid, required, tooLong } from "../errors.ts";
import { isConfigMapKey } from "../names.ts";
import type { FieldError } from "../schema.ts";
import { binarySize, maxBytes, validateImmutable } from "./config-map.ts";
import type { BuiltinKind } from "./kind.ts";
import { immutable, named } from "./rules.ts";
import { bool, bytes, mapOf, pointer, struct, text, texts, withDefault } from "./shapes.ts";

interface Secret extends KubeObject {
  readonly type: string;
  /** Base64. */
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
}

export const secret: BuiltinKind = {
  resource: { group: "", version: "v1", plural: "secrets", kind: "Secret", namespaced: true },
  singular: "secret",
  metadata: { namespaced: true, qualifiedFinalizers: true },
  schema: struct("Secret", {
    immutable: pointer(bool),
    data: mapOf(bytes),
    stringData: texts,
    type: withDefault(text, "Opaque"),
  }),
  normalize: (object) => {
    const { stringData, ...secret } = object as Secret;
    if (!stringData) return object;
    const encoded = Object.entries(stringData).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
    return { ...secret, data: { ...secret.data, ...Object.fromEntries(encoded) } } as KubeObject;
  },
  validate: (object, old) => [
    ...(old ? [...immutable("type", object["type"], old["type"]), ...validateImmutable(object, old, ["data"])] : []),
    ...validateData(object as Secret),
    ...validateType(object as Secret),
  ],
};

function validateData({ data = {} }: Secret): FieldError[] {
  const errors = Object.keys(data).flatMap((key) => named(isConfigMapKey, at("data", key), key));
  return binarySize(data) > maxBytes ? [...errors, tooLong("data", maxBytes)] : errors;
}

/** What a Secret of a known type must hold. */
function validateType({ type, metadata, data = {} }: Secret): FieldError[] {
  const missing = (...keys: readonly string[]) =>
    keys.filter((key) => !Object.hasOwn(data, key)).map((key) => required(at("data", key)));
  switch (type) {
    case "kubernetes.io/service-account-token": {
      const account = "kubernetes.io/service-account.name";
      return metadata.annotations?.[account] ? [] : [required(at("metadata.annotations", account))];
    }
    case "kubernetes.io/dockercfg":
      return validateJson(data, ".dockercfg");
    case "kubernetes.io/dockerconfigjson":
      return validateJson(data, ".dockerconfigjson");
    case "kubernetes.io/basic-auth": {
      const absent = missing("username", "password");
      return absent.length === 2 ? absent : [];
    }
    case "kubernetes.io/ssh-auth":
      return data["ssh-privatekey"] ? [] : [required(at("data", "ssh-privatekey"))];
    case "kubernetes.io/tls":
      return missing("tls.crt", "tls.key");
    default:
      return [];
  }
}

function validateJson(data: Readonly<Record<string, string>>, key: string): FieldError[] {
  const value = data[key];
  if (value === undefined) return [required(at("data", key))];
  try {
    JSON.parse(Buffer.from(value, "base64").toString());
    return [];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [invalid(at("data", key), "<secret contents redacted>", error.message)];
  }
}
