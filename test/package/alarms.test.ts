// The alarms: what each looks at, from when on, and what silence means to it.
import { packageTemplates } from './package-service.ts';
import { resourceOf, resourcesOf } from './read-template.ts';
import type { Template } from './read-template.ts';

interface Alarm {
  readonly AlarmName: string;
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
  readonly Metrics?: readonly { readonly Expression?: string; readonly MetricStat?: { readonly Metric: Alarm } }[];
  readonly OKActions: unknown;
}

const ownNamespace = 'qianfan-serverless';
const ownDimensions = [{ Name: 'service', Value: 'qianfan-serverless-dev' }];
const lastFiveMinutes = { Period: 300, EvaluationPeriods: 1 };

let template: Template;
let bearerTemplate: Template;
let urlTemplate: Template;
let playgroundTemplate: Template;

beforeAll(async () => {
  ({ template, bearerTemplate, urlTemplate, playgroundTemplate } = await packageTemplates({
    template: { latencyAlarmSeconds: '45', queueAgeAlarmSeconds: '900' },
    bearerTemplate: { upstream: 'openai', qianfanAuth: 'none', openaiKey: 'bearer' },
    urlTemplate: { frontDoor: 'url' },
    playgroundTemplate: { playground: 'on' },
  }));
}, 60_000);

function alarmOf(id: string, from = template): Alarm {
  return resourceOf<Alarm>(from, 'AWS::CloudWatch::Alarm', id).Properties;
}

function alarmIdsOf(from: Template): readonly string[] {
  return Object.keys(resourcesOf(from, 'AWS::CloudWatch::Alarm')).toSorted();
}

describe('the alarms', () => {
  const functions = [
    ['Completion', 'CompletionLambdaFunction', 1],
    ['QueueWorker', 'QueueDashworkerLambdaFunction', 1],
    // One refresh at a time is meant to refuse the others for a while.
    ['TokenRefresh', 'TokenDashrefreshLambdaFunction', 3],
    ['Playground', 'PlaygroundLambdaFunction', 1],
  ] as const;

  it.each(functions)('tell of the first error of a function: %s', (name, id) => {
    expect(alarmOf(`${name}ErrorsAlarm`, playgroundTemplate)).toMatchObject({
      Namespace: 'AWS/Lambda',
      MetricName: 'Errors',
      Dimensions: [{ Name: 'FunctionName', Value: { Ref: id } }],
      Statistic: 'Sum',
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
      ...lastFiveMinutes,
    });
  });

  it.each(functions)('tell of throttles of a function: %s', (name, id, periods) => {
    expect(alarmOf(`${name}ThrottlesAlarm`, playgroundTemplate)).toMatchObject({
      Namespace: 'AWS/Lambda',
      MetricName: 'Throttles',
      Dimensions: [{ Name: 'FunctionName', Value: { Ref: id } }],
      Statistic: 'Sum',
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
      Period: 300,
      EvaluationPeriods: periods,
    });
  });

  it('tell when one request in twenty is slow', () => {
    expect(alarmOf('CompletionLatencyAlarm')).toMatchObject({
      Namespace: ownNamespace,
      MetricName: 'gen_ai.server.request.duration',
      Dimensions: ownDimensions,
      ExtendedStatistic: 'p95',
      Threshold: '45',
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      Period: 300,
      EvaluationPeriods: 3,
    });
  });

  it('tell of failed answers by the own count, for V1 clients get them with status 200', () => {
    const { Metrics = [], ...alarm } = alarmOf('FailedAnswersAlarm');
    expect(alarm).toMatchObject({ Threshold: 5, EvaluationPeriods: 3, TreatMissingData: 'notBreaching' });
    const metric = { Namespace: ownNamespace, MetricName: 'failed_completions', Dimensions: ownDimensions };
    expect(Metrics).toEqual([
      { Id: 'percentage', Expression: 'IF(completions >= 20, 100 * failed / completions, 0)' },
      // Each completion is a sample, 1 where it failed and 0 where it did not.
      { Id: 'completions', ReturnData: false, MetricStat: { Metric: metric, Period: 300, Stat: 'SampleCount' } },
      { Id: 'failed', ReturnData: false, MetricStat: { Metric: metric, Period: 300, Stat: 'Sum' } },
    ]);
  });

  it('tell of an outage by the share of messages that were tried in vain, however few there are', () => {
    expect(alarmOf('QueueFailuresAlarm')).toMatchObject({
      Namespace: ownNamespace,
      MetricName: 'queue.failures',
      Dimensions: ownDimensions,
      Statistic: 'Average',
      // The longest pause of a message.
      Period: 900,
      EvaluationPeriods: 3,
      DatapointsToAlarm: 2,
      Threshold: 0.5,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
    });
  });

  it('tell when 5 % of the answers of the front door have a status of 5XX', () => {
    const common = { Threshold: 0.05, EvaluationPeriods: 3, DatapointsToAlarm: 2, TreatMissingData: 'notBreaching' };
    expect(alarmOf('EndpointErrorsAlarm')).toMatchObject({
      ...common,
      Namespace: 'AWS/ApiGateway',
      MetricName: '5XXError',
      Dimensions: [
        { Name: 'ApiName', Value: 'qianfan-serverless-dev' },
        { Name: 'Stage', Value: { Ref: 'ApiStage' } },
      ],
      Statistic: 'Average',
    });
    const { Metrics = [], ...ofUrl } = alarmOf('EndpointErrorsAlarm', urlTemplate);
    expect(ofUrl).toMatchObject(common);
    expect(Metrics.map(({ Expression, MetricStat }) => Expression ?? MetricStat?.Metric)).toEqual([
      'failed / requests',
      ...['Url5xxCount', 'UrlRequestCount'].map((MetricName) => ({
        Namespace: 'AWS/Lambda',
        MetricName,
        Dimensions: [{ Name: 'FunctionName', Value: { Ref: 'CompletionLambdaFunction' } }],
      })),
    ]);
  });

  it.each([
    ['QueueAgeAlarm', 'ApproximateAgeOfOldestMessage', 'RequestsQueue', '900'],
    ['DeadLettersAlarm', 'ApproximateNumberOfMessagesVisible', 'DeadLetterQueue', 0],
    ['FailedRefreshesAlarm', 'ApproximateNumberOfMessagesVisible', 'FailedRefreshesQueue', 0],
  ])('tell of the queues: %s', (id, metric, queue, threshold) => {
    expect(alarmOf(id)).toMatchObject({
      Namespace: 'AWS/SQS',
      MetricName: metric,
      Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [queue, 'QueueName'] } }],
      Statistic: 'Maximum',
      Threshold: threshold,
      ComparisonOperator: 'GreaterThanThreshold',
      // SQS stops counting what has been empty for some hours.
      TreatMissingData: 'notBreaching',
      ...lastFiveMinutes,
    });
  });

  it('tell of the first refresh that failed', () => {
    expect(alarmOf('RefreshFailuresAlarm')).toMatchObject({
      Namespace: ownNamespace,
      MetricName: 'token.refresh_failures',
      Dimensions: ownDimensions,
      Statistic: 'Sum',
      Threshold: 1,
      TreatMissingData: 'notBreaching',
      ...lastFiveMinutes,
    });
  });

  it('tell of limits that were not applied, three times in five minutes', () => {
    expect(alarmOf('LimitStoreFailuresAlarm')).toMatchObject({
      Namespace: ownNamespace,
      MetricName: 'limit_store_failures',
      Dimensions: ownDimensions,
      Statistic: 'Sum',
      Threshold: 3,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
      ...lastFiveMinutes,
    });
  });

  it('tell of the first value by which a token lives for less than 7 days, or 3 of a week, and when nobody knows', () => {
    const common = {
      Namespace: ownNamespace,
      Statistic: 'Minimum',
      // Twice as long as a value takes to come: there is always one in it, and one is enough.
      Period: 2 * 86_400,
      EvaluationPeriods: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    };
    expect(alarmOf('AccessTokenExpiresAlarm')).toMatchObject({
      ...common,
      MetricName: 'access_token.expires_in',
      Threshold: 7 * 86_400,
    });
    expect(alarmOf('AccessTokenExpiresAlarm')).not.toHaveProperty('DatapointsToAlarm');
    expect(alarmOf('BearerTokenExpiresAlarm', bearerTemplate)).toMatchObject({
      ...common,
      MetricName: 'bearer_token.expires_in',
      Threshold: 3 * 86_400,
    });
  });

  it('are those, and a token has one only where it is used', () => {
    const always = [
      'CompletionErrorsAlarm',
      'CompletionLatencyAlarm',
      'CompletionThrottlesAlarm',
      'DeadLettersAlarm',
      'EndpointErrorsAlarm',
      'FailedAnswersAlarm',
      'FailedRefreshesAlarm',
      'LimitStoreFailuresAlarm',
      'QueueAgeAlarm',
      'QueueFailuresAlarm',
      'QueueWorkerErrorsAlarm',
      'QueueWorkerThrottlesAlarm',
      'RefreshFailuresAlarm',
      'TokenRefreshErrorsAlarm',
      'TokenRefreshThrottlesAlarm',
    ];
    expect(alarmIdsOf(template)).toEqual(['AccessTokenExpiresAlarm', ...always]);
    expect(alarmIdsOf(bearerTemplate)).toEqual(['BearerTokenExpiresAlarm', ...always]);
    expect(alarmIdsOf(playgroundTemplate)).toEqual(
      ['AccessTokenExpiresAlarm', 'PlaygroundErrorsAlarm', 'PlaygroundThrottlesAlarm', ...always].toSorted(),
    );
  });

  it('tell when it is over, too', () => {
    for (const id of alarmIdsOf(template)) expect(alarmOf(id).OKActions).toEqual([{ Ref: 'AlarmTopic' }]);
  });
});
