/** One CEL rule of `x-kubernetes-validations`. */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  /** CEL that yields the message; falls back to `message` when it fails. */
  readonly messageExpression?: string;
  /** Default FieldValueInvalid. */
  readonly reason?: "FieldValueInvalid" | "FieldValueForbidden" | "FieldValueRequired" | "FieldValueDuplicate";
  /** JSONPath below the rule's own node, e.g. `.spec.name` or `['a-b']`. */
  readonly fieldPath?: string;
  /** `oldSelf` is an optional and the rule runs on create too. */
  readonly optionalOldSelf?: boolean;
}

/**
 * A node of a schema: the part of OpenAPI v3 that a CustomResourceDefinition may say, spelled as there, plus what built-in
 * kinds need for a strategic merge patch.
 */
export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly example?: unknown;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly maximum?: number;
  readonly exclusiveMaximum?: boolean;
  readonly minimum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly multipleOf?: number;
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly maxItems?: number;
  readonly minItems?: number;
  readonly uniqueItems?: boolean;
  readonly maxProperties?: number;
  readonly minProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly not?: Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly externalDocs?: { readonly description?: string; readonly url?: string };
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-embedded-resource"?: boolean;
  readonly "x-kubernetes-list-type"?: "atomic" | "set" | "map";
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-map-type"?: "atomic" | "granular";
  readonly "x-kubernetes-validations"?: readonly ValidationRule[];
  /** Built-in kinds only: the key that a strategic merge patch merges a list by. */
  readonly "x-kubernetes-patch-merge-key"?: string;
  /** Built-in kinds only: e.g. `merge` or `merge,retainKeys`. */
  readonly "x-kubernetes-patch-strategy"?: string;
}

export type FieldErrorType =
  | "FieldValueNotFound"
  | "FieldValueRequired"
  | "FieldValueDuplicate"
  | "FieldValueInvalid"
  | "FieldValueNotSupported"
  | "FieldValueForbidden"
  | "FieldValueTooLong"
  | "FieldValueTooMany"
  | "FieldValueTypeInvalid"
  | "InternalError";

/** One reason an object is refused; becomes a cause of a Status. */
export interface FieldError {
  readonly type: FieldErrorType;
  /** Dotted path, e.g. `spec.ports[0].name`; `<nil>` for the object as a whole. */
  readonly field: string;
  /** As the API server words a cause, without the field: `Invalid value: "string": must be …`. */
  readonly message: string;
}
