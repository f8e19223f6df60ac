/** The first person on a new server: a name, a password, a time zone. What comes next is on their home page. */

import { batch, useSignal } from "@preact/signals";
import { API, ApiError, post } from "../api/client";
import type { Me } from "../api/contract";
import { go } from "../router/router";
import type { Params } from "../router/routes";
import { server, signedIn } from "../session";
import { Form, Input, PERSON, Refused, Submit, speaksOf, useSending } from "../ui/form";
import { Password } from "../ui/password";
import { PASSWORD_MIN } from "../ui/strength";
import { Title } from "../ui/title";
import { ZoneSelect, zoneHere } from "../ui/zones";

export default function SetupPage({ params }: { params: Params }) {
  const login = useSignal("");
  const password = useSignal("");
  const zone = useSignal(zoneHere());
  const wrong = useSignal<{ login?: string; password?: string }>({});
  const done = useSignal(false);
  const sending = useSending();
  const over = sending.error.value instanceof ApiError && sending.error.value.code === "setup_over";
  if (!done.value && (over || server.value?.set_up)) return <Over />;
  const send = async () => {
    wrong.value = {
      ...(login.value.trim() === "" && { login: "Type a name, such as your first name: you will sign in with it." }),
      ...(password.value.length < PASSWORD_MIN && { password: `Choose a password of at least ${PASSWORD_MIN} characters.` }),
    };
    if (wrong.value.login || wrong.value.password) throw new ApiError(400, "", "empty");
    const body = { token: params["token"], login: login.value.trim(), password: password.value, timezone: zone.value };
    const who = await post<Me>(`${API}/setup`, body);
    // At once: in between this address would say that the link is used up.
    batch(() => {
      done.value = true;
      signedIn(who);
      go("/", { replace: true });
    });
  };
  const about = speaksOf(sending.error.value, PERSON);
  const local = sending.error.value instanceof ApiError && sending.error.value.code === "empty";
  return (
    <div class="narrow card-page">
      <section class="panel form-card">
        <div class="lead-in">
          <Title text="Set up">Hello. Who are you?</Title>
          <p>You are the first here, so this server becomes yours. Nothing you type leaves it.</p>
        </div>
        <Form sending={sending} onSend={send} label="Set up">
          <Input
            label="Name"
            value={login}
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            maxLength={60}
            problem={wrong.value.login ?? (about === "login" ? sending.problem : null)}
          />
          <Password
            label="Password"
            value={password}
            fresh={{ login: login.value }}
            problem={wrong.value.password ?? (about === "password" ? sending.problem : null)}
          />
          <ZoneSelect value={zone} hint="Times are shown in it. It was taken from this device." />
          <Refused>{local || about ? null : sending.problem}</Refused>
          <Submit sending={sending}>Begin</Submit>
        </Form>
      </section>
    </div>
  );
}

/** The link was used, or its time is over. */
function Over() {
  return (
    <div class="narrow">
      <div class="lead-in">
        <Title text="Set up">This link is used up</Title>
        {server.value?.set_up ? (
          <p>
            The server has been set up already. <a href="/sign-in">Sign in</a>, or ask who set it up to add you.
          </p>
        ) : (
          <p>
            A set-up link is good for 30 minutes. Start the server again: it prints a new one, as long as nobody has set
            it up.
          </p>
        )}
      </div>
    </div>
  );
}
