// The names that OpenAI-compatible servers have for the penalty of repetitions.

/** Qianfan's name, that of vLLM and SGLang, and that of llama.cpp and Ollama. All three multiply. */
export const penaltyNames = ['penalty_score', 'repetition_penalty', 'repeat_penalty'] as const;

export type PenaltyName = (typeof penaltyNames)[number];
