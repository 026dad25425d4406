/** What was sent is not what it says it is. */
export class MalformedError extends Error {
  override readonly name = "MalformedError";
}
