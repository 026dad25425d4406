import type { Pass } from "./world.ts";

/** What is wrong with what came of stages that make no sense: 4, a state that breaks a rule is refused, not repaired by guessing. */
export function spoiltViolation({ before, next: { state, removing } }: Pass): string | undefined {
  const given = [...state.entries.values()].find(({ name, revision, variant, startedAt }) => {
    const old = before.entries.get(name);
    return revision !== old?.revision || variant !== old?.variant || startedAt !== old?.startedAt;
  });
  if (given) return `4: ${given.name} is given ${given.revision} although the stages make no sense`;
  if (removing.size > 0) return `4: ${[...removing].join(", ")} is removed although the stages make no sense`;
  if (JSON.stringify(state.rollout?.stages) !== JSON.stringify(before.rollout?.stages))
    return "4: stages that make no sense are repaired";
  return state.rollout?.failure ? `4: stages that make no sense let it fail: ${state.rollout.failure.message}` : undefined;
}
