/**
 * Receives the spans that the processes of the hub under test export: OTLP over HTTP, encoded as
 * opentelemetry/proto/trace/v1/trace.proto has it.
 *
 *     ExportTraceServiceRequest = { resource_spans = 1 { resource = 1, scope_spans = 2 { spans = 2 } } }
 *     Resource = { attributes = 1 { key = 1, value = 2 { string_value = 1 } } }
 *     Span = { trace_id = 1, span_id = 2, parent_span_id = 4, name = 5, … }
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';

interface Span {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first one of a trace. */
  readonly parentSpanId: string;
}

export class TraceCollector {
  readonly spans: Span[] = [];

  private constructor(private readonly server: Server) {}

  /** @param port of loopback, where the processes were told to export to */
  static async start(port: number): Promise<TraceCollector> {
    const server = createServer();
    const collector = new TraceCollector(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        collector.spans.push(...decodeSpans(Buffer.concat(chunks)));
        response.writeHead(200, { 'Content-Type': 'application/x-protobuf' }).end();
      });
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return collector;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

function decodeSpans(request: Buffer): Span[] {
  return fieldsOf(request, 1).flatMap((resourceSpans) => {
    const [resource = Buffer.alloc(0)] = fieldsOf(resourceSpans, 1);
    const attributes = fieldsOf(resource, 1).map((attribute) => {
      const value = fieldsOf(attribute, 2).flatMap((any) => fieldsOf(any, 1));
      return [String(fieldsOf(attribute, 1)[0]), String(value[0])] as const;
    });
    const service = new Map(attributes).get('service.name') ?? '';
    return fieldsOf(resourceSpans, 2)
      .flatMap((scopeSpans) => fieldsOf(scopeSpans, 2))
      .map((span) => toSpan(service, span));
  });
}

function toSpan(service: string, span: Buffer): Span {
  const [traceId, spanId, parentSpanId] = [1, 2, 4].map(
    (field) => fieldsOf(span, field)[0]?.toString('hex') ?? '',
  );
  return {
    service,
    name: String(fieldsOf(span, 5)[0]),
    traceId: traceId ?? '',
    spanId: spanId ?? '',
    parentSpanId: parentSpanId ?? '',
  };
}

/** The length-delimited fields of a protobuf message that bear the number, in their order. */
function fieldsOf(message: Buffer, wanted: number): Buffer[] {
  const found: Buffer[] = [];
  let position = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[position++] ?? 0;
      value += (byte % 128) * factor;
      if (byte < 128) {
        return value;
      }
    }
  };
  const lengths: Readonly<Record<number, () => number>> = { 1: () => 8, 2: varint, 5: () => 4 };
  while (position < message.length) {
    const tag = varint();
    const lengthOf = lengths[tag % 8];
    if (lengthOf === undefined) {
      varint();
      continue;
    }
    const length = lengthOf();
    if (Math.floor(tag / 8) === wanted) {
      found.push(message.subarray(position, position + length));
    }
    position += length;
  }
  return found;
}
