/** What people tell the boards of a channel: its TalkBacks, each with controls, its commands, programs and settings. */

import "../../../style/commands.css";
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { Detail, TalkBack } from "../../../api/contract";
import { now } from "../../../live/clock";
import { PlusIcon } from "../../../ui/icons";
import { Refused, useSending } from "../../../ui/form";
import { Controls } from "./controls";
import { History, Send } from "./history";
import { OnTheBoard } from "./on-the-board";
import { Settings } from "./settings";
import { stateOf, wishOf } from "./standing";
import { TalkBacks } from "./talkbacks";
import { WORDS } from "./way";

export type CommandsProps = { detail: Detail; writes: boolean };

export function CommandsTab({ detail, writes }: CommandsProps) {
  const talkbacks = useMemo(() => new TalkBacks(detail.id), [detail.id]);
  useEffect(() => talkbacks.start(), [talkbacks]);
  const all = talkbacks.all.value;
  const chosen = talkbacks.chosen.value;
  if (all === null) {
    const problem = talkbacks.problem.value;
    return <div class="connect-later">{problem ? <Refused>{problem}</Refused> : null}</div>;
  }
  if (chosen === null) return <None talkbacks={talkbacks} name={detail.name} writes={writes} />;
  return (
    <div class="commands" data-testid="commands">
      <Announcer talkbacks={talkbacks} of={chosen} />
      {all.length > 1 ? <Chooser talkbacks={talkbacks} all={all} chosen={chosen} /> : null}
      <Refused>{talkbacks.problem.value}</Refused>
      <div class="commands-parts">
        <div class="commands-column">
          <section class="panel sheet commands-controls" aria-labelledby="controls">
            <header class="sheet-head">
              <h2 id="controls">Controls</h2>
              {writes ? null : <p class="soft">You see how they stand. Pressing is for the channel’s editors.</p>}
            </header>
            <Controls key={chosen.id} talkbacks={talkbacks} of={chosen} writes={writes} />
          </section>
          {writes ? <OnTheBoard key={`board-${chosen.id}`} of={chosen} /> : null}
        </div>
        <div class="commands-column">
          <section class="panel sheet commands-list" aria-labelledby="history">
            <h2 id="history">Commands</h2>
            {writes ? <Send key={chosen.id} talkbacks={talkbacks} of={chosen} /> : null}
            <History talkbacks={talkbacks} of={chosen} writes={writes} />
          </section>
          {writes ? (
            <Settings key={`settings-${chosen.id}`} talkbacks={talkbacks} of={chosen} another={`${detail.name} ${all.length + 1}`} />
          ) : null}
        </div>
      </div>
    </div>
  );
}

/** Nothing is there yet. */
function None({ talkbacks, name, writes }: { talkbacks: TalkBacks; name: string; writes: boolean }) {
  const sending = useSending();
  return (
    <section class="panel sheet commands-none" aria-labelledby="no-commands">
      <Drawing />
      <h2 id="no-commands">{writes ? "Tell your board what to do" : "No commands here yet"}</h2>
      <p class="soft">
        A TalkBack holds commands for a board until the board fetches them, also while it is away.{" "}
        {writes ? "You press a switch here, and see when the board has taken the command and when it has done it." : "Those who look after the channel can make one."}
      </p>
      {writes ? (
        <button
          type="button"
          class="button"
          aria-disabled={sending.busy.value}
          onClick={() => void sending.run(() => talkbacks.make(name))}
        >
          <PlusIcon />
          Make a TalkBack
        </button>
      ) : null}
      <Refused>{sending.problem}</Refused>
    </section>
  );
}

/** A hand's switch, a way, and a board. */
function Drawing() {
  return (
    <svg class="commands-drawing" viewBox="0 0 220 72" aria-hidden="true">
      <rect x="4" y="20" width="60" height="32" rx="16" class="drawing-accent" />
      <circle cx="48" cy="36" r="11" class="drawing-card" />
      <path d="M78 36h54" class="drawing-way" />
      <circle cx="96" cy="36" r="5" class="drawing-dot" />
      <circle cx="114" cy="36" r="5" class="drawing-dot" />
      <rect x="146" y="12" width="66" height="48" rx="9" class="drawing-board" />
      <path d="M158 12v-7M170 12v-7M182 12v-7M194 12v-7M158 67v-7M170 67v-7M182 67v-7M194 67v-7" class="drawing-pins" />
      <circle cx="179" cy="36" r="9" class="drawing-led" />
    </svg>
  );
}

/** Which of several. */
function Chooser({ talkbacks, all, chosen }: { talkbacks: TalkBacks; all: readonly TalkBack[]; chosen: TalkBack }) {
  return (
    <fieldset class="choices" aria-label="TalkBack">
      {all.map(({ id, name }) => (
        <label key={id}>
          <input type="radio" name="talkback" checked={id === chosen.id} onChange={() => talkbacks.choose(id)} />
          <span>{name || `TalkBack ${id}`}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Says what becomes of commands to those who do not see it: once for each change, without the time that runs. */
function Announcer({ talkbacks, of }: { talkbacks: TalkBacks; of: TalkBack }) {
  const said = useSignal("");
  const arrived = talkbacks.arrived.value;
  useEffect(() => {
    if (arrived === null || arrived.talkback !== of.id) return;
    const control = of.controls.find((each) => wishOf(each, arrived.command_string) !== null);
    const about = control ? `${control.label}: ` : "";
    said.value = `${about}${arrived.command_string} ${WORDS[stateOf(arrived, now.peek())].toLowerCase()}`;
  }, [arrived]);
  return (
    <p class="hidden" role="status" data-testid="said">
      {said.value}
    </p>
  );
}
