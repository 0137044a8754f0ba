// Moving the focus to a field of the form.

/** Focuses the field after the page has been drawn anew: it may just be coming. */
export function focusField(id: string): void {
  setTimeout(() => document.querySelector<HTMLElement>(`#${id}`)?.focus(), 0);
}
