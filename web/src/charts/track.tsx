/** What is around a chart: its name, the value that is pointed at or newest, a sentence on the whole, a voice. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Stretch } from "./view";

type TrackProps = {
  id: string;
  name: string;
  /** The name of the custom property that holds the colour. */
  colour: string;
  kind: string;
  value: string;
  unit: string;
  /** When, or which entry, the value is from. */
  entry: string;
  summary: string;
  children: ComponentChildren;
};

export function Track({ id, name, colour, kind, value, unit, entry, summary, children }: TrackProps) {
  return (
    <figure class="track" data-kind={id} data-shape={kind} aria-labelledby={`${id}-name`} style={{ "--series": `var(${colour})` }}>
      <figcaption>
        <h3 id={`${id}-name`}>{name}</h3>
        <p class="track-value">
          {value}
          {unit ? <span> {unit}</span> : null}
        </p>
        <p class="track-entry">{entry}</p>
      </figcaption>
      {children}
      <p class="track-summary" id={`${id}-summary`}>
        {summary}
      </p>
    </figure>
  );
}

/** Says what is at the cursor, once it rests. */
export function Spoken({ view, say }: { view: Stretch; say: (time: number) => string }) {
  const [words, setWords] = useState("");
  const pointed = view.pointed.value;
  useEffect(() => {
    const timer = setTimeout(() => setWords(pointed === null ? "" : say(pointed)), 400);
    return () => clearTimeout(timer);
  }, [pointed]);
  return (
    <p class="hidden" aria-live="polite">
      {words}
    </p>
  );
}
