import { at, invalid, required } from "../../errors.ts";
import type { FieldError } from "../../schema.ts";
import type { Definition } from "./types.ts";

const annotation = "api-approved.kubernetes.io";
const more = "see https://github.com/kubernetes/enhancements/pull/1111";

type Approval = "approved" | "bypassed" | "invalid" | "missing";

/** Kinds in the groups of Kubernetes itself say who agreed to them. */
export function validateApproval(definition: Definition, old?: Definition): FieldError[] {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(definition.spec.group)) return [];
  const given = definition.metadata.annotations?.[annotation] ?? "";
  const state = approvalOf(given);
  if (old && approvalOf(old.metadata.annotations?.[annotation] ?? "") === state) return [];
  const path = at("metadata.annotations", annotation);
  const must = `protected groups must have approval annotation "${annotation}"`;
  if (state === "missing") return [required(path, `${must}, ${more}`)];
  if (state !== "invalid") return [];
  return [invalid(path, given, `${must} with either a URL or a reason starting with "unapproved", ${more}`)];
}

function approvalOf(given: string): Approval {
  if (given === "") return "missing";
  if (given.startsWith("unapproved")) return "bypassed";
  return URL.parse(given)?.host ? "approved" : "invalid";
}
