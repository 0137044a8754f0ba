// The name of the OpenAI dialect.

/** Names the dialect, and tags what only its codecs can write again. */
export const openAiDialect = 'openai';
