/** The button on the display node's wires, for a pointer, for the keys and for assistive technology. */

import { useRef } from "preact/hooks";
import type { Press } from "./press";

const isKey = (event: KeyboardEvent) => event.key === " " || event.key === "Enter";

export function PushButton({ press }: { press: Press }) {
  /** A click that follows a finger has been dealt with; any other is a press of its own. */
  const dealt = useRef(false);
  return (
    <button
      type="button"
      class="push-button"
      data-testid="display-button"
      data-held={press.held.value}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        dealt.current = true;
        press.down();
      }}
      onPointerUp={() => press.up()}
      onPointerCancel={() => press.up()}
      onLostPointerCapture={() => press.up()}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={(event) => {
        if (!isKey(event)) return;
        event.preventDefault();
        if (!event.repeat) press.down();
      }}
      onKeyUp={(event) => {
        if (!isKey(event)) return;
        event.preventDefault();
        press.up();
      }}
      onBlur={() => press.up()}
      onClick={(event) => {
        if (!dealt.current || event.detail === 0) {
          press.down();
          press.up();
        }
        dealt.current = false;
      }}
    >
      <span class="push-button-cap">Press</span>
    </button>
  );
}
