// The penalty of repetitions, under each name that servers have for it.

/**
 * Qianfan's name, that of vLLM and SGLang, and that of llama.cpp and Ollama. All three multiply, and servers pass over a name
 * that they do not have.
 */
export const penaltyNames = ['penalty_score', 'repetition_penalty', 'repeat_penalty'] as const;

/** Writes a penalty under all of its names; nothing where none is asked for. */
export function encodePenalty(penaltyScore: number | undefined): Readonly<Record<string, number>> {
  if (penaltyScore === undefined) return {};
  return Object.fromEntries(penaltyNames.map((name) => [name, penaltyScore]));
}
