/** Who may sign in, for those who look after the server. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { API, ApiError, get, inWords, post, remove } from "../api/client";
import type { User } from "../api/contract";
import { me } from "../session";
import { Confirm } from "../ui/confirm";
import { Check, Form, Input, PERSON, Refused, Submit, speaksOf, useSending } from "../ui/form";
import { Password } from "../ui/password";
import { PASSWORD_MIN } from "../ui/strength";
import { Title } from "../ui/title";
import { Done } from "./account";

export default function UsersPage() {
  const users = useSignal<User[] | null>(null);
  const problem = useSignal<string | null>(null);
  const load = async () => {
    try {
      users.value = await get<User[]>(`${API}/users`);
      problem.value = null;
    } catch (error) {
      problem.value = inWords(error);
    }
  };
  useEffect(() => void load(), []);
  const go = async (login: string) => {
    try {
      await remove(`${API}/users/${encodeURIComponent(login)}`);
    } catch (error) {
      problem.value = inWords(error);
      return;
    }
    await load();
  };
  return (
    <div class="narrow">
      <div class="lead-in">
        <Title text="Users" />
        <p>Everybody has channels of their own, and sees those that others share with them.</p>
      </div>
      <div class="settings">
        <section class="panel section" aria-labelledby="list-title">
          <h2 id="list-title">Who may sign in</h2>
          <ul class="listing" data-testid="users">
            {users.value?.map((user) => (
              <li key={user.login}>
                <div>
                  <p class="listing-name">
                    {user.login}
                    {user.admin ? <span class="badge">looks after the server</span> : null}
                  </p>
                  <p class="listing-about">{channels(user.channels)}</p>
                </div>
                {user.login === me.value?.login ? (
                  <p class="listing-about">you</p>
                ) : (
                  <Confirm
                    name="Remove"
                    about={user.login}
                    question={`Remove ${user.login}?`}
                    yes={`Remove ${user.login}`}
                    onYes={() => go(user.login)}
                  />
                )}
              </li>
            ))}
          </ul>
          <Refused>{problem.value}</Refused>
        </section>
        <AddUser added={load} />
      </div>
    </div>
  );
}

function AddUser({ added }: { added: () => Promise<void> }) {
  const login = useSignal("");
  const password = useSignal("");
  const admin = useSignal(false);
  const wrong = useSignal<{ login?: string; password?: string }>({});
  const done = useSignal<string | null>(null);
  const sending = useSending();
  const send = async () => {
    done.value = null;
    wrong.value = {
      ...(login.value.trim() === "" && { login: "Type the name that they will sign in with." }),
      ...(password.value.length < PASSWORD_MIN && { password: `Choose a password of at least ${PASSWORD_MIN} characters.` }),
    };
    if (wrong.value.login || wrong.value.password) throw new ApiError(400, "", "empty");
    await post(`${API}/users`, { login: login.value.trim(), password: password.value, admin: admin.value });
    done.value = `${login.value.trim()} may sign in now.`;
    login.value = "";
    password.value = "";
    admin.value = false;
    await added();
  };
  const about = speaksOf(sending.error.value, PERSON);
  const local = sending.error.value instanceof ApiError && sending.error.value.code === "empty";
  return (
    <section class="panel section" aria-labelledby="add-title">
      <h2 id="add-title">Add somebody</h2>
      <Form sending={sending} onSend={send} label="Add somebody">
        <Input
          label="Name"
          value={login}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          problem={wrong.value.login ?? (about === "login" ? sending.problem : null)}
        />
        <Password
          label="First password"
          hint="Tell it to them. They can change it under “Account”."
          value={password}
          fresh={{ login: login.value }}
          problem={wrong.value.password ?? (about === "password" ? sending.problem : null)}
        />
        <Check label="Looks after the server" hint="May add and remove users, as you do." checked={admin} />
        <Refused>{local || about ? null : sending.problem}</Refused>
        <div class="buttons">
          <Submit sending={sending} kind="soft">
            Add
          </Submit>
          <Done>{done.value}</Done>
        </div>
      </Form>
    </section>
  );
}

function channels(count: number): string {
  if (count === 0) return "no channels";
  return count === 1 ? "1 channel" : `${count} channels`;
}
