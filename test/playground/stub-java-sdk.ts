// The part of the Qianfan SDK for Java 0.1.6 that the samples use, by its signatures alone.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const classes: Readonly<Record<string, string>> = {
  'com/baidubce/qianfan/Qianfan': `public class Qianfan {
    public Qianfan(String id, String secret) {}
    public com.baidubce.qianfan.core.builder.CompletionBuilder completion() { return null; }
  }`,
  'com/baidubce/qianfan/core/StreamIterator': `public abstract class StreamIterator<T> implements java.util.Iterator<T>, java.io.Closeable {
    @Override public void close() throws java.io.IOException {}
  }`,
  'com/baidubce/qianfan/core/builder/CompletionBuilder': `public class CompletionBuilder {
    public CompletionBuilder model(String model) { return this; }
    public CompletionBuilder endpoint(String endpoint) { return this; }
    public CompletionBuilder userId(String userId) { return this; }
    public CompletionBuilder prompt(String prompt) { return this; }
    public CompletionBuilder temperature(Double temperature) { return this; }
    public CompletionBuilder topK(Integer topK) { return this; }
    public CompletionBuilder topP(Double topP) { return this; }
    public CompletionBuilder penaltyScore(Double penaltyScore) { return this; }
    public CompletionBuilder stop(java.util.List<String> stop) { return this; }
    public com.baidubce.qianfan.model.completion.CompletionResponse execute() { return null; }
    public com.baidubce.qianfan.core.StreamIterator<com.baidubce.qianfan.model.completion.CompletionResponse> executeStream() { return null; }
  }`,
  'com/baidubce/qianfan/model/completion/CompletionResponse': `public class CompletionResponse {
    public String getResult() { return null; }
  }`,
};

/** Writes the classes below a directory, as sources. */
export function stubJavaSdk(directory: string): void {
  for (const [name, body] of Object.entries(classes)) {
    const path = join(directory, `${name}.java`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `package ${dirname(name).replaceAll('/', '.')};\n\n${body}\n`);
  }
}
