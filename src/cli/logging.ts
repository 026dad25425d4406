import winston from "winston";

export interface LoggingOptions {
  readonly level: "error" | "warn" | "info" | "debug";
  readonly format: "json" | "text";
}

const MAX_STACK_LINES = 6;

/** An error as a log line holds it: what happened and why, without the objects that hang on it. */
function plainError(error: Error): object {
  const cause = error.cause instanceof Error ? `${error.cause.name}: ${error.cause.message}` : undefined;
  const known = error.name !== "Error" && error.name !== "TypeError";
  return {
    name: error.name,
    message: error.message,
    ...(cause ? { cause } : {}),
    ...(known
      ? {}
      : {
          stack: error.stack
            ?.split("\n")
            .slice(1, MAX_STACK_LINES)
            .map((line) => line.trim()),
        }),
  };
}

const errors = winston.format((info) => {
  for (const [key, value] of Object.entries(info)) {
    if (value instanceof Error) info[key] = plainError(value);
  }
  return info;
});

const text = winston.format.printf(({ timestamp, level, message, ...fields }) => {
  const shown = Object.entries(fields).map(
    ([key, value]) => `${key}=${typeof value === "object" ? JSON.stringify(value) : String(value)}`,
  );
  return [String(timestamp).slice(11, 23), level.toUpperCase().padEnd(5), message, ...shown].join(" ");
});

/** One line a fact, on standard error. */
export function createLogger({ level, format }: LoggingOptions): winston.Logger {
  return winston.createLogger({
    level,
    format: winston.format.combine(errors(), winston.format.timestamp(), format === "json" ? winston.format.json() : text),
    transports: [new winston.transports.Console({ stderrLevels: ["error", "warn", "info", "debug"] })],
  });
}
