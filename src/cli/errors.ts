/** Files, or what is in them, that cannot be used; the message names the place. */
export class PreviewError extends Error {
  override readonly name = "PreviewError";
}

/** A step of the demo that did not come to its end. */
export class DemoError extends Error {
  override readonly name = "DemoError";
  readonly exitCode: number;

  constructor(message: string, exitCode = 1, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
