/** What few need: folded away, and open at once if something in it is wrong or not as usual. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

type Props = { name: string; open: boolean; wrong?: string | undefined; children: ComponentChildren };

export function Fold({ name, open, wrong, children }: Props) {
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (details.current && (open || wrong)) details.current.open = true;
  }, [wrong]);
  return (
    <details class="details" ref={details}>
      <summary>{name}</summary>
      <div class="form">{children}</div>
    </details>
  );
}
