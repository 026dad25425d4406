/** Cases in which the embedded server is known to answer otherwise than the real one, by group, and why. */
export const knownDifferences: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  jobs: {
    "another template": "the refusal shows the template in JSON, the real one by the names of its internal types",
  },
  protobuf: {
    "an object of an unknown kind":
      "what reads protobuf knows only the kinds that are described to it, and refuses all others alike",
    "a field that is not known": "the real one describes every field, this one some: what it cannot read it refuses, not drops",
  },
};
