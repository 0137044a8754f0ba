// The name of the V1 dialect.

/** Names the dialect, and tags what only its codecs can write again. */
export const qianfanV1Dialect = 'qianfan-v1';
