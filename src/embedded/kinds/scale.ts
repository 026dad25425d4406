import type { Column, ServedKind } from "../registry.ts";
import { scale } from "../schema/builtin/scale.ts";
import { served } from "./builtin.ts";
import { ageColumn as builtinAge, column, number } from "./columns.ts";
import { ageColumn, nameColumn } from "./custom.ts";

const replicas: readonly Column[] = [
  column("Desired", number(".spec.replicas"), "Replicas that are wanted", 0, "integer"),
  column("Available", number(".status.replicas"), "Replicas that are there", 0, "integer"),
];

const ofBuiltin: ServedKind = { ...served(scale), columns: [{ ...nameColumn, format: "" }, ...replicas, builtinAge] };
const ofCustom: ServedKind = { ...ofBuiltin, columns: [nameColumn, ...replicas, ageColumn] };

/** The kind of a scale, as objects of `kind` show themselves by it. */
export const scaleKind = ({ custom }: ServedKind): ServedKind => (custom ? ofCustom : ofBuiltin);
