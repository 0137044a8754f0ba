// What the check before a deployment found, and how it is printed.

/** `missing` keeps a deployment from succeeding; `note` does not. */
export interface Finding {
  readonly kind: 'ok' | 'missing' | 'note';
  readonly text: string;
}

/** Formats findings for a terminal, a line for each. */
export function formatFindings(findings: readonly Finding[]): string {
  return findings.map(({ kind, text }) => `${kind.padEnd(8)} ${text.replaceAll('\n', '\n         ')}`).join('\n');
}

/** Formats what is left to do, numbered. */
export function formatSteps(steps: readonly string[]): string {
  return steps.map((step, index) => `${index + 1}. ${step.replaceAll('\n', '\n     ')}`).join('\n');
}
