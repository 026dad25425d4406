import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that start API servers of their own, and of them those that tell the most, so that none is begun when all others have ended. */
const LONG = [/test\/e2e\//, /\/real\.test\.ts$/, /\/(ci|contract|walk)\.test\.ts$/, /\/embedded\.test\.ts$/, /simulator/];

/** The order of test files where it is not known yet how long each of them takes, as on a fresh clone. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

const rank = ({ moduleId }: TestSpecification): number => {
  const found = LONG.findIndex((pattern) => pattern.test(moduleId));
  return found < 0 ? LONG.length : found;
};
