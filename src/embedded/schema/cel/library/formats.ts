import { type Environment, Optional } from "@marcbachmann/cel-js";
import { stringFormat } from "../../formats.ts";
import type { NameRule } from "../../names.ts";
import { asPrefix, isDns1035Label, isDns1123Label, isDns1123Subdomain, isLabelKey, isLabelValue } from "../../names.ts";

class Format {
  readonly check: NameRule;

  constructor(check: NameRule) {
    this.check = check;
  }
}

const ofString =
  (name: string, problem: string): NameRule =>
  (text) =>
    stringFormat(name)!(text) ? [] : [problem];

const formats: Readonly<Record<string, NameRule>> = {
  dns1123Label: isDns1123Label,
  dns1123Subdomain: isDns1123Subdomain,
  dns1035Label: isDns1035Label,
  qualifiedName: isLabelKey,
  dns1123LabelPrefix: asPrefix(isDns1123Label),
  dns1123SubdomainPrefix: asPrefix(isDns1123Subdomain),
  dns1035LabelPrefix: asPrefix(isDns1035Label),
  labelValue: isLabelValue,
  uri: ofString("uri", "invalid URI for request"),
  uuid: ofString("uuid", "does not match the UUID format"),
  byte: ofString("byte", "invalid base64"),
  date: ofString("date", "invalid date"),
  datetime: ofString("date-time", "invalid datetime"),
};

/** `format.<name>().validate(text)`: the problems of a text, none when it is fine. */
export function registerFormats(env: Environment): void {
  class FormatNamespace {}
  env
    .registerType("kubernetes.NamedFormat", Format)
    .registerType("FormatNamespace", FormatNamespace)
    .registerConstant("format", "FormatNamespace", new FormatNamespace())
    .registerFunction("FormatNamespace.named(string): optional<kubernetes.NamedFormat>", (_: FormatNamespace, name: string) => {
      const check = formats[name];
      return check ? Optional.of(new Format(check)) : Optional.none();
    })
    .registerFunction("kubernetes.NamedFormat.validate(string): optional<list<string>>", ({ check }: Format, text: string) => {
      const problems = check(text);
      return problems.length > 0 ? Optional.of(problems) : Optional.none();
    });
  for (const [name, check] of Object.entries(formats)) {
    env.registerFunction(`FormatNamespace.${name}(): kubernetes.NamedFormat`, () => new Format(check));
  }
}
