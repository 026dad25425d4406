import protobuf from "protobufjs";
import { MalformedError, UndescribedError } from "./errors.ts";

/** A decoded message: its own properties are the fields that were sent, and lists and maps. */
export type Message = Readonly<Record<string, unknown>>;

/**
 * What a message is in JSON. Fields that were sent empty stay: whether JSON shows them is the kind's business.
 * @throws MalformedError about a time out of range, or field sets that are no JSON
 * @throws UndescribedError about a field that would be lost
 */
export function toJson(type: protobuf.Type, message: Message): unknown {
  const [undescribed] = (message["$unknowns"] ?? []) as readonly Uint8Array[];
  if (undescribed) {
    throw new UndescribedError(
      `field ${fieldNumber(undescribed)} of ${type.name} is not read in protobuf: send it as application/json`,
    );
  }
  const form = forms[type.name];
  if (form) return form(message);
  const sent = type.fieldsArray.filter((field) => wasSent(field, message));
  return Object.fromEntries(sent.map((field) => [field.name, fieldToJson(field, message[field.name])]));
}

/** Messages that are not objects in JSON. */
const forms: Readonly<Record<string, (message: Message) => unknown>> = {
  // The zero time is the empty message. Times of objects have whole seconds.
  Time: (message) => {
    if (!Object.hasOwn(message, "seconds")) return null;
    const time = new Date(Number(message["seconds"]) * 1000);
    if (!(time.getUTCFullYear() >= 0 && time.getUTCFullYear() <= 9999)) throw new MalformedError("year outside of range [0,9999]");
    return time.toISOString().replace(".000Z", "Z");
  },
  Quantity: ({ string }) => string,
  ExtraValue: ({ items }) => items,
  IntOrString: ({ type, intVal, strVal }) => (Number(type) === 0 ? intVal : strVal),
  FieldsV1: ({ raw }) => {
    try {
      return JSON.parse(Buffer.from(raw as Uint8Array).toString());
    } catch (error) {
      throw new MalformedError("fieldsV1 is no JSON", { cause: error });
    }
  },
};

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

/** Of a field as it was sent: its number is what is left of its tag, a varint, without the wire type in the last three bits. */
function fieldNumber(field: Uint8Array): number {
  return protobuf.Reader.create(field).uint32() >>> 3;
}
