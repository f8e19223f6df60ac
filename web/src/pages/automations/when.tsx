/** When an automation acts: what is watched and when that counts as met, or the times. */

import type { Signal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import type { Card } from "../../api/contract";
import { Input, Select } from "../../ui/form";
import { parseLabel } from "../../ui/value";
import { ZoneSelect } from "../../ui/zones";
import { type Draft, isOp, type Wrong } from "./draft";
import { Fold } from "./fold";
import { DAYS, IS, TEXT_OPS } from "./words";

export type PartProps = { draft: Draft; channels: readonly Card[]; wrong: Wrong };

export function WhenPart(props: PartProps) {
  const { draft } = props;
  return (
    <section class="panel sheet" aria-labelledby="when">
      <h2 id="when">When</h2>
      <Choices name="Acts on" value={draft.kind} of={[["react", "A channel"], ["time", "A time"]]} />
      {draft.kind.value === "react" ? <React {...props} /> : <Times {...props} />}
    </section>
  );
}

type ChoicesProps = { name: string; value: Signal<string>; of: readonly (readonly [string, string])[] };

/** One of a few, all in sight. */
export function Choices({ name, value, of }: ChoicesProps) {
  const id = useId();
  return (
    <fieldset class="choices">
      <legend>{name}</legend>
      {of.map(([key, words]) => (
        <label key={key}>
          <input type="radio" name={id} value={key} checked={value.value === key} onChange={() => void (value.value = key)} />
          <span>{words}</span>
        </label>
      ))}
    </fieldset>
  );
}

function React({ draft, channels, wrong }: PartProps) {
  const channel = channels.find(({ id }) => String(id) === draft.channel.value);
  const watch = draft.watch.value;
  const fields = channel?.fields ?? [];
  const unknown = /^[1-8]$/.test(watch) && !fields.some(({ no }) => String(no) === watch);
  useEffect(() => {
    // Statuses are texts.
    if (watch === "status" && isOp(draft.op.peek())) draft.op.value = "contains";
  }, [watch]);
  if (channels.length === 0) {
    return (
      <p class="soft">
        You have no channel yet. <a href="/new">Make one</a>, or let it act at a time.
      </p>
    );
  }
  return (
    <>
      <div class="automation-row">
        <Select label="Channel" value={draft.channel} problem={wrong["channel"]}>
          {channel ? null : <option value={draft.channel.value}>{draft.channel.value ? `channel ${draft.channel.value}` : "Choose"}</option>}
          {channels.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
        <Select label="What is watched" value={draft.watch} problem={wrong["watch"]}>
          <optgroup label="Fields">
            {fields.map(({ no, label }) => (
              <option key={no} value={no}>
                {label}
              </option>
            ))}
            {unknown ? <option value={watch}>field {watch}</option> : null}
          </optgroup>
          <optgroup label="Else">
            <option value="silence">Silence: nothing comes</option>
            <option value="status">Status</option>
            <option value="place">Place</option>
          </optgroup>
        </Select>
      </div>
      <ConditionFields draft={draft} wrong={wrong} unit={parseLabel(fields.find(({ no }) => String(no) === watch)?.label ?? "").unit} />
      {draft.condition === "silence" ? null : (
        <Choices name="Act" value={draft.repeat} of={[["first", "The first time"], ["each", "Each time"]]} />
      )}
      <Advanced draft={draft} wrong={wrong} />
    </>
  );
}

function ConditionFields({ draft, wrong, unit }: { draft: Draft; wrong: Wrong; unit: string }) {
  switch (draft.condition) {
    case "silence":
      return <Input label="For how many minutes" value={draft.minutes} inputMode="numeric" problem={wrong["minutes"]} hint="Longer than your board’s usual pause." />;
    case "place":
      return (
        <>
          <Select label="It is" value={draft.placeOp}>
            <option value="outside">further than</option>
            <option value="inside">nearer than</option>
          </Select>
          <div class="input-three">
            <Input label="Metres" value={draft.metres} inputMode="decimal" problem={wrong["metres"]} />
            <Input label="From latitude" value={draft.latitude} inputMode="decimal" problem={wrong["latitude"]} />
            <Input label="and longitude" value={draft.longitude} inputMode="decimal" problem={wrong["longitude"]} />
          </div>
        </>
      );
    default:
      return (
        <div class="automation-row">
          <Select label="How" value={draft.op}>
            {draft.watch.value === "status" ? null : (
              <optgroup label="As a number">
                {Object.entries(IS).map(([op, words]) => (
                  <option key={op} value={op}>
                    {words}
                  </option>
                ))}
              </optgroup>
            )}
            <optgroup label="As a text">
              {Object.entries(TEXT_OPS).map(([op, words]) => (
                <option key={op} value={op}>
                  {words}
                  {op.startsWith("is") ? " the text" : ""}
                </option>
              ))}
            </optgroup>
          </Select>
          <Input
            label={draft.condition === "number" ? "Value" : "Text"}
            value={draft.value}
            inputMode={draft.condition === "number" ? "decimal" : undefined}
            problem={wrong["value"]}
            after={unit && draft.condition === "number" ? <span class="automation-unit">{unit}</span> : null}
          />
        </div>
      );
  }
}

function Advanced({ draft, wrong }: { draft: Draft; wrong: Wrong }) {
  const what = draft.condition;
  const number = what === "number" && !["==", "!="].includes(draft.op.value);
  return (
    <Fold name="Finer points" open={draft.check.peek() !== "insert" || draft.hysteresis.peek() !== "" || draft.back.peek() !== ""} wrong={wrong["hysteresis"] ?? wrong["back"]}>
      <Select label="When it is looked at" value={draft.check}>
        <option value="insert">{what === "silence" ? "As soon as it has lasted so long" : "With each entry that comes"}</option>
        <option value="10">Every 10 minutes</option>
        <option value="30">Every 30 minutes</option>
        <option value="60">Every hour</option>
      </Select>
      {number ? (
        <Input
          label="Must come back by"
          value={draft.hysteresis}
          inputMode="decimal"
          problem={wrong["hysteresis"]}
          hint="A value that trembles around the limit counts once: only after it has come back so far can it count anew."
        />
      ) : null}
      {what === "silence" ? (
        <Input
          label="Counts as back after minutes"
          value={draft.back}
          inputMode="numeric"
          problem={wrong["back"]}
          hint="A board that comes and goes is reported once: entries must come for so long before silence can count anew."
        />
      ) : null}
    </Fold>
  );
}

function Times({ draft, wrong }: PartProps) {
  const at = draft.at.value;
  return (
    <>
      <Select label="How often" value={draft.at}>
        <option value="day">Every day</option>
        <option value="week">On days of the week</option>
        <option value="hours">Every few hours</option>
        <option value="minutes">Every few minutes</option>
        <option value="once">Once</option>
      </Select>
      {at === "week" ? <Days draft={draft} problem={wrong["days"]} /> : null}
      {at === "day" || at === "week" ? <Input label="At" type="time" value={draft.time} problem={wrong["time"]} /> : null}
      {at === "once" ? <Input label="On" type="datetime-local" value={draft.once} problem={wrong["once"]} /> : null}
      {at === "hours" || at === "minutes" ? (
        <Input
          label={at === "hours" ? "Every how many hours" : "Every how many minutes"}
          value={draft.every}
          inputMode="numeric"
          problem={wrong["every"]}
          hint="Counted from when you save it."
        />
      ) : null}
      <Fold name="Finer points" open={draft.fuzz.peek() !== "0"} wrong={wrong["fuzz"] ?? wrong["zone"]}>
        <ZoneSelect label="Whose clock" value={draft.zone} />
        <Input
          label="Up to minutes earlier or later"
          value={draft.fuzz}
          inputMode="numeric"
          problem={wrong["fuzz"]}
          hint="Drawn anew each time, so that a lamp looks as if somebody were home."
        />
      </Fold>
    </>
  );
}

function Days({ draft, problem }: { draft: Draft; problem: string | undefined }) {
  const id = useId();
  return (
    <fieldset class="choices" aria-describedby={problem ? id : undefined}>
      <legend>Days</legend>
      {DAYS.map((name, index) => {
        const day = index + 1;
        const chosen = draft.days.value.includes(day);
        return (
          <label key={day}>
            <input
              type="checkbox"
              checked={chosen}
              aria-label={name}
              aria-invalid={problem ? true : undefined}
              onChange={() => void (draft.days.value = chosen ? draft.days.value.filter((each) => each !== day) : [...draft.days.value, day])}
            />
            <span>{name.slice(0, 3)}</span>
          </label>
        );
      })}
      <p class="wrong" id={id} role={problem ? "alert" : undefined}>
        {problem}
      </p>
    </fieldset>
  );
}
