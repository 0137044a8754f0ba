// Takes the stop item off the end of a text, where the upstream leaves it on.

export interface StopStripper {
  /** Takes the next piece and returns what is certain not to be a stop item at the end. */
  push(text: string): string;
  /** Returns the rest, once, without the stop item that ended the text, if one did. A text that broke off has one too. */
  end(): string;
}

/**
 * Creates a stripper for one text. Qianfan V1 ends a text *with* the stop item it met; OpenAI leaves it out. As many
 * characters as the longest item has are held back, because the next piece may turn them into the end.
 */
export function createStopStripper(stop: readonly string[]): StopStripper {
  const longest = Math.max(0, ...stop.map((item) => item.length));
  let held = '';
  return {
    push: (text) => {
      const all = held + text;
      // Not between the halves of a surrogate pair: a piece of its own would be no character.
      let cut = Math.max(0, all.length - longest);
      if (isLowSurrogate(all.charCodeAt(cut))) cut -= 1;
      held = all.slice(Math.max(0, cut));
      return all.slice(0, Math.max(0, cut));
    },
    end: () => {
      const rest = held;
      held = '';
      const met = stop.filter((item) => rest.endsWith(item)).toSorted((a, b) => b.length - a.length)[0];
      return met === undefined ? rest : rest.slice(0, rest.length - met.length);
    },
  };
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}
