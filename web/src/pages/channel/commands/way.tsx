/** How far a command has come: a word, three dots for the three steps, and how long ago. */

import type { Command, CommandState } from "../../../api/contract";
import { now } from "../../../live/clock";
import { ago } from "../../../ui/words";
import { since, stateOf } from "./standing";

export const WORDS: { [state in CommandState]: string } = {
  queued: "Queued",
  delivered: "Delivered",
  acknowledged: "Acknowledged",
  expired: "Expired",
};

/** What each of them means, for those who hold the pointer still. */
const MEANS: { [state in CommandState]: string } = {
  queued: "It waits until a board fetches it.",
  delivered: "A board has fetched it.",
  acknowledged: "The board says that it is done.",
  expired: "No board came for it in time. It is no longer handed out.",
};

export function Way({ command, lead }: { command: Command; lead?: string }) {
  const at = now.value;
  const state = stateOf(command, at);
  return (
    <span class="way-of" data-state={state} title={MEANS[state]}>
      <Steps state={state} />
      <span>
        {lead ? `${lead} ` : ""}
        <span class="way-word">{lead ? WORDS[state].toLowerCase() : WORDS[state]}</span> {ago((at - since(command, at)) / 1000)}
      </span>
    </span>
  );
}

function Steps({ state }: { state: CommandState }) {
  const done = { queued: 1, expired: 1, delivered: 2, acknowledged: 3 }[state];
  return (
    <svg class="steps-of" viewBox="0 0 36 12" aria-hidden="true">
      <path d="M6 6h24" />
      {[1, 2, 3].map((step) => (
        <circle key={step} cx={step * 12 - 6} cy="6" r="4" data-done={step <= done} />
      ))}
    </svg>
  );
}
