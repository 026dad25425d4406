/** Cases in which the embedded server is known to answer otherwise than the real one, by group, and why. */
export const knownDifferences: Readonly<Record<string, Readonly<Record<string, string>>>> = {};
