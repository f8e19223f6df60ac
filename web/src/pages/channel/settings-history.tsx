/** How long a channel’s entries are kept, and how much room they take: in sentences that the server says, before anything is deleted. */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { API, get, inWords, patch } from "../../api/client";
import type { Detail, Keep, Storage } from "../../api/contract";
import { Form, Input, Refused, Select, Submit, useSending } from "../../ui/form";
import { count } from "../../ui/words";
import { keepOf, nextStep, SPANS, type Step, STEPS_MAX, spelled } from "./keep";
import type { ChannelModel } from "./model";

/** How long nothing is typed before the server is asked what would come of it, in milliseconds. */
const PAUSE = 350;

export function History({ model, detail }: { model: ChannelModel; detail: Detail }) {
  const mode = useSignal(detail.keep === null ? "all" : "days");
  const days = useSignal(String(detail.keep?.days ?? 90));
  const steps = useSignal<Step[]>((detail.keep?.tiers ?? []).map(({ minutes, days }) => ({ minutes, days: String(days ?? "") })));
  const storage = useSignal<Storage | null>(null);
  const wrong = useSignal<string | null>(null);
  const asked = useSignal<number | null>(null);
  const saved = useSignal(false);
  const sending = useSending();
  const owner = detail.role === "owner";
  const at = `${API}/channels/${model.id}`;
  const wanted = (): Keep | null => (mode.value === "all" ? null : keepOf(days.value, steps.value));
  const look = () => get<Storage>(`${at}/storage?keep=${encodeURIComponent(spelled(wanted()))}`);

  const turn = useRef(0);
  const typed = `${mode.value} ${days.value} ${JSON.stringify(steps.value)}`;
  useEffect(() => {
    const mine = ++turn.current;
    asked.value = null;
    const late = setTimeout(async () => {
      try {
        const told = await look();
        if (mine === turn.current) [storage.value, wrong.value] = [told, null];
      } catch (error) {
        if (mine === turn.current) wrong.value = inWords(error);
      }
    }, storage.peek() === null ? 0 : PAUSE);
    return () => clearTimeout(late);
  }, [typed, model.id]);

  const save = async () => {
    const keep = wanted();
    model.learn(await patch<Detail>(at, { keep }));
    [asked.value, saved.value] = [null, true];
    setTimeout(() => void (saved.value = false), 3_000);
    storage.value = await look();
  };
  return (
    <section class="panel sheet" aria-labelledby="history">
      <h2 id="history">How long entries are kept</h2>
      {storage.value === null ? null : (
        <p class="soft" data-testid="forecast">
          {count(storage.value.entries, "entry", "entries")}. {storage.value.forecast}
        </p>
      )}
      <Form
        label="How long entries are kept"
        sending={sending}
        onSend={async () => {
          const { deletes } = await look();
          if (deletes) asked.value = deletes;
          else await save();
        }}
      >
        {owner ? (
          <>
            <Select label="Every entry is kept" value={mode}>
              <option value="all">for ever</option>
              <option value="days">for a number of days</option>
            </Select>
            {mode.value === "days" ? <Steps days={days} steps={steps} /> : null}
          </>
        ) : null}
        <p role="status" class="keeps" data-testid="keeps">
          {wrong.value === null && storage.value !== null ? (
            <>
              {storage.value.keeps}
              {storage.value.deletes ? <strong> {count(storage.value.deletes, "entry goes", "entries go")} at once.</strong> : null}
            </>
          ) : null}
        </p>
        <Refused>{wrong.value ?? sending.problem}</Refused>
        {owner ? <Sending sending={sending} asked={asked} saved={saved} save={save} /> : <p class="hint">Only the owner can change this.</p>}
      </Form>
    </section>
  );
}

type SendingProps = { sending: ReturnType<typeof useSending>; asked: Signal<number | null>; saved: Signal<boolean>; save: () => Promise<void> };

/** The button, and the question that comes before anything is deleted. */
function Sending({ sending, asked, saved, save }: SendingProps) {
  const keep = useRef<HTMLButtonElement>(null);
  useEffect(() => keep.current?.focus(), [asked.value]);
  if (asked.value !== null) {
    const many = count(asked.value, "entry", "entries");
    return (
      <div class="confirm" role="group" aria-label="Delete old entries?">
        <p>{many} will be deleted for good. Readings that are thinned leave their mean behind.</p>
        <button type="button" class="button" data-kind="grave" data-size="small" aria-disabled={sending.busy.value} onClick={() => void sending.run(save)}>
          Delete {many}
        </button>
        <button ref={keep} type="button" class="button" data-kind="soft" data-size="small" onClick={() => void (asked.value = null)}>
          Cancel
        </button>
      </div>
    );
  }
  return (
    <div class="buttons">
      <Submit sending={sending}>Save how long</Submit>
      <span role="status" class="saved">
        {saved.value ? "Saved" : ""}
      </span>
    </div>
  );
}

function Steps({ days, steps }: { days: Signal<string>; steps: Signal<Step[]> }) {
  const change = (at: number, part: Partial<Step>) => {
    steps.value = steps.value.map((step, each) => (each === at ? { ...step, ...part } : step));
  };
  return (
    <>
      <Input label="Days" value={days} inputMode="numeric" />
      {steps.value.map((step, at) => (
        <fieldset class="step" key={at}>
          <legend>Then</legend>
          <select
            class="input"
            aria-label={`Step ${at + 1} keeps`}
            value={step.minutes}
            onChange={(event) => change(at, { minutes: Number(event.currentTarget.value) })}
          >
            {(SPANS.some(([minutes]) => minutes === step.minutes) ? SPANS : [...SPANS, [step.minutes, `one per ${step.minutes} minutes`] as const]).map(
              ([minutes, words]) => (
                <option key={minutes} value={minutes}>
                  {words}
                </option>
              ),
            )}
          </select>
          <span class="step-until">until it is</span>
          <input
            class="input"
            aria-label={`Step ${at + 1} lasts, days; empty for ever`}
            inputMode="numeric"
            placeholder="for ever"
            value={step.days}
            onInput={(event) => change(at, { days: event.currentTarget.value })}
          />
          <span class="step-until">days old</span>
          <button
            type="button"
            class="button"
            data-kind="soft"
            data-size="small"
            onClick={() => void (steps.value = steps.value.filter((_, each) => each !== at))}
          >
            Remove<span class="hidden"> step {at + 1}</span>
          </button>
        </fieldset>
      ))}
      {steps.value.length < STEPS_MAX && steps.value.every((step) => step.minutes < 1_440) ? (
        <p>
          <button type="button" class="button" data-kind="soft" data-size="small" onClick={() => void (steps.value = [...steps.value, nextStep(steps.value)])}>
            Keep less of what is older
          </button>
        </p>
      ) : null}
    </>
  );
}
