// What the V1 dialect is called.

/** Names the dialect, and tags what only its codecs can write again. */
export const qianfanV1Dialect = 'qianfan-v1';
