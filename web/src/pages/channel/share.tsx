/** Who may see a channel: everybody, people of this server, or whoever has a link. */

import { useSignal } from "@preact/signals";
import { API, inWords, patch, post, put, remove } from "../../api/client";
import type { Detail, Link } from "../../api/contract";
import { now } from "../../live/clock";
import { Code } from "../../ui/code";
import { Confirm } from "../../ui/confirm";
import { Form, Input, Refused, Select, Submit, useSending } from "../../ui/form";
import { Switch } from "../../ui/switch";
import { left } from "./keys";
import type { ChannelModel } from "./model";

type Props = { model: ChannelModel; detail: Detail };

export function ShareTab(props: Props) {
  return (
    <div class="sheets">
      <div class="sheets-column">
        <Everybody {...props} />
        <People {...props} />
      </div>
      <Links {...props} />
    </div>
  );
}

function Everybody({ model, detail }: Props) {
  const problem = useSignal<string | null>(null);
  return (
    <section class="panel sheet" aria-labelledby="everybody">
      <h2 id="everybody">Everybody</h2>
      <Switch
        name="Public channel"
        words={{ on: "public", off: "private" }}
        on={detail.public}
        onTurn={(on) =>
          patch<Detail>(`${API}/channels/${model.id}`, { public: on }).then(
            (changed) => {
              problem.value = null;
              model.learn(changed);
            },
            (error: unknown) => void (problem.value = inWords(error)),
          )
        }
      />
      <p class="soft">
        {detail.public
          ? "Whoever reaches this server reads all entries, names and the place of this channel, now and in the past, without a key. Nobody can write without the write key. It is listed among the public channels."
          : "Only you, those below and who has a read key can read it. Made public, whoever reaches this server reads all of its entries, also those of the past."}
      </p>
      <Refused>{problem.value}</Refused>
    </section>
  );
}

function People({ model, detail }: Props) {
  const login = useSignal("");
  const role = useSignal("viewer");
  const sending = useSending();
  const changing = useSending();
  const shares = detail.shares ?? [];
  const at = (who: string) => `${API}/channels/${model.id}/shares/${encodeURIComponent(who)}`;
  return (
    <section class="panel sheet" aria-labelledby="people">
      <h2 id="people">People</h2>
      <p class="soft">A viewer looks. An editor also sees the keys, and changes settings. What is shared appears on their first page.</p>
      {shares.length > 0 ? (
        <ul class="rows" data-testid="shares">
          {shares.map((share) => (
            <li key={share.login}>
              <p class="row-name">{share.login}</p>
              <div class="row-body">
                <select
                  class="input"
                  aria-label={`What ${share.login} may do`}
                  value={share.role}
                  onChange={(event) => {
                    const role = event.currentTarget.value;
                    void changing.run(async () => model.learn(await put<Detail>(at(share.login), { role })));
                  }}
                >
                  <option value="viewer">Viewer</option>
                  <option value="editor">Editor</option>
                </select>
                <Confirm
                  name="Remove"
                  about={share.login}
                  question={`${share.login} no longer sees it.`}
                  yes="Remove"
                  onYes={() => changing.run(async () => model.learn(await remove<Detail>(at(share.login))))}
                />
              </div>
            </li>
          ))}
        </ul>
      ) : null}
      <Refused>{changing.problem}</Refused>
      <Form
        label="Share with a person"
        sending={sending}
        onSend={async () => {
          model.learn(await put<Detail>(at(login.value.trim()), { role: role.value }));
          login.value = "";
        }}
      >
        <div class="input-pair">
          <Input label="Login" value={login} autocapitalize="none" spellcheck={false} required problem={sending.problem} />
          <Select label="May" value={role}>
            <option value="viewer">look (viewer)</option>
            <option value="editor">change (editor)</option>
          </Select>
          <Submit sending={sending} kind="soft">
            Share
          </Submit>
        </div>
      </Form>
    </section>
  );
}

const LASTS = [
  { days: "1", words: "1 day" },
  { days: "7", words: "7 days" },
  { days: "30", words: "30 days" },
  { days: "365", words: "1 year" },
  { days: "", words: "until taken back" },
];

function Links({ model, detail }: Props) {
  const note = useSignal("");
  const days = useSignal("30");
  const made = useSignal<Link | null>(null);
  const sending = useSending();
  const revoking = useSending();
  const links = detail.links ?? [];
  return (
    <section class="panel sheet" aria-labelledby="links">
      <h2 id="links">Links</h2>
      <p class="soft">Who has the link sees charts and table, without signing in. They see no keys and change nothing.</p>
      {made.value?.url ? (
        <div class="made" role="status">
          <p>
            <strong>Here is the link{made.value.note ? ` for ${made.value.note}` : ""}.</strong> It is shown this once: copy it now.
          </p>
          <Code name="the link" text={new URL(made.value.url, location.origin).href} />
        </div>
      ) : null}
      {links.length > 0 ? (
        <ul class="rows" data-testid="links">
          {links.map((link) => (
            <li key={link.id}>
              <p class="row-name">
                {link.note || "A link"}
                <span class="row-more">
                  {link.expires_at === null
                    ? "until taken back"
                    : link.expires_at <= now.value
                      ? "has ended"
                      : `for another ${left(link.expires_at - now.value)}`}
                </span>
              </p>
              <div class="row-body">
                <Confirm
                  name="Take back"
                  about={`the link ${link.note ? `for ${link.note}` : ""}`}
                  question="Whoever has it no longer gets in."
                  yes="Take it back"
                  onYes={() =>
                    revoking.run(async () => {
                      await remove(`${API}/channels/${model.id}/links/${link.id}`);
                      model.learn({ ...detail, links: links.filter(({ id }) => id !== link.id) });
                      if (made.value?.id === link.id) made.value = null;
                    })
                  }
                />
              </div>
            </li>
          ))}
        </ul>
      ) : null}
      <Refused>{revoking.problem}</Refused>
      <Form
        label="A new link"
        sending={sending}
        onSend={async () => {
          const body = { note: note.value.trim(), days: days.value === "" ? null : Number(days.value) };
          const link = await post<Link>(`${API}/channels/${model.id}/links`, body);
          made.value = link;
          const { url: _, ...kept } = link;
          model.learn({ ...detail, links: [...links, kept] });
          note.value = "";
        }}
      >
        <div class="input-pair">
          <Input label="Whom is it for?" value={note} maxLength={80} placeholder="Parents of 7b" problem={sending.problem} />
          <Select label="It works for" value={days}>
            {LASTS.map(({ days, words }) => (
              <option key={days} value={days}>
                {words}
              </option>
            ))}
          </Select>
          <Submit sending={sending} kind="soft">
            Make a link
          </Submit>
        </div>
      </Form>
    </section>
  );
}
