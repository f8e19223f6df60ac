/** What belongs to who is signed in: their time zone, password, key, alerts, and where else they are signed in. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { API, ApiError, get, inWords, patch, post, remove } from "../api/client";
import type { Me, Session } from "../api/contract";
import { now } from "../live/clock";
import { me, signedIn } from "../session";
import { device } from "../ui/agent";
import { Code } from "../ui/code";
import { Confirm } from "../ui/confirm";
import { Form, Refused, Submit, speaksOf, useSending } from "../ui/form";
import { Password } from "../ui/password";
import { PASSWORD_MIN } from "../ui/strength";
import { Title } from "../ui/title";
import { ago } from "../ui/words";
import { ZoneSelect, zoneHere } from "../ui/zones";
import { AlertsSection } from "./alerts";

export default function AccountPage() {
  return (
    <div class="narrow">
      <div class="lead-in">
        <Title text="Account">{me.value?.login}</Title>
        {me.value?.admin ? <p>You look after this server: you may add and remove users.</p> : null}
      </div>
      <div class="settings">
        <Zone />
        <NewPassword />
        <UserKey />
        <AlertsSection />
        <Sessions />
      </div>
    </div>
  );
}

function Zone() {
  const zone = useSignal(me.peek()?.timezone ?? zoneHere());
  const done = useSignal(false);
  const sending = useSending();
  return (
    <section class="panel section" aria-labelledby="zone-title">
      <h2 id="zone-title">Time zone</h2>
      <Form
        sending={sending}
        label="Time zone"
        onSend={async () => {
          signedIn(await patch<Me>(`${API}/me`, { timezone: zone.value }));
          done.value = true;
        }}
      >
        <ZoneSelect label="Times are shown as they are in" value={zone} />
        <Refused>{sending.problem}</Refused>
        <div class="buttons">
          <Submit sending={sending} kind="soft">
            Save
          </Submit>
          <Done>{done.value && me.value?.timezone === zone.value ? "Saved" : null}</Done>
        </div>
      </Form>
    </section>
  );
}

function NewPassword() {
  const before = useSignal("");
  const after = useSignal("");
  const wrong = useSignal<{ before?: string; after?: string }>({});
  const done = useSignal(false);
  const sending = useSending();
  const send = async () => {
    done.value = false;
    wrong.value = {
      ...(before.value === "" && { before: "Type the password that you have now." }),
      ...(after.value.length < PASSWORD_MIN && { after: `Choose a password of at least ${PASSWORD_MIN} characters.` }),
    };
    if (wrong.value.before || wrong.value.after) throw new ApiError(400, "", "empty");
    signedIn(await patch<Me>(`${API}/me`, { old_password: before.value, new_password: after.value }));
    before.value = "";
    after.value = "";
    done.value = true;
  };
  const code = sending.error.value instanceof ApiError ? sending.error.value.code : "";
  const old = code === "sign_in_failed";
  const bad = speaksOf(sending.error.value, { password: /password/i }) !== null && !old;
  return (
    <section class="panel section" aria-labelledby="password-title">
      <h2 id="password-title">Password</h2>
      <Form sending={sending} onSend={send} label="Password">
        <Password label="Password now" value={before} problem={wrong.value.before ?? (old ? sending.problem : null)} />
        <Password
          label="New password"
          value={after}
          fresh={{ login: me.value?.login ?? "" }}
          problem={wrong.value.after ?? (bad ? sending.problem : null)}
        />
        <Refused>{old || bad || code === "empty" ? null : sending.problem}</Refused>
        <div class="buttons">
          <Submit sending={sending} kind="soft">
            Change the password
          </Submit>
          <Done>{done.value ? "Changed. You are signed out everywhere else." : null}</Done>
        </div>
      </Form>
    </section>
  );
}

function UserKey() {
  const shown = useSignal(false);
  const sending = useSending();
  const key = me.value?.api_key ?? "";
  return (
    <section class="panel section" aria-labelledby="key-title">
      <h2 id="key-title">User key</h2>
      <p>
        For programs that make and change your channels. Boards do not need it: they have the keys of their channel. Keep
        it to yourself.
      </p>
      {shown.value ? <Code name="the user key" text={key} /> : null}
      <div class="buttons">
        {shown.value ? null : (
          <button
            type="button"
            class="button"
            data-kind="soft"
            data-size="small"
            onClick={() => {
              shown.value = true;
            }}
          >
            Show the key
          </button>
        )}
        <Confirm
          name="Make a new key"
          question="Programs with the old key stop working at once."
          yes="Make a new key"
          onYes={() =>
            sending.run(async () => {
              signedIn(await post<Me>(`${API}/me/key`));
              shown.value = true;
            })
          }
        />
      </div>
      <Refused>{sending.problem}</Refused>
    </section>
  );
}

function Sessions() {
  const sessions = useSignal<Session[]>([]);
  const problem = useSignal<string | null>(null);
  const said = useSignal("");
  const load = async () => {
    try {
      sessions.value = await get<Session[]>(`${API}/me/sessions`);
      problem.value = null;
    } catch (error) {
      problem.value = inWords(error);
    }
  };
  useEffect(() => void load(), [me.value]);
  const end = async ({ id, agent }: Session) => {
    try {
      await remove(`${API}/me/sessions/${id}`);
      said.value = `Signed out: ${device(agent)}.`;
    } catch (error) {
      problem.value = inWords(error);
      return;
    }
    await load();
  };
  return (
    <section class="panel section" aria-labelledby="sessions-title">
      <h2 id="sessions-title">Where you are signed in</h2>
      <ul class="listing" data-testid="sessions">
        {sessions.value.map((session) => (
          <li key={session.id}>
            <div>
              <p class="listing-name">
                {device(session.agent)}
                {session.current ? <span class="badge">here</span> : null}
              </p>
              <p class="listing-about">
                Last seen {ago((now.value - session.seen_at) / 1_000)}, signed in {ago((now.value - session.created_at) / 1_000)}
              </p>
            </div>
            {session.current ? null : (
              <button
                type="button"
                class="button"
                data-kind="soft"
                data-size="small"
                onClick={() => void end(session)}
              >
                Sign out there<span class="hidden">: {device(session.agent)}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      <p class="hidden" role="status">
        {said.value}
      </p>
      <Refused>{problem.value}</Refused>
    </section>
  );
}

/** Says that something went well. */
export function Done({ children }: { children: string | null }) {
  return (
    <p class="done" role="status">
      {children}
    </p>
  );
}
