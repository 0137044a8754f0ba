// Structured logs: one JSON object per line, on standard output.

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** A value that CloudWatch is to count. */
export interface Metric {
  readonly value: number;
  readonly unit: 'Count' | 'Seconds';
}

/** By metric name; undefined values are left out. */
export type Metrics = Readonly<Record<string, Metric | undefined>>;

/** Writes one line. Its metrics are counted even if the line itself is below the minimum level. */
export type Log = (level: LogLevel, message: string, fields: LogFields, metrics?: Metrics) => void;

/** One more of something. */
export const countOne: Metric = { value: 1, unit: 'Count' };

const ranks: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** The namespace of all metrics in CloudWatch. */
const namespace = 'qianfan-serverless';

/**
 * Creates a logger that drops what is below `minimumLevel`.
 *
 * Metrics become part of the line, in CloudWatch's embedded metric format
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html),
 * with the one dimension `service`. Without a service name, as on a laptop, they are left out.
 */
export function createLogger(minimumLevel: LogLevel, serviceName?: string): Log {
  return (level, message, fields, metrics = {}) => {
    const embedded = serviceName === undefined ? {} : embedMetrics(metrics, serviceName);
    const isLogged = ranks[level] >= ranks[minimumLevel];
    if (!isLogged && !('_aws' in embedded)) return;
    const line = isLogged ? { level, message, time: new Date().toISOString(), ...fields } : {};
    process.stdout.write(`${JSON.stringify({ ...line, ...embedded })}\n`);
  };
}

function embedMetrics(metrics: Metrics, service: string): object {
  const entries = Object.entries(metrics).flatMap(([name, metric]) => (metric === undefined ? [] : [{ name, metric }]));
  if (entries.length === 0) return {};
  const definitions = entries.map(({ name, metric }) => ({ Name: name, Unit: metric.unit }));
  return {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [{ Namespace: namespace, Dimensions: [['service']], Metrics: definitions }],
    },
    service,
    ...Object.fromEntries(entries.map(({ name, metric }) => [name, metric.value])),
  };
}

/**
 * Describes an error for a log: names, codes and stack frames of it and its causes. Messages stay out, because an
 * upstream or a parser may have put a text or a key into them.
 */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  for (let current = error; Error.isError(current) && parts.length < 5; current = current.cause) {
    const code = 'code' in current && typeof current.code === 'string' ? `[${current.code}]` : '';
    // The stack begins with the message, which may hold anything, even lines that look like frames.
    const { stack = '', message } = current;
    const frames = stack
      .slice(stack.indexOf(message) + message.length)
      .split('\n')
      .filter((line) => /^\s+at /.test(line));
    parts.push([`${current.name}${code}`, ...frames.slice(0, 8).map((frame) => frame.trim())].join(' | '));
  }
  return parts.join(' <- ');
}
