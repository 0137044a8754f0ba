// What the OpenAI dialect is called.

/** Names the dialect, and tags what only its codecs can write again. */
export const openAiDialect = 'openai';
