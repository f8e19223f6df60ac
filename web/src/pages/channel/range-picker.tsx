/** Chooses the stretch that the charts show, and whether they follow. */

import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { PauseIcon, PlayIcon } from "../../ui/icons";
import { Form, Input, Submit, useSending } from "../../ui/form";
import type { ChannelModel } from "./model";
import { SPANS } from "./range";

export function RangePicker({ model }: { model: ChannelModel }) {
  const { span, stretch } = model.range.value;
  const open = model.choosing;
  const name = useId();
  return (
    <div class="range">
      <fieldset class="periods">
        <legend class="hidden">How much to show</legend>
        {SPANS.map((each) => (
          <label key={each.name}>
            <input
              type="radio"
              name={name}
              data-range={each.name}
              checked={stretch === null && each === span}
              onChange={() => model.choose(each)}
            />
            <span>{each.short}</span>
          </label>
        ))}
      </fieldset>
      <button
        type="button"
        class="button range-custom"
        data-kind="soft"
        data-size="small"
        aria-expanded={open.value}
        aria-pressed={stretch !== null}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        Custom
      </button>
      <Pause model={model} />
    </div>
  );
}

function Pause({ model }: { model: ChannelModel }) {
  const paused = model.paused.value !== null;
  return (
    <button
      type="button"
      class="button pause"
      data-kind="soft"
      data-size="small"
      data-testid="pause"
      onClick={() => (paused ? model.goOn() : model.pause())}
    >
      {paused ? <PlayIcon /> : <PauseIcon />}
      {paused ? "Go on" : "Pause"}
    </button>
  );
}

/** Names what is shown, and leads back to the span that it was zoomed out of. */
export function RangeTitle({ model }: { model: ChannelModel }) {
  const { span, stretch } = model.range.value;
  return (
    <div class="range-title">
      <h2 id="charts-title" data-testid="range-title">
        {stretch ? stretchWords(model) : span.words}
      </h2>
      {stretch ? (
        <button type="button" class="button" data-kind="soft" data-size="small" data-testid="reset-zoom" onClick={model.zoom.back}>
          Reset zoom<span class="hidden">, back to {span.words.toLowerCase()}</span>
        </button>
      ) : null}
    </div>
  );
}

/** "25 Nov 2026, 10:00 to 11:30", as short as it can be. */
export function stretchWords(model: ChannelModel): string {
  const { clock } = model;
  const [from, until] = model.range.value.stretch ?? model.window();
  const say = until - from < 600 ? clock.time : clock.minute;
  const first = `${clock.day(from)}, ${say(from)}`;
  return clock.day(from) === clock.day(until) ? `${first} to ${say(until)}` : `${first} to ${clock.day(until)}, ${say(until)}`;
}

/** Where a stretch is typed. */
export function Custom({ model }: { model: ChannelModel }) {
  const done = () => {
    model.choosing.value = false;
  };
  const { clock } = model;
  const [start, end] = model.window();
  const from = useSignal(clock.wall(start));
  const until = useSignal(clock.wall(end));
  const sending = useSending();
  const problem = useSignal<string | null>(null);
  return (
    <div class="range-form">
      <Form
        label="A stretch of your own"
        sending={sending}
        onSend={async () => {
          const stretch = [clock.fromWall(from.value), clock.fromWall(until.value)] as const;
          if (!(stretch[0] < stretch[1])) {
            problem.value = "The end must be after the beginning.";
            throw new Error();
          }
          model.zoom.to(...stretch);
          done();
        }}
      >
        <div class="range-inputs">
          <Input label="From" type={"datetime-local" as "text"} value={from} required />
          <Input label="To" type={"datetime-local" as "text"} value={until} required problem={problem.value} />
        </div>
        <div class="buttons">
          <Submit sending={sending}>Show</Submit>
          <button type="button" class="button" data-kind="soft" onClick={done}>
            Cancel
          </button>
          <span class="hint">Times are in {clock.zone}.</span>
        </div>
      </Form>
    </div>
  );
}
