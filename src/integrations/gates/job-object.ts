import type { JobGate } from "../../api/accesspoint.ts";
import { API_VERSION, FIELD_MANAGER, MANAGED_BY_LABEL, OWNER_ANNOTATION, REVISION_ANNOTATION, UID_LABEL } from "../../api/kinds.ts";
import { milliseconds } from "../../api/meta.ts";
import type { KubeObject, ObjectMeta } from "../../api/resource.ts";
import { digest } from "../../domain/digest.ts";
import type { JobPlace } from "../../domain/rollout/checks.ts";
import type { Question } from "./ask.ts";

/** Always the same for the same gate in the same place, so that what a crash left is found. */
export function jobName({ name, uid = "" }: Pick<ObjectMeta, "name" | "uid">, { id, stage, cluster }: JobPlace): string {
  const start = `${name.slice(0, 30)}-${stage.slice(0, 20)}`.replaceAll(".", "-");
  return `${start}-${digest([uid, id, cluster], 10)}`;
}

/** The Job as it is created; cluster "": the hub. */
export function jobOf({ accessPoint, check }: Question, name: string, cluster: string): KubeObject {
  const { metadata, status } = accessPoint;
  const { template, timeout, ttl } = check.gate.job! as JobGate;
  const owner = `${metadata.namespace}/${metadata.name}`;
  const variables = [
    { name: "FAP_ACCESSPOINT", value: owner },
    { name: "FAP_REVISION", value: status.updateRevision ?? "" },
    { name: "FAP_STAGE", value: check.stage },
    { name: "FAP_CLUSTERS", value: cluster || check.clusters.map((member) => member.name).join(",") },
  ];
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name,
      namespace: metadata.namespace ?? "",
      labels: { ...template.metadata?.labels, [MANAGED_BY_LABEL]: FIELD_MANAGER, [UID_LABEL]: metadata.uid ?? "" },
      annotations: {
        ...template.metadata?.annotations,
        [OWNER_ANNOTATION]: owner,
        [REVISION_ANNOTATION]: status.updateRevision ?? "",
      },
      ...(cluster
        ? {}
        : {
            ownerReferences: [
              { apiVersion: API_VERSION, kind: "AccessPoint", name: metadata.name, uid: metadata.uid ?? "", controller: true },
            ],
          }),
    },
    spec: {
      activeDeadlineSeconds: seconds(timeout),
      ...withVariables(template.spec, variables),
      ttlSecondsAfterFinished: seconds(ttl),
    },
  };
}

const seconds = (duration: string): number => Math.max(1, Math.ceil(milliseconds(duration) / 1000));

type Json = Readonly<Record<string, unknown>>;
const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

/** The Job's spec with variables for each container; what the template sets itself under these names stays. */
function withVariables(spec: Json, variables: readonly { readonly name: string; readonly value: string }[]): Json {
  const pod = isJson(spec["template"]) ? spec["template"] : {};
  const podSpec = isJson(pod["spec"]) ? pod["spec"] : {};
  const given = (containers: unknown) =>
    Array.isArray(containers)
      ? containers.map((container: unknown) => {
          if (!isJson(container)) return container;
          const env = Array.isArray(container["env"]) ? container["env"] : [];
          const set = new Set(env.map((each: { readonly name?: unknown } | null) => each?.name));
          return { ...container, env: [...variables.filter(({ name }) => !set.has(name)), ...env] };
        })
      : containers;
  const lists = Object.fromEntries(
    ["initContainers", "containers"].filter((list) => list in podSpec).map((list) => [list, given(podSpec[list])]),
  );
  return { ...spec, template: { ...pod, spec: { ...podSpec, ...lists } } };
}
