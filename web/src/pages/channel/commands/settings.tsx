/** What a TalkBack is called, whether its commands are written down in the channel, how long they wait; and the ways out. */

import { useSignal } from "@preact/signals";
import type { TalkBack } from "../../../api/contract";
import { Confirm } from "../../../ui/confirm";
import { Check, Form, Input, Refused, Select, Submit, useSending } from "../../../ui/form";
import type { TalkBacks } from "./talkbacks";

const WAITS = [
  { s: "", words: "until a board comes" },
  { s: "60", words: "1 minute" },
  { s: "300", words: "5 minutes" },
  { s: "3600", words: "1 hour" },
  { s: "86400", words: "1 day" },
  { s: "604800", words: "7 days" },
];

type Props = {
  talkbacks: TalkBacks;
  of: TalkBack;
  /** What one more is called at first. */
  another: string;
};

export function Settings({ talkbacks, of, another }: Props) {
  const name = useSignal(of.name);
  const log = useSignal(of.log);
  const wait = useSignal(of.expire_s === null ? "" : String(of.expire_s));
  const saved = useSignal(false);
  const sending = useSending();
  const acting = useSending();
  const own = WAITS.every(({ s }) => s !== String(of.expire_s ?? ""));
  return (
    <section class="panel sheet commands-settings" aria-labelledby="talkback-settings">
      <h2 id="talkback-settings">Settings</h2>
      <Form
        label="Settings of the TalkBack"
        sending={sending}
        onSend={async () => {
          saved.value = false;
          await talkbacks.change(of.id, {
            name: name.value.trim(),
            log: log.value,
            expire_s: wait.value === "" ? null : Number(wait.value),
          });
          saved.value = true;
          setTimeout(() => void (saved.value = false), 3_000);
        }}
      >
        <Input label="Name" value={name} maxLength={255} />
        <Select label="A command waits" value={wait} hint="Then it expires: a pump that was away should not start a day late. It holds for new commands.">
          {WAITS.map(({ s, words }) => (
            <option key={s} value={s}>
              {words}
            </option>
          ))}
          {own ? <option value={String(of.expire_s)}>{of.expire_s} seconds</option> : null}
        </Select>
        <Check label="Write commands down in the channel" hint="Each one that a board fetches becomes the status of an entry." checked={log} />
        <Refused>{sending.problem}</Refused>
        <div class="buttons">
          <Submit sending={sending}>Save</Submit>
          <span role="status" class="saved">
            {saved.value ? "Saved" : ""}
          </span>
        </div>
      </Form>
      <div class="grave">
        <p class="soft">Two boards that should not fetch each other’s commands need a TalkBack each.</p>
        <button
          type="button"
          class="button"
          data-kind="soft"
          data-size="small"
          aria-disabled={acting.busy.value}
          onClick={() => void acting.run(() => talkbacks.make(another))}
        >
          Another TalkBack
        </button>
        {of.role === "owner" ? (
          <>
            <p class="soft">A new key shuts out whoever has the old one, boards too, until they have the new.</p>
            <Confirm
              name="New key…"
              question="Boards need the new key then."
              yes="Make a new key"
              onYes={() => acting.run(() => talkbacks.newKey(of.id))}
            />
            <p class="soft">Without the TalkBack its controls and commands are gone, for good.</p>
            <Confirm name="Remove this TalkBack" question="There is no way back." yes="Remove it" onYes={() => acting.run(() => talkbacks.drop(of.id))} />
          </>
        ) : null}
        <Refused>{acting.problem}</Refused>
      </div>
    </section>
  );
}
