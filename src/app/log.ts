import pino, { type DestinationStream, type Logger } from "pino";

/**
 * The log. An error is its name, code, message and stack: the objects that libraries hang on errors hold connections, and with
 * them secrets.
 */
export function createLog(level: string, destination: DestinationStream): Logger {
  return pino({ level, serializers: { err: plainError }, redact: ["*.authorization", "*.token", "*.key"] }, destination);
}

function plainError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = "code" in error ? String(error.code) : undefined;
  return {
    type: error.name,
    code,
    message: error.message,
    stack: error.stack,
    ...(error.cause instanceof Error ? { cause: plainError(error.cause) } : {}),
  };
}
