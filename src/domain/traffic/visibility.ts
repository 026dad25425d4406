import { texts } from "../untrusted.ts";

/** An object of Istio's, or a Service, and the namespaces that are to see it. */
export interface Exported {
  readonly namespace: string;
  /** Namespaces, `.` for its own, `*` for all, `~` for none; absent: what the mesh says, by default all. */
  readonly exportTo?: readonly string[];
}

/** More of a list are not kept. */
const MAX_NAMESPACES = 256;

/** Annotation by which a Service is limited to namespaces, with commas between them. */
const EXPORT_ANNOTATION = "networking.istio.io/exportTo";

/** From a field `exportTo`, or a Service's annotations. */
export function exportedTo(value: unknown): Pick<Exported, "exportTo"> {
  const exportTo = texts(value, MAX_NAMESPACES);
  return exportTo.length > 0 ? { exportTo } : {};
}

export function serviceExportedTo({ [EXPORT_ANNOTATION]: text }: Readonly<Record<string, unknown>>): Pick<Exported, "exportTo"> {
  return typeof text === "string" ? exportedTo(text.split(",").map((each) => each.trim())) : {};
}

/** Whether pods of a namespace see it. */
export function isSeenIn({ namespace, exportTo = ["*"] }: Exported, client: string): boolean {
  if (exportTo.includes("*")) return true;
  if (exportTo.includes("~")) return false;
  return exportTo.includes(client) || (namespace === client && exportTo.includes("."));
}

/** Whether it is for its own namespace alone. */
export const isPrivate = ({ exportTo = [] }: Exported): boolean => exportTo.length === 1 && exportTo[0] === ".";
