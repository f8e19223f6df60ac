/** What an automation does: one of eight kinds, each with its own few fields. */

import type { Action } from "../../api/contract";
import { server } from "../../session";
import { Check, Input, Select } from "../../ui/form";
import { CallFields, Private, SecretInput } from "./call";
import type { Automations } from "./automations";
import { Fold } from "./fold";
import { Template } from "./template";
import type { PartProps } from "./when";

type Props = PartProps & { automations: Automations };

const KINDS: readonly (readonly [Action["kind"], string])[] = [
  ["ntfy", "Send a message by ntfy"],
  ["email", "Send an e-mail"],
  ["telegram", "Send a message by Telegram"],
  ["talkback", "Give a command to a board (TalkBack)"],
  ["write", "Write to a channel"],
  ["mqtt", "Publish by MQTT"],
  ["webhook", "Call an address in the web (webhook)"],
  ["thinghttp", "Send a ThingHTTP request"],
];

export function ThenPart(props: Props) {
  const { draft } = props;
  return (
    <section class="panel sheet" aria-labelledby="then">
      <h2 id="then">Then</h2>
      <Select label="What is done" value={draft.does}>
        {KINDS.map(([kind, words]) => (
          <option key={kind} value={kind}>
            {words}
          </option>
        ))}
      </Select>
      <Fields {...props} />
    </section>
  );
}

function Fields(props: Props) {
  const { draft, channels, automations, wrong } = props;
  const text = { draft, channels };
  switch (draft.does.value as Action["kind"]) {
    case "webhook":
      return (
        <CallFields call={draft} wrong={wrong}>
          {draft.method.value === "GET" ? null : <Template {...text} label="Body" value={draft.text} />}
        </CallFields>
      );
    case "thinghttp":
      return automations.thinghttps.value.length === 0 ? (
        <p class="soft">
          You have no ThingHTTP request yet. They are made <a href="/automations">below your automations</a>; a webhook does the same in one place.
        </p>
      ) : (
        <Select label="Request" value={draft.thinghttp} problem={wrong["thinghttp"]}>
          <option value="">Choose</option>
          {automations.thinghttps.value.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      );
    case "email":
      return (
        <>
          {server.value?.mail ? null : (
            <p class="automation-note">
              This server can’t send e-mail yet. Whoever runs it names a mail server: <code>fieldpost serve --smtp-url smtps://…</code>
            </p>
          )}
          <Input label="To" value={draft.to} placeholder="ada@example.org" autocapitalize="none" spellcheck={false} problem={wrong["to"]} />
          <Template {...text} label="Subject" value={draft.subject} line problem={wrong["subject"]} />
          <Template {...text} label="Message" value={draft.text} problem={wrong["text"]} />
        </>
      );
    case "ntfy":
      return (
        <>
          <Input
            label="Topic"
            value={draft.topic}
            placeholder="freezer-7f3k"
            autocapitalize="none"
            spellcheck={false}
            problem={wrong["topic"]}
            hint="Subscribe to the same in the ntfy app. Who knows its name can read it: choose one that nobody guesses."
          />
          <Input label="Title" value={draft.subject} />
          <Template {...text} label="Message" value={draft.text} problem={wrong["text"]} />
          <Fold name="A server of your own" open={draft.server.peek() !== "https://ntfy.sh" || draft.token.peek() !== ""} wrong={wrong["server"]}>
            <Input label="Server" type="url" value={draft.server} spellcheck={false} problem={wrong["server"]} />
            <SecretInput label="Access token" value={draft.token} hint="For topics that need one." />
            <Private of={draft.private} />
          </Fold>
        </>
      );
    case "telegram":
      return (
        <>
          <SecretInput label="The bot’s token" value={draft.bot} hint="@BotFather gives one for each bot, such as 123456:ABC-DEF." problem={wrong["bot"]} />
          <Input label="Chat" value={draft.chat} placeholder="@greenhouse" spellcheck={false} problem={wrong["chat"]} hint="The number of the chat, or a channel’s name." />
          <Template {...text} label="Message" value={draft.text} problem={wrong["text"]} />
        </>
      );
    case "talkback":
      return (
        <>
          {automations.talkbacks.value.length === 0 ? (
            <p class="soft">You have no TalkBack yet. One is made in the tab Commands of a channel.</p>
          ) : (
            <Select label="TalkBack" value={draft.talkback} problem={wrong["talkback"]}>
              <option value="">Choose</option>
              {automations.talkbacks.value.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name || `TalkBack ${id}`}
                </option>
              ))}
            </Select>
          )}
          <Template {...text} label="Command" value={draft.command} line placeholder="LAMP_ON" problem={wrong["command"]} />
        </>
      );
    case "write":
      return <Write {...props} />;
    case "mqtt":
      return (
        <>
          <Input
            label="Topic"
            value={draft.mqttTopic}
            placeholder="cmnd/plug/POWER"
            autocapitalize="none"
            spellcheck={false}
            problem={wrong["mqttTopic"]}
            hint="Your devices hear it if they subscribe to it."
          />
          <Template {...text} label="Payload" value={draft.text} problem={wrong["text"]} />
          <Check label="Keep it for those who subscribe later" checked={draft.retain} />
        </>
      );
  }
}

function Write({ draft, channels, wrong }: Props) {
  const writable = channels.filter(({ role }) => role !== "viewer");
  const target = writable.find(({ id }) => String(id) === draft.target.value);
  const set = (no: number, value: string) => void (draft.fields.value = { ...draft.fields.value, [no]: value });
  return (
    <>
      <Select label="Channel" value={draft.target} problem={wrong["target"]}>
        {target ? null : <option value={draft.target.value}>{draft.target.value ? `channel ${draft.target.value}` : "Choose"}</option>}
        {writable.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Select>
      <fieldset class="automation-fields" aria-describedby={wrong["fields"] ? "write-wrong" : undefined}>
        <legend>Values</legend>
        {(target?.fields ?? []).map(({ no, label }) => (
          <label key={no} class="automation-field">
            <span>{label}</span>
            <input
              class="input"
              value={draft.fields.value[no] ?? ""}
              aria-invalid={wrong["fields"] ? true : undefined}
              onInput={(event) => set(no, event.currentTarget.value)}
            />
          </label>
        ))}
        <p class="hint">
          What is left empty is not written. <code>%%trigger%%</code> stands for what it reacted to.
        </p>
        <p class="wrong" id="write-wrong" role={wrong["fields"] ? "alert" : undefined}>
          {wrong["fields"]}
        </p>
      </fieldset>
      <Template draft={draft} channels={channels} label="Status" value={draft.status} line />
    </>
  );
}
