import { ApiError } from "../status.ts";

/** A read asks for a state that the server has not reached. */
export const tooLarge = (wanted: number, current: number): ApiError =>
  new ApiError(504, "Timeout", `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });

/** Why a text is no resourceVersion; undefined when it is one, or none is given. */
export function revisionProblem(text: string): string | undefined {
  const shown = JSON.stringify(text);
  const parsing = `resourceVersion: Invalid value: ${shown}: strconv.ParseUint: parsing ${shown}`;
  if (text !== "" && !/^\d+$/.test(text)) return `${parsing}: invalid syntax`;
  return BigInt(text) >> 64n === 0n ? undefined : `${parsing}: value out of range`;
}
