/** The door. Who was on the way to a page gets there from here. */

import { useSignal } from "@preact/signals";
import { API, ApiError, post } from "../api/client";
import type { Me } from "../api/contract";
import { arrive, go, place } from "../router/router";
import { find } from "../router/routes";
import { signedIn } from "../session";
import { Form, Input, Refused, Submit, useSending } from "../ui/form";
import { Password } from "../ui/password";
import { Title } from "../ui/title";

export default function SignInPage() {
  const login = useSignal("");
  const password = useSignal("");
  const empty = useSignal<"login" | "password" | null>(null);
  const sending = useSending();
  const send = async () => {
    empty.value = login.value.trim() === "" ? "login" : password.value === "" ? "password" : null;
    if (empty.value !== null) throw new ApiError(400, "", "empty");
    const who = await post<Me>(`${API}/session`, { login: login.value.trim(), password: password.value });
    signedIn(who);
    goOn();
  };
  const error = sending.error.value instanceof ApiError ? sending.error.value : null;
  const wrong = error?.code === "sign_in_failed";
  return (
    <div class="narrow card-page">
      <section class="panel form-card">
        <Title text="Sign in" />
        <Form sending={sending} onSend={send} label="Sign in">
          <Input
            label="Name"
            value={login}
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            problem={empty.value === "login" ? "Type the name that you chose when the server was set up." : null}
          />
          <Password
            label="Password"
            value={password}
            problem={empty.value === "password" ? "Type your password." : wrong ? sending.problem : null}
          />
          <Refused>{wrong || error?.code === "empty" ? null : sending.problem}</Refused>
          <Submit sending={sending}>Sign in</Submit>
        </Form>
        <p class="hint">
          Forgotten? On the machine where the server runs, <code>fieldpost user passwd NAME --password-stdin</code>
          sets a new one.
        </p>
      </section>
      <p class="aside center">
        <a href="/channels/public">Look at public channels</a>
      </p>
    </div>
  );
}

/** To where the reader was going. Addresses of other sites are nowhere. */
function goOn(): void {
  const to = place.value.path === "/sign-in" ? (place.value.query.get("to") ?? "/") : null;
  if (to === null) {
    arrive();
  } else if (to === "/" || find(new URL(to, location.origin).pathname) !== null) {
    const { pathname, search } = new URL(to, location.origin);
    go(pathname + search, { replace: true });
  } else {
    go("/", { replace: true });
  }
}
