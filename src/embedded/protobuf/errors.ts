/** What was sent is not what it says it is. */
export class MalformedError extends Error {
  override readonly name = "MalformedError";
}

/** What was sent may well be right, but what it means is not described here. */
export class UndescribedError extends Error {
  override readonly name = "UndescribedError";
}
