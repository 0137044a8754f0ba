// The call with the Qianfan SDK for Go.
import type { JsonValue } from '../call/body.ts';
import { findPreset, qianfanSecrets, quote } from './sample.ts';
import type { Sample, SampleCall } from './sample.ts';

/** The fields of its request. */
const fields: Readonly<Record<string, string>> = {
  temperature: 'Temperature',
  top_k: 'TopK',
  top_p: 'TopP',
  penalty_score: 'PenaltyScore',
  stop: 'Stop',
  user_id: 'UserID',
  max_output_tokens: 'MaxOutputTokens',
};

export const qianfanGoSample: Sample = {
  id: 'qianfan-go',
  label: 'Qianfan · Go',
  dialect: 'v1',
  fileName: 'main.go',
  install: 'go mod init completion && go get github.com/baidubce/bce-qianfan-sdk/go/qianfan@v0.0.15',
  run: 'go run .',
  secrets: () => qianfanSecrets,
  write,
  // A field that is zero is not sent.
  findLeftOut: ({ parameters }) =>
    Object.entries(parameters).flatMap(([name, value]) => (name in fields && value !== 0 ? [] : [name])),
};

function write(call: SampleCall): string {
  const { gatewayUrl, stream, prompt, parameters, endpoint } = call;
  const preset = findPreset(call);
  const model = preset === undefined ? `WithEndpoint(${quote(endpoint)})` : `WithModel(${quote(preset)})`;
  const entries = Object.entries({ prompt, ...parameters }).flatMap(([name, value]): [string, string][] => {
    const field = name === 'prompt' ? 'Prompt' : fields[name];
    return field === undefined ? [] : [[`${field}:`, writeGo(value)]];
  });
  const width = Math.max(...entries.map(([field]) => field.length));
  const request = entries.map(([field, value]) => `\t\t${field.padEnd(width)} ${value},`).join('\n');
  return `package main

import (
\t"context"
\t"fmt"
\t"log"
\t"os"

\t"github.com/baidubce/bce-qianfan-sdk/go/qianfan"
)

func main() {
\t// The SDK reads its settings at its first use; the keys are in QIANFAN_ACCESS_KEY and QIANFAN_SECRET_KEY.
\tos.Setenv("QIANFAN_BASE_URL", ${quote(gatewayUrl)})
\tos.Setenv("QIANFAN_CONSOLE_BASE_URL", ${quote(gatewayUrl)})

\tcompletion := qianfan.NewCompletion(qianfan.${model})
\trequest := &qianfan.CompletionRequest{
${request}
\t}

${stream ? streaming : whole}}
`;
}

const whole = `\tanswer, err := completion.Do(context.Background(), request)
\tif err != nil {
\t\tlog.Fatal(err)
\t}
\tfmt.Println(answer.Result)
`;

const streaming = `\tstream, err := completion.Stream(context.Background(), request)
\tif err != nil {
\t\tlog.Fatal(err)
\t}
\tfor {
\t\tframe, err := stream.Recv()
\t\tif err != nil {
\t\t\tlog.Fatal(err)
\t\t}
\t\tif stream.IsEnd {
\t\t\tbreak
\t\t}
\t\tfmt.Print(frame.Result)
\t}
\tfmt.Println()
`;

function writeGo(value: JsonValue): string {
  if (Array.isArray(value)) return `[]string{${value.map((item) => quote(String(item))).join(', ')}}`;
  return typeof value === 'string' ? quote(value) : JSON.stringify(value);
}
