// Where operators look and are told: the dashboard, the topic of the alarms, and the metrics these share with the code.
import { packageTemplates } from './package-service.ts';
import { resourceOf, resourcesOf } from './read-template.ts';
import type { Template } from './read-template.ts';
import { collectOwnMetricNames } from './own-metrics.ts';

interface Alarm {
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Metrics?: readonly { readonly MetricStat?: { readonly Metric: Alarm } }[];
}

interface Widget {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: { readonly region: string; readonly title: string; readonly metrics: readonly MetricRow[] };
}

type MetricRow = readonly (string | Readonly<Record<string, unknown>>)[];

const ownNamespace = 'qianfan-serverless';

let template: Template;
let bearerTemplate: Template;

beforeAll(async () => {
  ({ template, bearerTemplate } = await packageTemplates({
    template: { alarmEmail: 'on.call@mail.example.com' },
    bearerTemplate: { qianfanAuth: 'iam', openaiKey: 'bearer' },
  }));
}, 60_000);

describe('the dashboard', () => {
  it('is drawn without an overlap, in the region it is deployed to', () => {
    const widgets = readWidgets(template);
    const cells = widgets.flatMap(({ x, y, width, height }) =>
      Array.from({ length: width * height }, (_, index) => `${x + (index % width)},${y + Math.floor(index / width)}`),
    );
    expect(widgets).toHaveLength(7);
    expect(new Set(cells).size).toBe(cells.length);
    for (const { x, width, properties } of widgets) {
      expect(x + width).toBeLessThanOrEqual(24);
      expect(properties.region).toBe('<AWS::Region>');
      expect(properties.title).not.toBe('');
    }
    expect(Object.keys(template.Outputs)).toContain('DashboardUrl');
  });
});

describe('the topic', () => {
  it('takes messages from the alarms of this account', () => {
    expect(resourceOf(template, 'AWS::SNS::TopicPolicy', 'AlarmTopicPolicy').Properties).toEqual({
      Topics: [{ Ref: 'AlarmTopic' }],
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Action: 'sns:Publish',
            Resource: { Ref: 'AlarmTopic' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
        ],
      },
    });
    expect(template.Outputs['AlarmTopicArn']?.Value).toEqual({ Ref: 'AlarmTopic' });
  });

  it('sends mails where an address is given', () => {
    expect(Object.values(resourcesOf(template, 'AWS::SNS::Subscription'))).toEqual([
      { TopicArn: { Ref: 'AlarmTopic' }, Protocol: 'email', Endpoint: 'on.call@mail.example.com' },
    ]);
    expect(resourcesOf(bearerTemplate, 'AWS::SNS::Subscription')).toEqual({});
  });
});

describe('the own metrics', () => {
  it('of alarms and dashboard are those that the code counts', async () => {
    const ofAlarms = [template, bearerTemplate]
      .flatMap((from) => Object.values(resourcesOf<Alarm>(from, 'AWS::CloudWatch::Alarm')))
      .flatMap((alarm) => [alarm, ...(alarm.Metrics ?? []).flatMap(({ MetricStat }) => MetricStat?.Metric ?? [])])
      .flatMap(({ Namespace, MetricName }) => (Namespace === ownNamespace ? [String(MetricName)] : []));
    const ofDashboard = readWidgets(template).flatMap(readMetricNames);
    const counted = await collectOwnMetricNames();
    expect(counted).toEqual(expect.arrayContaining(ofAlarms));
    // And nothing is counted that nobody can see.
    expect([...new Set(ofDashboard)].toSorted()).toEqual(counted);
  });
});

/** Parses the dashboard as CloudWatch does, after Fn::Sub has put a text for each reference. */
function readWidgets(from: Template): readonly Widget[] {
  const { DashboardBody } = resourceOf<{ readonly DashboardBody: { readonly 'Fn::Sub': string } }>(
    from,
    'AWS::CloudWatch::Dashboard',
    'Dashboard',
  ).Properties;
  const body = DashboardBody['Fn::Sub'].replaceAll(/\$\{([^}]+)\}/g, '<$1>');
  return (JSON.parse(body) as { readonly widgets: readonly Widget[] }).widgets;
}

/** Returns the own metrics of a widget, whose rows repeat the row before by `.` and `...`. */
function readMetricNames({ properties }: Widget): readonly string[] {
  let before: MetricRow = [];
  return properties.metrics.flatMap((row) => {
    if (typeof row[0] !== 'string') return [];
    if (row[0] !== '...') before = row.map((field, index) => (field === '.' ? (before[index] ?? '') : field));
    const [namespace, name, dimension, service] = before;
    if (namespace !== ownNamespace || typeof name !== 'string') return [];
    expect([dimension, service]).toEqual(['service', 'qianfan-serverless-dev']);
    return [name];
  });
}
