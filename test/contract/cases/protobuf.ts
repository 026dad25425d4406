import { group } from "../case.ts";
import { configMap } from "./objects.ts";

const type = "application/vnd.kubernetes.protobuf";

/** A length-delimited field; short and in ASCII, so that its bytes are those of a text. */
const field = (number: number, text: string): string => String.fromCharCode(number * 8 + 2, text.length) + text;

const enveloped = (apiVersion: string, kind: string, raw: string): string =>
  `k8s\0${field(1, field(1, apiVersion) + field(2, kind))}${field(2, raw)}`;

const named = field(1, field(1, "a"));
const written = enveloped("v1", "ConfigMap", named + field(2, field(1, "k") + field(2, "v")));

export const protobuf = group("protobuf", {
  "creation and update": [
    ["POST cm", written, type],
    ["PUT cm/a", enveloped("v1", "ConfigMap", named + field(2, field(1, "k") + field(2, "w"))), type],
  ],
  "parameters of the media type": [["POST cm", written, `${type}; charset=utf-8`]],
  "unknown fields are no matter of validation": [["POST cm?fieldValidation=Strict", written, type]],
  "a body without its prefix": [["POST cm", "nonsense", type]],
  "no body": [["POST cm", "", type]],
  "an object that ends too soon": [["POST cm", enveloped("v1", "ConfigMap", named.slice(0, -1)), type]],
  "an envelope that ends too soon": [["POST cm", written.slice(0, -1), type]],
  "an object of another kind": [["POST cm", enveloped("v1", "Secret", named), type]],
  "an object of an unknown kind": [["POST cm", enveloped("v1", "Nonsense", named), type]],
  "a field that is not known": [["POST cm", enveloped("v1", "ConfigMap", named + field(15, "x")), type]],
  "an object that does not say what it is": [["POST cm", enveloped("", "", named), type]],
  "a patch of a custom object": [["PATCH wd/a", enveloped("contract.example.com/v1", "Widget", named), type]],
  "an invalid object": [["POST cm", enveloped("v1", "ConfigMap", field(1, field(1, "A"))), type]],
  "a patch": [
    ["POST cm", configMap("a")],
    ["PATCH cm/a", written, type],
  ],
  "options of a deletion": [
    ["POST cm", configMap("a")],
    ["DELETE cm/a", enveloped("v1", "DeleteOptions", field(2, field(1, "another"))), type],
    ["DELETE cm/a", enveloped("v1", "DeleteOptions", field(5, "All")), type],
    ["DELETE cm/a", enveloped("v1", "DeleteOptions", field(4, "Nonsense")), type],
    ["DELETE cm/a", enveloped("v1", "DeleteOptions", field(4, "Foreground")), type],
    ["GET cm/a"],
  ],
});
