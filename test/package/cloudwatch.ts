// CloudWatch for tests: whether an alarm of the template is in alarm over some values of metrics.

export interface Alarm {
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
  readonly Metrics?: readonly MetricQuery[];
  readonly Statistic?: string;
  readonly ExtendedStatistic?: string;
  readonly Period?: number;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
  readonly Threshold: number | string;
  readonly ComparisonOperator: string;
  readonly TreatMissingData: string;
}

interface MetricQuery {
  readonly Id: string;
  readonly Expression?: string;
  readonly MetricStat?: { readonly Metric: Alarm; readonly Period: number; readonly Stat: string };
}

/** One value of a metric, which is named with its dimensions by {@link metricName}. */
export interface Sample {
  readonly metric: string;
  readonly atSeconds: number;
  readonly value: number;
}

/** Names a metric with its dimensions, as an alarm refers to it. */
export function metricName({ Namespace, MetricName, Dimensions = [] }: Partial<Alarm>): string {
  return JSON.stringify([Namespace, MetricName, ...Dimensions.map(({ Name, Value }) => [Name, Value])]);
}

/** Says whether an alarm is in alarm at a time: over its last whole periods, silence as TreatMissingData says. */
export function isInAlarm(alarm: Alarm, samples: readonly Sample[], atSeconds: number): boolean {
  const periodSeconds = alarm.Period ?? alarm.Metrics?.find(({ MetricStat }) => MetricStat)?.MetricStat?.Period ?? 0;
  const end = Math.floor(atSeconds / periodSeconds);
  const breaches = Array.from({ length: alarm.EvaluationPeriods }, (_, index) => {
    const from = (end - 1 - index) * periodSeconds;
    const inPeriod = samples.filter((sample) => sample.atSeconds >= from && sample.atSeconds < from + periodSeconds);
    const value = valueOf(alarm, inPeriod);
    return value === undefined
      ? alarm.TreatMissingData === 'breaching'
      : compare(value, alarm.ComparisonOperator, Number(alarm.Threshold));
  });
  return breaches.filter(Boolean).length >= (alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods);
}

function valueOf(alarm: Alarm, samples: readonly Sample[]): number | undefined {
  const valuesOf = (name: string): number[] => samples.flatMap(({ metric, value }) => (metric === name ? [value] : []));
  if (alarm.Metrics === undefined) {
    return summarize(valuesOf(metricName(alarm)), alarm.Statistic ?? alarm.ExtendedStatistic ?? '');
  }
  const known = alarm.Metrics.flatMap(({ Id, MetricStat }) =>
    MetricStat === undefined
      ? []
      : [[Id, summarize(valuesOf(metricName(MetricStat.Metric)), MetricStat.Stat)] as const],
  );
  const expression = alarm.Metrics.find(({ Expression }) => Expression !== undefined)?.Expression ?? '';
  return calculate(expression, new Map(known));
}

function summarize(values: readonly number[], statistic: string): number | undefined {
  if (values.length === 0) return undefined;
  const sum = values.reduce((total, value) => total + value, 0);
  switch (statistic) {
    case 'Sum':
      return sum;
    case 'SampleCount':
      return values.length;
    case 'Average':
      return sum / values.length;
    case 'Minimum':
      return Math.min(...values);
    case 'Maximum':
      return Math.max(...values);
    case 'p95':
      return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1];
    default:
      throw new Error(`The statistic ${statistic} is not known here`);
  }
}

function compare(value: number, operator: string, threshold: number): boolean {
  switch (operator) {
    case 'GreaterThanThreshold':
      return value > threshold;
    case 'GreaterThanOrEqualToThreshold':
      return value >= threshold;
    case 'LessThanThreshold':
      return value < threshold;
    default:
      throw new Error(`The operator ${operator} is not known here`);
  }
}

/** The two forms of metric math that the alarms have; a period in which one of the metrics has no value has none. */
function calculate(expression: string, values: ReadonlyMap<string, number | undefined>): number | undefined {
  const [, divided = '', by = ''] = /^(\w+) \/ (\w+)$/.exec(expression) ?? [];
  if (divided !== '') return divide(values.get(divided), values.get(by));
  const form = /^IF\((\w+) >= (\d+), (\d+) \* (\w+) \/ (\w+), (\d+)\)$/;
  const [, tested = '', least, factor, part = '', whole = '', otherwise] = form.exec(expression) ?? [];
  if (tested === '') throw new Error(`The expression ${expression} is not known here`);
  const share = divide(values.get(part), values.get(whole));
  const test = values.get(tested);
  if (share === undefined || test === undefined) return undefined;
  return test >= Number(least) ? Number(factor) * share : Number(otherwise);
}

function divide(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || whole === undefined ? undefined : part / whole;
}
