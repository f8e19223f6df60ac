/** A switch that shows where it was put until the server says how it is. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

type Props = {
  name: string;
  /** Which of several it is, for those who do not see what it stands beside. */
  about?: string;
  /** What on and off mean here. */
  words: { on: string; off: string };
  on: boolean;
  onTurn: (on: boolean) => Promise<void>;
};

/** How long the server may take to follow before the switch shows what is. */
const PATIENCE = 2_000;

export function Switch({ name, about, words, on, onTurn }: Props) {
  const wanted = useSignal<boolean | null>(null);
  useEffect(() => {
    if (wanted.value === null) return;
    if (wanted.value === on) {
      wanted.value = null;
      return;
    }
    const timer = setTimeout(() => {
      wanted.value = null;
    }, PATIENCE);
    return () => clearTimeout(timer);
  }, [on, wanted.value]);
  const shown = wanted.value ?? on;
  return (
    <button
      type="button"
      role="switch"
      class="switch"
      aria-checked={shown}
      onClick={() => {
        wanted.value = !shown;
        void onTurn(!shown);
      }}
    >
      <span class="switch-track" aria-hidden="true" />
      <span class="switch-name">
        {name}
        {about ? <span class="hidden"> {about}</span> : null}
      </span>
      <span class="switch-word">{shown ? words.on : words.off}</span>
    </button>
  );
}
