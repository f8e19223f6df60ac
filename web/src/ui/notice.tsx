/** What was just done, said at the foot of the window for a while, with a way to undo it. */

import { useEffect, useState } from "preact/hooks";

type Props = {
  words: string | null;
  onUndo: (() => void) | null;
  onGone: () => void;
};

/** How long it is said, in milliseconds. A hand or the focus on it holds it. */
const SAID = 12_000;

export function NoticeBar({ words, onUndo, onGone }: Props) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (words === null || held) return;
    const timer = setTimeout(onGone, SAID);
    return () => clearTimeout(timer);
  }, [words, held]);
  const hold = { onPointerEnter: () => setHeld(true), onPointerLeave: () => setHeld(false), onFocusIn: () => setHeld(true), onFocusOut: () => setHeld(false) };
  return (
    <div class="notice-room" role="status" aria-live="polite">
      {words === null ? null : (
        <div class="notice" data-testid="notice" {...hold}>
          <p>{words}</p>
          {onUndo ? (
            <button type="button" class="button" data-size="small" onClick={onUndo}>
              Undo
            </button>
          ) : null}
          <button type="button" class="close-button" aria-label="Close" onClick={onGone}>
            ✕
          </button>
        </div>
      )}
    </div>
  );
}
