// The official Node SDK on the gateway: npm install && npm start
import { Completions } from '@baiducloud/qianfan';

const baseUrl = process.env.QIANFAN_BASE_URL ?? 'http://127.0.0.1:8787';

const client = new Completions({
  QIANFAN_BASE_URL: baseUrl,
  QIANFAN_CONSOLE_API_BASE_URL: baseUrl,
  // IAM keys: the SDK signs each request. For OAuth name them QIANFAN_AK and QIANFAN_SK instead.
  QIANFAN_ACCESS_KEY: process.env.QIANFAN_ACCESS_KEY ?? 'demo',
  QIANFAN_SECRET_KEY: process.env.QIANFAN_SECRET_KEY ?? 'demo-secret',
  // Endpoint: 'lbwxxxd4_starcoder', calls a service you published; leave out the model below then.
});

const prompt = 'In Bash, how do I list all text files?';
const model = 'CodeLlama-7b-Instruct';

/** The SDK throws most errors, but returns "too many requests" and "overloaded" as if they were answers. */
function checkAnswer(answer) {
  if (answer.error_code !== undefined) throw new Error(`${answer.error_code}: ${answer.error_msg}`);
  return answer;
}

const answer = checkAnswer(await client.completions({ prompt }, model));
process.stdout.write(`${answer.result}\n`);

const stream = checkAnswer(await client.completions({ prompt, stream: true }, model));
for await (const frame of stream) process.stdout.write(frame.result);
process.stdout.write('\n');
