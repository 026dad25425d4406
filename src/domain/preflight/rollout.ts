import type { AccessPointSpec } from "../../api/accesspoint.ts";
import type { Finding } from "../finding.ts";
import { REMOVAL } from "../rollout/gates.ts";
import { stageNames } from "../rollout/plan.ts";
import { checkWindows } from "../rollout/windows.ts";

type Spec = Pick<AccessPointSpec, "overrides" | "rollout">;

/** Everything that is wrong with the way a change is to take, whatever clusters it goes to. */
export const checkRollout = (spec: Spec): readonly Finding[] => [
  ...unknownStages(spec),
  ...reservedNames(spec),
  ...checkWindows(spec.rollout),
];

const reservedNames = ({ rollout: { stages = [], beforeRemoval = [] } }: Spec): readonly Finding[] =>
  stages.flatMap(({ name }, index) =>
    name === REMOVAL && beforeRemoval.length > 0
      ? [
          {
            reason: "InvalidSpec",
            field: `spec.rollout.stages[${index}].name`,
            message: `${REMOVAL} is what RolloutApprovals call the last step, which spec.rollout.beforeRemoval has gates for; give the stage another name`,
          },
        ]
      : [],
  );

function unknownStages({ overrides = [], rollout }: Spec): readonly Finding[] {
  const known = stageNames(rollout);
  const has = `${known.join(", ") || "none"}${rollout.stages ? "" : ", because spec.rollout.stages is not set"}`;
  return overrides.flatMap(({ name, stages = [] }, index) =>
    stages
      .filter((stage) => !known.includes(stage))
      .map((stage) => ({
        reason: "UnknownStage",
        field: `spec.overrides[${index}].stages`,
        message: `override ${name} is bound to stage ${JSON.stringify(stage)}, which the rollout does not have; its stages are ${has}`,
      })),
  );
}
