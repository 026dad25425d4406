import type protobuf from "protobufjs";
import { MalformedError } from "./errors.ts";

/** A decoded message: its own properties are the fields that were sent, and lists and maps. */
export type Message = Readonly<Record<string, unknown>>;

/**
 * What a message is in JSON. Fields that were sent empty stay: whether JSON shows them is the kind's business.
 * @throws MalformedError about a time out of range, or JSON that is none
 */
export function toJson(type: protobuf.Type, message: Message): unknown {
  const form = forms[type.name];
  return form ? form(message, type) : fieldsToJson(type, message);
}

const fieldsToJson = (type: protobuf.Type, message: Message): Record<string, unknown> =>
  Object.fromEntries(
    type.fieldsArray
      .filter((field) => wasSent(field, message))
      .flatMap((field): (readonly [name: string, value: unknown])[] => {
        const value = fieldToJson(field, message[field.name]);
        return field.getOption("(inline)") ? Object.entries(value as object) : [[jsonName(field), value]];
      }),
  );

const jsonName = (field: protobuf.Field): string => (field.getOption("json_name") as string | undefined) ?? field.name;

/** Messages that are not objects in JSON. */
const forms: Readonly<Record<string, (message: Message, type: protobuf.Type) => unknown>> = {
  // Times of objects have whole seconds.
  Time: (message) => timeOf(message)?.replace(/\.\d+/, "") ?? null,
  MicroTime: (message) => timeOf(message)?.replace(/\d{3}Z$/, "Z") ?? null,
  Quantity: ({ string }) => string,
  ExtraValue: ({ items }) => items,
  IntOrString: ({ type, intVal, strVal }) => (Number(type) === 0 ? intVal : strVal),
  FieldsV1: ({ raw }) => parsed(raw, "fieldsV1"),
  RawExtension: ({ raw }) => parsed(raw, "raw extension"),
  JSON: ({ raw }) => parsed(raw, "JSON"),
  JSONSchemaPropsOrBool: (message, type) => fieldsToJson(type, message)["schema"] ?? message["allows"],
  JSONSchemaPropsOrArray: (message, type) => {
    const { schema, jSONSchemas } = fieldsToJson(type, message);
    return jSONSchemas ?? schema;
  },
  JSONSchemaPropsOrStringArray: (message, type) => {
    const { schema, property } = fieldsToJson(type, message);
    return property ?? schema;
  },
};

/** A time with nine digits behind its seconds; the zero time is the empty message. */
function timeOf(message: Message): string | undefined {
  if (!Object.hasOwn(message, "seconds")) return undefined;
  const time = new Date(Number(message["seconds"]) * 1000);
  if (!(time.getUTCFullYear() >= 0 && time.getUTCFullYear() <= 9999)) throw new MalformedError("year outside of range [0,9999]");
  return time.toISOString().replace("000Z", `${String(message["nanos"]).padStart(9, "0")}Z`);
}

function parsed(raw: unknown, what: string): unknown {
  const text = Buffer.from(raw as Uint8Array).toString();
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MalformedError(`${what} is no JSON`, { cause: error });
  }
}

/** The library gives every message its lists and maps; one without entries takes no byte. */
function wasSent({ name, map, repeated }: protobuf.Field, message: Message): boolean {
  if (!Object.hasOwn(message, name)) return false;
  return !(map || repeated) || Object.keys(message[name] as object).length > 0;
}

function fieldToJson(field: protobuf.Field, value: unknown): unknown {
  const one = (each: unknown): unknown => valueToJson(field, each);
  if (field.map) return Object.fromEntries(Object.entries(value as object).map(([key, each]) => [key, one(each)]));
  return field.repeated ? (value as readonly unknown[]).map(one) : one(value);
}

function valueToJson({ type, resolvedType }: protobuf.Field, value: unknown): unknown {
  if (resolvedType) return toJson(resolvedType as protobuf.Type, value as Message);
  if (type === "bytes") return Buffer.from(value as Uint8Array).toString("base64");
  // 64 bits come as an object; no field holds more than a number does.
  return type === "int64" ? Number(value) : value;
}
