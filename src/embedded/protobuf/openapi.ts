import protobuf from "protobufjs";
import { openApi } from "./messages/openapi.ts";

const documentMessage = protobuf.parse(openApi, { keepCase: true }).root.resolveAll().lookupType("Document");

type Json = Readonly<Record<string, unknown>>;

/** A document of OpenAPI v2 as clients written in Go read it. What that has no field for is left out. */
export function encodeOpenApi({ swagger, info, paths, definitions }: Json): Buffer {
  const document = {
    swagger,
    info,
    paths: { path: named(paths as Json, pathItem) },
    definitions: { additional_properties: named(definitions as Json, schemaMessage) },
  };
  return Buffer.from(documentMessage.encode(documentMessage.fromObject(document)).finish());
}

const named = (entries: Json, message: (value: Json) => object): object[] =>
  Object.entries(entries).map(([name, value]) => ({ name, value: message(value as Json) }));

/** JSON is YAML. */
const any = (value: unknown): object => ({ yaml: JSON.stringify(value) });

const extensionsOf = (value: Json): object[] =>
  Object.entries(value)
    .filter(([name]) => name.startsWith("x-"))
    .map(([name, extension]) => ({ name, value: any(extension) }));

const pathItem = (operations: Json): object =>
  Object.fromEntries(Object.entries(operations).map(([method, value]) => [method, operation(value as Json)]));

const operation = ({ operationId, parameters = [], responses, ...others }: Json): object => ({
  operation_id: operationId,
  parameters: (parameters as readonly Json[]).map(parameter),
  responses: { response_code: named(responses as Json, response) },
  vendor_extension: extensionsOf(others),
});

const parameter = ({ uniqueItems, ...others }: Json): object => ({
  parameter: { non_body_parameter: { query_parameter_sub_schema: { ...others, unique_items: uniqueItems } } },
});

const response = ({ description, schema }: Json): object => ({
  response: { description, schema: { schema: schemaMessage(schema as Json) } },
});

/** Fields that are called the same but for their spelling. */
const plain = [
  "format",
  "title",
  "description",
  "multipleOf",
  "maximum",
  "exclusiveMaximum",
  "minimum",
  "exclusiveMinimum",
  "maxLength",
  "minLength",
  "pattern",
  "maxItems",
  "minItems",
  "uniqueItems",
  "maxProperties",
  "minProperties",
  "required",
].map((name) => [name, name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)] as const);

function schemaMessage(schema: Json): object {
  const { $ref, type, items, properties, additionalProperties, enum: values, default: value } = schema;
  return {
    ...Object.fromEntries(plain.filter(([name]) => schema[name] !== undefined).map(([name, field]) => [field, schema[name]])),
    ...($ref !== undefined && { _ref: $ref }),
    ...(type !== undefined && { type: { value: [type] } }),
    ...(items !== undefined && { items: { schema: [schemaMessage(items as Json)] } }),
    ...(properties !== undefined && { properties: { additional_properties: named(properties as Json, schemaMessage) } }),
    ...(additionalProperties !== undefined && {
      additional_properties:
        typeof additionalProperties === "boolean"
          ? { boolean: additionalProperties }
          : { schema: schemaMessage(additionalProperties as Json) },
    }),
    ...(values !== undefined && { enum: (values as readonly unknown[]).map(any) }),
    ...(value !== undefined && { default: any(value) }),
    vendor_extension: extensionsOf(schema),
  };
}
