/** The commands of a TalkBack, newest first, each with how far it has come; and a line to give any command by. */

import { useSignal } from "@preact/signals";
import type { Command, TalkBack } from "../../../api/contract";
import { now } from "../../../live/clock";
import { zone } from "../../../session";
import { Confirm } from "../../../ui/confirm";
import { Form, Input, Refused, Submit, useSending } from "../../../ui/form";
import { clock, duration } from "../../../ui/words";
import { stateOf } from "./standing";
import type { TalkBacks } from "./talkbacks";
import { Way } from "./way";

type Props = { talkbacks: TalkBacks; of: TalkBack; writes: boolean };

/** So many are shown before somebody asks for more. */
const SHOWN = 12;

export function History({ talkbacks, of, writes }: Props) {
  const more = useSignal(false);
  const sending = useSending();
  const all = talkbacks.commands.value;
  if (all === null) return <p class="soft">{""}</p>;
  if (all.length === 0) return <p class="soft">Nothing was sent yet. What you press appears here, and how far it has come.</p>;
  const waiting = all.filter((command) => stateOf(command, now.value) === "queued");
  return (
    <>
      <ol class="command-rows" data-testid="command-rows">
        {all.slice(0, more.value ? undefined : SHOWN).map((command) => (
          <Row
            key={command.id}
            command={command}
            onCancel={writes ? () => void sending.run(async () => void (await talkbacks.cancel(command))) : null}
          />
        ))}
      </ol>
      <Refused>{sending.problem}</Refused>
      <div class="buttons">
        {!more.value && all.length > SHOWN ? (
          <button type="button" class="button" data-kind="soft" data-size="small" onClick={() => void (more.value = true)}>
            Show {all.length - SHOWN} more
          </button>
        ) : null}
        {writes && waiting.length > 1 ? (
          <Confirm
            name="Empty the queue"
            question={`Take back all ${waiting.length} that wait?`}
            yes="Empty it"
            onYes={() => sending.run(() => talkbacks.clear(of.id))}
          />
        ) : null}
      </div>
    </>
  );
}

function Row({ command, onCancel }: { command: Command; onCancel: (() => void) | null }) {
  const state = stateOf(command, now.value);
  const times = clock(zone.value);
  return (
    <li class="command-row" data-state={state} data-testid="command-row">
      <code class="command-text">{command.command_string}</code>
      <Way command={command} />
      <p class="command-times">
        <time dateTime={new Date(command.created_at).toISOString()}>{times.stamp(command.created_at / 1000)}</time>
        {story(command) ? ` · ${story(command)}` : ""}
      </p>
      {state === "queued" && onCancel ? (
        <button type="button" class="link command-cancel" onClick={onCancel}>
          Take back<span class="hidden"> {command.command_string}</span>
        </button>
      ) : null}
    </li>
  );
}

/** How long each step took. */
function story({ created_at, delivered_at, acknowledged_at }: Command): string {
  const after = (at: number) => duration(Math.max(0, at - created_at) / 1000);
  return [
    delivered_at === null ? "" : `fetched after ${after(delivered_at)}`,
    acknowledged_at === null ? "" : `done after ${after(acknowledged_at)}`,
  ]
    .filter((part) => part !== "")
    .join(", ");
}

/** Any command, typed. */
export function Send({ talkbacks, of }: { talkbacks: TalkBacks; of: TalkBack }) {
  const text = useSignal("");
  const sending = useSending();
  return (
    <Form
      label="Send a command"
      sending={sending}
      onSend={async () => {
        await talkbacks.send(of.id, text.value.trim());
        text.value = "";
      }}
    >
      <Input
        label="Send any command"
        value={text}
        maxLength={255}
        spellcheck={false}
        autocomplete="off"
        autocapitalize="none"
        placeholder="RESTART"
        problem={sending.problem}
        after={
          <Submit sending={sending} kind="soft">
            Send
          </Submit>
        }
      />
    </Form>
  );
}
