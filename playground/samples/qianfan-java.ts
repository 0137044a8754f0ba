// The call with the Qianfan SDK for Java.
import type { JsonValue } from '../call/body.ts';
import { findPreset, qianfanSecrets, quote } from './sample.ts';
import type { Sample, SampleCall } from './sample.ts';

/** The methods of its builder, and whether they take a Double. */
const methods: Readonly<Record<string, { readonly name: string; readonly isDouble?: true }>> = {
  temperature: { name: 'temperature', isDouble: true },
  top_k: { name: 'topK' },
  top_p: { name: 'topP', isDouble: true },
  penalty_score: { name: 'penaltyScore', isDouble: true },
  stop: { name: 'stop' },
  user_id: { name: 'userId' },
};

export const qianfanJavaSample: Sample = {
  id: 'qianfan-java',
  label: 'Qianfan · Java',
  dialect: 'v1',
  fileName: 'Main.java',
  install: 'com.baidubce:qianfan:0.1.6 (Maven, Gradle)',
  run: 'mvn -q compile exec:java -Dexec.mainClass=Main',
  secrets: () => qianfanSecrets,
  write,
  findLeftOut: ({ parameters }) => Object.keys(parameters).filter((name) => !(name in methods)),
};

function write(call: SampleCall): string {
  const { gatewayUrl, stream, prompt, parameters, endpoint } = call;
  const preset = findPreset(call);
  const steps = [
    preset === undefined ? `endpoint(${quote(endpoint)})` : `model(${quote(preset)})`,
    `prompt(${quote(prompt)})`,
    ...Object.entries(parameters).flatMap(([name, value]) => {
      const method = methods[name];
      return method === undefined ? [] : [`${method.name}(${writeJava(value, method.isDouble ?? false)})`];
    }),
  ];
  const builder = `qianfan.completion()\n${steps.map((step) => `                .${step}`).join('\n')}`;
  const hasStop = 'stop' in parameters;
  const imports = [
    ...(hasStop ? ['java.util.Arrays', ''] : []),
    'com.baidubce.qianfan.Qianfan',
    ...(stream ? ['com.baidubce.qianfan.core.StreamIterator'] : []),
    'com.baidubce.qianfan.model.completion.CompletionResponse',
  ];
  return `// The SDK takes the address of the gateway from the environment:
//   export QIANFAN_BASE_URL=${gatewayUrl} QIANFAN_CONSOLE_API_BASE_URL=${gatewayUrl}
${imports.map((name) => (name === '' ? '' : `import ${name};`)).join('\n')}

public class Main {
    public static void main(String[] args) throws Exception {
        Qianfan qianfan = new Qianfan(System.getenv("QIANFAN_ACCESS_KEY"), System.getenv("QIANFAN_SECRET_KEY"));

${stream ? writeStream(builder) : writeWhole(builder)}    }
}
`;
}

function writeWhole(builder: string): string {
  return `        CompletionResponse answer = ${builder}
                .execute();
        System.out.println(answer.getResult());
`;
}

function writeStream(builder: string): string {
  return `        try (StreamIterator<CompletionResponse> stream = ${builder}
                .executeStream()) {
            while (stream.hasNext()) {
                String text = stream.next().getResult();
                // The first of the two frames that report an error has no text; the next call throws.
                if (text != null) {
                    System.out.print(text);
                }
            }
        }
        System.out.println();
`;
}

function writeJava(value: JsonValue, isDouble: boolean): string {
  if (Array.isArray(value)) return `Arrays.asList(${value.map((item) => quote(String(item))).join(', ')})`;
  if (typeof value === 'string') return quote(value);
  const text = JSON.stringify(value);
  return isDouble && /^-?\d+$/.test(text) ? `${text}.0` : text;
}
