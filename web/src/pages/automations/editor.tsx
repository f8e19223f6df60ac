/** One automation, new or known: when it acts and what it does, as a sentence and as a form; a test, and what it did so far. */

import "../../style/switch.css";
import "../../style/automations.css";
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { API, ApiError, get, inWords, post, put } from "../../api/client";
import type { Automation, Run } from "../../api/contract";
import { live } from "../../live/live";
import { go, place } from "../../router/router";
import type { Params } from "../../router/routes";
import { zone } from "../../session";
import { Away } from "../../ui/away";
import { Confirm } from "../../ui/confirm";
import { Form, Input, Refused, Submit, useSending } from "../../ui/form";
import { useBeside } from "../../ui/frame";
import { LivePill } from "../../ui/live-pill";
import { Switch } from "../../ui/switch";
import { Title } from "../../ui/title";
import { Automations } from "./automations";
import { Draft, placeOf } from "./draft";
import { History, Runs, Tested } from "./history";
import { begin, RECIPES } from "./recipes";
import { ThenPart } from "./then";
import { WhenPart } from "./when";
import { sentence } from "./words";

export default function AutomationPage({ params }: { params: Params }) {
  const id = params["id"];
  return id === undefined ? <NewAutomation /> : <Known key={id} id={Number(id)} />;
}

function NewAutomation() {
  const [automations] = useState(() => new Automations());
  const draft = useSignal<Draft | null>(null);
  useEffect(() => {
    let wanted = true;
    void automations.load().then(() => {
      if (!wanted || automations.all.peek() === null) return;
      const fresh = new Draft();
      begin(fresh, automations.channels.peek(), zone.peek());
      const { query } = place.peek();
      const channel = automations.channels.peek().find(({ id }) => String(id) === query.get("channel"));
      if (channel) {
        fresh.channel.value = String(channel.id);
        fresh.watch.value = String(channel.fields[0]?.no ?? 1);
      }
      RECIPES.find(({ id }) => id === query.get("recipe"))?.fill(fresh);
      fresh.talkback.value = String(automations.talkbacks.peek()[0]?.id ?? "");
      draft.value = fresh;
    });
    return () => void (wanted = false);
  }, []);
  if (draft.value === null) return <Away problem={automations.problem.value} title="New automation" />;
  return <Editor automations={automations} draft={draft.value} known={null} />;
}

function Known({ id }: { id: number }) {
  const [automations] = useState(() => new Automations());
  const known = useSignal<Automation | null>(null);
  const problem = useSignal<string | null>(null);
  useEffect(() => {
    void Promise.all([automations.load(), get<Automation>(`${API}/automations/${id}`)]).then(
      ([, automation]) => void (known.value = automation),
      (error: unknown) => void (problem.value = inWords(error)),
    );
  }, []);
  if (known.value === null) return <Away problem={problem.value ?? automations.problem.value} title={`Automation ${id}`} />;
  return <KnownEditor automations={automations} known={known as Signal<Automation>} />;
}

function KnownEditor({ automations, known }: { automations: Automations; known: Signal<Automation> }) {
  const [draft] = useState(() => {
    const fresh = new Draft();
    learn(fresh, known.peek(), automations);
    return fresh;
  });
  const [runs] = useState(() => new Runs(known.peek().id));
  useEffect(() => runs.start(), [runs]);
  useBeside(<Link />, runs);
  return <Editor automations={automations} draft={draft} known={known} runs={runs} />;
}

function Link() {
  return <LivePill link={live.link.value} />;
}

type EditorProps = { automations: Automations; draft: Draft; known: Signal<Automation> | null; runs?: Runs };

function Editor({ automations, draft, known, runs }: EditorProps) {
  const sending = useSending();
  const testing = useSending();
  const wrong = useSignal<{ [field: string]: string }>({});
  const saved = useSignal(false);
  const tested = useSignal<Run | null>(null);
  const channels = automations.channels.value;
  const says = sentence(draft.when(), draft.action(), automations.names.value);

  const save = async (): Promise<Automation> => {
    saved.value = false;
    wrong.value = draft.wrong();
    if (Object.keys(wrong.value).length > 0) throw new ApiError(400, "", "incomplete");
    const body = draft.toSend(called(says));
    try {
      const kept = known ? await put<Automation>(`${API}/automations/${known.peek().id}`, body) : await post<Automation>(`${API}/automations`, body);
      if (known) {
        known.value = kept;
        // Secrets are kept now, and a name was given.
        learn(draft, kept, automations);
      }
      return kept;
    } catch (error) {
      const at = placeOf(error, draft);
      if (at !== null) wrong.value = { [at]: inWords(error) };
      throw error;
    }
  };
  const send = async () => {
    const kept = await save();
    if (!known) {
      go(`/automations/${kept.id}`, { replace: true });
      return;
    }
    saved.value = true;
    setTimeout(() => void (saved.value = false), 3_000);
  };
  const test = async () => {
    tested.value = null;
    // What is tested is what is seen.
    if (known && changed(draft, known.peek(), automations)) await save();
    tested.value = await runs!.test();
  };
  /** What is said beside a field is not said here as well. */
  const elsewhere = (problem: string | null) => (Object.keys(wrong.value).length > 0 ? null : problem);

  return (
    <>
      <div class="page-head">
        <Title text={known ? "Automation" : "New automation"} />
        <a href="/automations">All automations</a>
      </div>
      <p class="automation-sentence" data-testid="sentence">
        {says}
      </p>
      <Form label="Automation" sending={sending} onSend={send}>
        <div class="automation-parts">
          <WhenPart draft={draft} channels={channels} wrong={wrong.value} />
          <ThenPart draft={draft} channels={channels} wrong={wrong.value} automations={automations} />
        </div>
        <section class="panel sheet automation-keep" aria-label="Keep it">
          <div class="automation-about">
            <Input label="Name" value={draft.name} maxLength={255} placeholder={says} hint="Left empty, it is called as the sentence says." problem={wrong.value["name"]} />
            <Switch name="Acts" words={{ on: "On", off: "Off" }} on={draft.enabled.value} onTurn={async (on) => void (draft.enabled.value = on)} />
          </div>
          <Refused>{elsewhere(sending.problem)}</Refused>
          <div class="buttons">
            <Submit sending={sending}>{known ? "Save" : "Make it"}</Submit>
            {known ? (
              <button
                type="button"
                class="button"
                data-kind="soft"
                aria-disabled={testing.busy.value}
                onClick={() => void testing.run(test)}
              >
                Test it now
              </button>
            ) : null}
            <span role="status" class="saved">
              {saved.value ? "Saved" : ""}
            </span>
            {known ? (
              <div class="automation-delete">
                <Confirm
                  name="Delete"
                  question="It goes with what it did."
                  yes="Delete it"
                  onYes={() =>
                    sending.run(async () => {
                      await automations.drop(known.peek().id);
                      go("/automations");
                    })
                  }
                />
              </div>
            ) : null}
          </div>
          {known ? (
            <>
              <Tested run={tested.value} sending={testing} />
              <Refused>{elsewhere(testing.problem)}</Refused>
            </>
          ) : (
            <p class="hint">Once it is made you can test it here, and see what it did.</p>
          )}
        </section>
      </Form>
      {runs ? <History runs={runs} /> : null}
    </>
  );
}

/** Takes in what is kept. A name that only says the sentence once more is none, so that it changes with the sentence. */
function learn(draft: Draft, automation: Automation, { names }: Automations): void {
  draft.learn(automation);
  if (automation.name === called(sentence(automation.when, automation.action, names.peek()))) draft.name.value = "";
}

/** True if what is typed is not what is kept. */
function changed(draft: Draft, automation: Automation, automations: Automations): boolean {
  const kept = new Draft();
  learn(kept, automation, automations);
  return JSON.stringify(draft.toSend("")) !== JSON.stringify(kept.toSend(""));
}

/** The name that it has if nobody gives it one. */
function called(says: string): string {
  return says.length > NAME_MAX ? `${says.slice(0, NAME_MAX - 1)}…` : says;
}

const NAME_MAX = 255;
