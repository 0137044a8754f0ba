// What every function that calls the upstream is told of it, unless a deployment says otherwise.

/** Variable → value, as in the template. */
export const upstreamVariables = {
  SERVICE_NAME: 'qianfan-serverless-dev',
  LOG_LEVEL: 'info',
  UPSTREAM: 'qianfan-v1',
  QIANFAN_AUTH: 'access_token',
  QIANFAN_BASE_URL: 'https://aip.baidubce.com',
  MODELS: '{}',
  OPENAI_BASE_URL: 'https://qianfan.baidubce.com/v2',
  OPENAI_APPID: '',
  OPENAI_STOP_ITEMS: '4',
  OPENAI_PENALTY_NAME: '',
  OPENAI_KEY_SECRET_ID: '',
  BEARER_SECRET_ID: '',
  TOKEN_SECRET_ID: { Ref: 'TokenSecret' },
  TOKEN_REFRESH_FUNCTION: { Ref: 'TokenDashrefreshLambdaFunction' },
  QIANFAN_LLM_API_RETRY_TIMEOUT: '60',
  UPSTREAM_FIRST_EVENT_TIMEOUT: '',
  UPSTREAM_IDLE_TIMEOUT: '',
  UPSTREAM_TEXT_TIMEOUT: '300',
  UPSTREAM_CONNECT_TIMEOUT: '5',
} as const;
