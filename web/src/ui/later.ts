/** Parts of pages that are fetched when they are first shown. */

import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";

/** A part of the page, once it is there. What can't be fetched was replaced by a newer server: the page is, too. */
export function useLater<Props>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> | null {
  const part = useSignal<{ is: ComponentType<Props> } | null>(null);
  useEffect(() => {
    let wanted = true;
    load().then(
      (is) => {
        if (wanted) part.value = { is };
      },
      () => location.reload(),
    );
    return () => {
      wanted = false;
    };
  }, []);
  return part.value?.is ?? null;
}
