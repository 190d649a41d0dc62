import { NO_TRACE, type Trace } from "../engine/trace.ts";

/** Spans for whoever wants them. Their packages are the largest of ours, so they are only loaded then. */
export async function openTrace(otlpUrl: string | null, onStop: (stop: () => Promise<void>) => void): Promise<Trace> {
  if (otlpUrl === null) return NO_TRACE;
  const { startTracing } = await import("../outbound/tracing.ts");
  const tracing = startTracing({ endpoint: otlpUrl });
  onStop(tracing.stop);
  return tracing;
}
