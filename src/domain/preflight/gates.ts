import type { AccessPointSpec, GateSpec } from "../../api/accesspoint.ts";
import type { Finding } from "../finding.ts";
import { unknownNames } from "../rollout/query.ts";

/** Gates stand in status as long as their run lasts; all of them together. Bytes of JSON. */
const MAX_GATES_BYTES = 64 * 1024;

/** What is wrong with the gates of a rollout, beyond what their schema says. */
export function checkGates({ stages = [], beforeRemoval = [] }: AccessPointSpec["rollout"]): readonly Finding[] {
  const gates = stages.flatMap((stage, index) =>
    (["before", "after"] as const).flatMap((side) =>
      (stage[side] ?? []).map((gate, position) => ({ gate, field: `spec.rollout.stages[${index}].${side}[${position}]` })),
    ),
  );
  const size = Buffer.byteLength(JSON.stringify(gates.map(({ gate }) => gate)));
  return [
    ...gates.flatMap(({ gate, field }) => [...unknownVariable(gate, field), ...noContainers(gate, field)]),
    ...beforeRemoval.flatMap((gate, index) => unasked(gate, `spec.rollout.beforeRemoval[${index}]`)),
    ...(size > MAX_GATES_BYTES ? [tooLarge(size)] : []),
  ];
}

const invalid = (field: string, message: string): Finding => ({ reason: "InvalidGate", field, message });

const unknownVariable = ({ metric }: GateSpec, field: string): readonly Finding[] =>
  unknownNames(metric?.query ?? "").map((name) =>
    invalid(
      `${field}.metric.query`,
      `\${${name}}: there is \${stage}, \${revision}, \${accesspoint.name}, \${accesspoint.namespace}, \${cluster.name}, \${cluster.zone}, \${cluster.region} and \${cluster.labels['key']}; write $\${${name}} for the text itself`,
    ),
  );

function noContainers({ job }: GateSpec, field: string): readonly Finding[] {
  if (!job) return [];
  const pod = job.template.spec["template"] as { readonly spec?: { readonly containers?: unknown } } | undefined;
  const containers = pod?.spec?.containers;
  if (Array.isArray(containers) && containers.length > 0) return [];
  return [invalid(`${field}.job.template.spec`, "a Job runs something: template.spec.containers needs at least one container")];
}

/** A removal is no stage: nobody asks the world about it. */
const unasked = ({ type }: GateSpec, field: string): readonly Finding[] =>
  type === "Approval" || type === "Wait"
    ? []
    : [
        invalid(
          field,
          `a ${type} cannot stand before a removal; use Approval or Wait there, and a ${type} before or after a stage`,
        ),
      ];

const tooLarge = (size: number): Finding =>
  invalid(
    "spec.rollout.stages",
    `the gates are ${Math.ceil(size / 1024)} KiB in all, and at most ${MAX_GATES_BYTES / 1024} KiB can be kept: let Jobs take what is long from a ConfigMap or an image`,
  );
