import type { ObjectMeta } from "../../../../kube/resource.ts";
import { child, forbidden, notSupported } from "../../errors.ts";
import { validateAnnotations, validateLabels } from "../../metadata.ts";
import type { FieldError } from "../../schema.ts";
import { withAccount } from "./defaults.ts";
import type { PodSpec } from "./types.ts";
import { validatePodSpec } from "./validate.ts";

export interface PodTemplate {
  readonly metadata: Partial<ObjectMeta>;
  readonly spec: PodSpec;
}

export const normalizeTemplate = (template: PodTemplate): PodTemplate => ({ ...template, spec: withAccount(template.spec) });

export function validateTemplate({ metadata, spec }: PodTemplate, path: string): FieldError[] {
  const hasEphemeral = (spec.ephemeralContainers ?? []).length > 0;
  return [
    ...validateLabels(metadata.labels ?? {}, child(path, "labels")),
    ...validateAnnotations(metadata.annotations ?? {}, child(path, "annotations")),
    ...validatePodSpec(spec, child(path, "spec")),
    ...(hasEphemeral
      ? [forbidden(child(path, "spec.ephemeralContainers"), "ephemeral containers not allowed in pod template")]
      : []),
  ];
}

/** Pods that a ReplicaSet keeps alive never end by themselves. */
export function validateForever({ spec }: PodTemplate, path: string): FieldError[] {
  const { restartPolicy, activeDeadlineSeconds } = spec;
  const deadline = child(path, "spec.activeDeadlineSeconds");
  return [
    ...(restartPolicy === "Always" ? [] : [notSupported(child(path, "spec.restartPolicy"), restartPolicy, ["Always"])]),
    ...(activeDeadlineSeconds === undefined ? [] : [forbidden(deadline, "activeDeadlineSeconds in ReplicaSet is not Supported")]),
  ];
}
