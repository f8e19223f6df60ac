/** Whether there is as little room as on a phone. */

import { signal } from "@preact/signals";

const narrow = globalThis.matchMedia?.("(max-width: 760px)");
const phone = signal(narrow?.matches ?? false);
narrow?.addEventListener("change", (event) => {
  phone.value = event.matches;
});

export function usePhone(): boolean {
  return phone.value;
}
