import { parseFieldPath } from "../../cel/field-path.ts";
import { at, child, duplicate, invalid, required, tooMany } from "../../errors.ts";
import type { FieldError, Schema } from "../../schema.ts";
import { validateStructural } from "../../structural.ts";
import type { PerVersion, PrinterColumn, Subresources } from "./types.ts";

/**
 * What a version says, or all of them alike.
 * @param schemaName what the schema is called there
 * @param schema the one that selectable fields are looked for in
 */
export function validatePerVersion(
  said: PerVersion,
  path: string,
  {
    schemaName,
    hasStatus,
    schema,
  }: { readonly schemaName: string; readonly hasStatus: boolean; readonly schema: Schema | undefined },
): FieldError[] {
  const own = said.schema?.openAPIV3Schema;
  return [
    ...(own ? validateStructural(own, child(path, `${schemaName}.openAPIV3Schema`), { hasStatus }) : []),
    ...validateSubresources(said.subresources, child(path, "subresources")),
    ...(said.additionalPrinterColumns ?? []).flatMap((column, i) =>
      validateColumn(column, at(child(path, "additionalPrinterColumns"), i)),
    ),
    ...validateSelectable(said.selectableFields ?? [], schema, child(path, "selectableFields")),
  ];
}

function validateSubresources(subresources: Subresources | undefined, path: string): FieldError[] {
  const scale = subresources?.scale;
  if (!scale) return [];
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  const spec = child(path, "scale.specReplicasPath");
  const status = child(path, "scale.statusReplicasPath");
  return [
    ...(specReplicasPath === "" ? [required(spec)] : validatePath(specReplicasPath, spec, [".spec."], "under .spec")),
    ...(statusReplicasPath === "" ? [required(status)] : validatePath(statusReplicasPath, status, [".status."], "under .status")),
    ...(labelSelectorPath
      ? validatePath(
          labelSelectorPath,
          child(path, "scale.labelSelectorPath"),
          [".spec.", ".status."],
          "under either .spec or .status",
        )
      : []),
  ];
}

function validatePath(jsonPath: string, path: string, roots: readonly string[], where: string): FieldError[] {
  const wrong = validateDotted(jsonPath, path);
  if (wrong.length > 0 || roots.some((root) => jsonPath.startsWith(root))) return wrong;
  return [invalid(path, jsonPath, `should be a json path ${where}`)];
}

const validateDotted = (jsonPath: string, path: string): FieldError[] =>
  jsonPath.startsWith(".") ? [] : [invalid(path, jsonPath, "must be a simple json path starting with .")];

const types = ["boolean", "date", "integer", "number", "string"];
const formats = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];

function validateColumn({ name, type, format = "", jsonPath }: PrinterColumn, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (name === "") errors.push(required(child(path, "name")));
  const oneOf = `must be one of ${types.join(",")}`;
  if (type === "") errors.push(required(child(path, "type"), oneOf));
  else if (!types.includes(type)) errors.push(invalid(child(path, "type"), type, oneOf));
  if (format !== "" && !formats.includes(format)) {
    errors.push(invalid(child(path, "format"), format, `must be one of ${formats.join(",")}`));
  }
  const where = child(path, "JSONPath");
  return [...errors, ...(jsonPath === "" ? [required(where)] : validateDotted(jsonPath, where))];
}

/** How many fields a version may offer to selectors. */
const maxSelectable = 8;

function validateSelectable(
  fields: NonNullable<PerVersion["selectableFields"]>,
  schema: Schema | undefined,
  path: string,
): FieldError[] {
  if (fields.length === 0) return [];
  if (!schema) return [invalid(path, "", "may only be set when validations.schema is included")];
  const seen = new Set<string>();
  const errors = fields.flatMap(({ jsonPath }, i) => {
    const where = child(at(path, i), "jsonPath");
    if (jsonPath === "") return [required(where)];
    const found = find(jsonPath, schema);
    if (found instanceof SyntaxError) return [invalid(where, jsonPath, `is an invalid path: ${found.message}`)];
    const isRepeated = seen.has(found.path);
    seen.add(found.path);
    return [
      ...(/^metadata\b/.test(found.path) ? [invalid(where, jsonPath, "must not point to fields in metadata")] : []),
      ...(["string", "boolean", "integer"].includes(found.schema.type ?? "") ? [] : [invalid(where, jsonPath, selectableTypes)]),
      ...(isRepeated ? [duplicate(where, jsonPath)] : []),
    ];
  });
  return seen.size > maxSelectable ? [...errors, tooMany(path, seen.size, maxSelectable)] : errors;
}

const selectableTypes =
  "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.";

function find(jsonPath: string, schema: Schema): ReturnType<typeof parseFieldPath> | SyntaxError {
  try {
    return parseFieldPath(jsonPath, schema, false);
  } catch (error) {
    if (error instanceof SyntaxError) return error;
    throw error;
  }
}
