import { type Attributes, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { Span, Trace } from "../engine/trace.ts";

/** Spans to an OpenTelemetry collector over OTLP/HTTP. Loaded only when there is one: it is the largest of our packages. */
const KINDS = { server: SpanKind.SERVER, internal: SpanKind.INTERNAL, client: SpanKind.CLIENT };

/** `endpoint`: as OTEL_EXPORTER_OTLP_ENDPOINT has it, without the path. A collector that is away loses spans and nothing else. */
export function startTracing({ endpoint }: { endpoint: string }): Trace & { stop(): Promise<void> } {
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, "")}/v1/traces` });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": "countersign" }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer("countersign");
  return {
    record({ name, kind, parent, startMs, endMs, attributes, failed }) {
      const context = parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, spanContextOf(parent));
      const options = { kind: KINDS[kind], startTime: startMs, attributes: attributes as Attributes };
      const span = tracer.startSpan(name, options, context);
      if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(endMs);
    },
    stop: () => provider.shutdown().catch(() => {}),
  };
}

function spanContextOf(traceparent: NonNullable<Span["parent"]>) {
  const [, traceId = "", spanId = "", flags = "00"] = traceparent.split("-");
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}
