/** Requests that are kept ready, and sent by whoever has their key: ThingHTTP. */

import { useSignal } from "@preact/signals";
import { useState } from "preact/hooks";
import { API, ApiError, inWords, post, put } from "../../api/client";
import type { NewThingHttp, ThingHttp, ThingHttpTest } from "../../api/contract";
import { Code } from "../../ui/code";
import { Confirm } from "../../ui/confirm";
import { Dialog } from "../../ui/dialog";
import { Area, Form, Input, Refused, Submit, useSending } from "../../ui/form";
import { PlusIcon } from "../../ui/icons";
import { Secret } from "../../ui/secret";
import type { Automations } from "./automations";
import { CallFields } from "./call";
import { Draft, placeOf } from "./draft";
import { begun } from "./run";

/** A request takes as long as the other side does. */
const PATIENCE = 30_000;

export function ThingHttps({ automations }: { automations: Automations }) {
  const editing = useSignal<ThingHttp | "new" | null>(null);
  const all = automations.thinghttps.value;
  return (
    <section class="panel sheet" aria-labelledby="thinghttps">
      <div class="sheet-head">
        <h2 id="thinghttps">ThingHTTP</h2>
        <button type="button" class="button" data-kind="soft" data-size="small" onClick={() => void (editing.value = "new")}>
          <PlusIcon />
          New request
        </button>
      </div>
      <p class="soft">Requests to other services that are kept ready here: a board sends one with a short key, and an automation by its name.</p>
      {all.length > 0 ? (
        <ul class="listing thinghttps" data-testid="thinghttps">
          {all.map((thinghttp) => (
            <li key={thinghttp.id}>
              <Row automations={automations} thinghttp={thinghttp} onEdit={() => void (editing.value = thinghttp)} />
            </li>
          ))}
        </ul>
      ) : null}
      {editing.value === null ? null : (
        <Editing automations={automations} known={editing.value === "new" ? null : editing.value} onClose={() => void (editing.value = null)} />
      )}
    </section>
  );
}

function Row({ automations, thinghttp, onEdit }: { automations: Automations; thinghttp: ThingHttp; onEdit: () => void }) {
  const { id, name, method, url, api_key } = thinghttp;
  const testing = useSending();
  const acting = useSending();
  const heard = useSignal<ThingHttpTest | null>(null);
  return (
    <article class="thinghttp" data-testid={`thinghttp-${name}`} aria-label={name}>
      <p class="listing-name">{name}</p>
      <p class="listing-about">
        {method} {url}
      </p>
      <Secret name={`the key of ${name}`} value={api_key} />
      <div class="buttons">
        <button
          type="button"
          class="button"
          data-kind="soft"
          data-size="small"
          aria-disabled={testing.busy.value}
          onClick={() => {
            heard.value = null;
            void testing.run(async () => void (heard.value = await post<ThingHttpTest>(`${API}/thinghttps/${id}/test`, undefined, PATIENCE)));
          }}
        >
          Test<span class="hidden"> {name}</span>
        </button>
        <button type="button" class="button" data-kind="soft" data-size="small" onClick={onEdit}>
          Change<span class="hidden"> {name}</span>
        </button>
        <Confirm
          name="Delete"
          about={name}
          question="Boards with its key get nothing any more."
          yes="Delete it"
          onYes={() => acting.run(() => automations.dropThingHttp(id))}
        />
      </div>
      <div role="status">
        {testing.busy.value ? <p class="tested">Trying…</p> : null}
        {heard.value === null ? null : (
          <div class="tested" data-testid="thinghttp-heard">
            <p>{begun(heard.value.says)}</p>
            {heard.value.body ? <pre class="thinghttp-body">{heard.value.body}</pre> : null}
          </div>
        )}
      </div>
      <Refused>{testing.problem ?? acting.problem}</Refused>
    </article>
  );
}

type EditingProps = { automations: Automations; known: ThingHttp | null; onClose: () => void };

function Editing({ automations, known, onClose }: EditingProps) {
  const [draft] = useState(() => draftOf(known));
  const parse = useSignal(known?.parse ?? "");
  const wrong = useSignal<{ [field: string]: string }>({});
  const sending = useSending();
  const send = async () => {
    const { name, url } = { name: draft.name.value.trim(), url: draft.url.value.trim() };
    wrong.value = {
      ...(name === "" && { name: "Give it a name." }),
      ...(!/^https?:\/\/[^/\s]/.test(url) && { url: "An address begins with http:// or https://." }),
    };
    if (Object.keys(wrong.value).length > 0) throw new ApiError(400, "", "incomplete");
    const call = draft.action();
    if (call.kind !== "webhook") return;
    const { kind: _, ...rest } = call;
    const body: NewThingHttp = { ...rest, name, parse: parse.value.trim() || null };
    try {
      const kept = known ? await put<ThingHttp>(`${API}/thinghttps/${known.id}`, body) : await post<ThingHttp>(`${API}/thinghttps`, body);
      automations.learnThingHttp(kept);
      onClose();
    } catch (error) {
      const at = placeOf(error, draft);
      if (at !== null) wrong.value = { [at]: inWords(error) };
      throw error;
    }
  };
  return (
    <Dialog title={known ? known.name : "New request"} onClose={onClose}>
      <Form label="Request" sending={sending} onSend={send}>
        <Input label="Name" value={draft.name} maxLength={255} placeholder="Siren" problem={wrong.value["name"]} />
        <CallFields call={draft} wrong={wrong.value}>
          {draft.method.value === "GET" ? null : (
            <Area label="Body" value={draft.text} spellcheck={false} hint="Words such as %%message%% are filled in from what the board sends along." />
          )}
        </CallFields>
        <Input
          label="Part of the answer"
          value={parse}
          spellcheck={false}
          placeholder="//div[2]"
          hint="A path into a page or XML, or a text to look for; empty gives the whole answer back."
        />
        {known ? <Code name="the address" text={`curl '${location.origin}/apps/thinghttp/send_request?api_key=${known.api_key}'`} /> : null}
        <Refused>{Object.keys(wrong.value).length > 0 ? null : sending.problem}</Refused>
        <div class="buttons">
          <Submit sending={sending}>{known ? "Save" : "Make it"}</Submit>
          <button type="button" class="button" data-kind="soft" onClick={onClose}>
            Cancel
          </button>
        </div>
      </Form>
    </Dialog>
  );
}

/** A request is typed as a webhook is. */
function draftOf(known: ThingHttp | null): Draft {
  const draft = new Draft();
  draft.does.value = "webhook";
  draft.method.value = known?.method ?? "GET";
  if (known !== null) {
    draft.name.value = known.name;
    draft.url.value = known.url;
    draft.headers.value = known.headers ?? [];
    draft.text.value = known.body ?? "";
    draft.user.value = known.user ?? "";
    draft.password.value = known.password ?? "";
    draft.private.value = known.private ?? false;
  }
  return draft;
}
