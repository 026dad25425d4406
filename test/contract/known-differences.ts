/** Cases in which the embedded server is known to answer otherwise than the real one, by group, and why. */
export const knownDifferences: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  jobs: {
    // The code, the field and the reason are the same. The controller never changes a Job, and kubectl prints what it is told.
    "another template":
      "the refusal shows the template in JSON, the real one by the names of its internal types, of which nothing is told elsewhere",
  },
};
