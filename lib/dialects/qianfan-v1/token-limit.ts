// Cuts a text at max_tokens, which a V1 service may ignore.
import type { Completion } from '../../core/completion.ts';

/** Returns a piece as it is, or cut where the text has as many tokens as were asked for. */
export type TokenLimit = <Piece extends Completion>(piece: Piece) => Piece;

/**
 * Creates the limit of one text, whole or in pieces. Qianfan V1 is sent the limit under a name its pages do not have for
 * these models, so a service may ignore it. It counts tokens but does not show where they end, so the text is cut in
 * proportion. The finish reason is then `length`, and the usage says what was generated, which is what is charged.
 *
 * @param maxTokens Undefined for no limit.
 */
export function createTokenLimit(maxTokens: number | undefined): TokenLimit {
  let before = 0;
  return (piece) => {
    const tokens = piece.usage?.completionTokens;
    if (maxTokens === undefined || tokens === undefined || tokens < maxTokens) {
      before = tokens ?? before;
      return piece;
    }
    const kept = (maxTokens - before) / (tokens - before);
    const characters = Array.from(piece.text);
    const finishReason = piece.finishReason ?? 'length';
    const { extras } = piece;
    const fields = finishReason === 'length' ? { ...extras?.fields, is_truncated: true } : extras?.fields;
    return {
      ...piece,
      text: characters.slice(0, Math.ceil(characters.length * kept)).join(''),
      finishReason,
      extras: extras && fields && { ...extras, fields },
    };
  };
}
