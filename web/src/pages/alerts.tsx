/** Where alerts go, the key that sends them, and the last ones: a part of the account's page. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { API, get, patch, post } from "../api/client";
import type { Alerts, Me } from "../api/contract";
import { now } from "../live/clock";
import { me, server, signedIn } from "../session";
import { Code } from "../ui/code";
import { Confirm } from "../ui/confirm";
import { Form, Input, Refused, Submit, useSending } from "../ui/form";
import { ago } from "../ui/words";
import { Done } from "./account";

export function AlertsSection() {
  const email = useSignal(me.peek()?.email ?? "");
  const saved = useSignal(false);
  const alerts = useSignal<Alerts | null>(null);
  const shown = useSignal(false);
  const sending = useSending();
  const keys = useSending();
  useEffect(() => {
    void keys.run(async () => {
      alerts.value = await get<Alerts>(`${API}/me/alerts`);
    });
  }, []);
  return (
    <section class="panel section" aria-labelledby="alerts-title">
      <h2 id="alerts-title">Alerts by e-mail</h2>
      <p>
        Programs and boards that have your alerts key can send you an e-mail. <a href="/docs/automations#alerts">How</a>
      </p>
      {server.value?.mail === false ? (
        <p>This server sends no e-mail yet: it must be started with --smtp-url and --smtp-from.</p>
      ) : null}
      <Form
        sending={sending}
        label="E-mail address"
        onSend={async () => {
          signedIn(await patch<Me>(`${API}/me`, { email: email.value.trim() || null }));
          saved.value = true;
        }}
      >
        <Input label="They go to" value={email} autocomplete="email" spellcheck={false} autocapitalize="none" />
        <Refused>{sending.problem}</Refused>
        <div class="buttons">
          <Submit sending={sending} kind="soft">
            Keep this address
          </Submit>
          <Done>{saved.value && (me.value?.email ?? "") === email.value.trim() ? "Saved" : null}</Done>
        </div>
      </Form>
      {shown.value && alerts.value ? <Code name="the alerts key" text={alerts.value.key} /> : null}
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
            Show the alerts key
          </button>
        )}
        <Confirm
          name="Make a new alerts key"
          question="Programs with the old key stop working at once."
          yes="Make a new alerts key"
          onYes={() =>
            keys.run(async () => {
              alerts.value = await post<Alerts>(`${API}/me/alerts/key`);
              shown.value = true;
            })
          }
        />
      </div>
      <Refused>{keys.problem}</Refused>
      {alerts.value?.sent.length ? (
        <ul class="listing" data-testid="alerts">
          {alerts.value.sent.slice(0, 10).map((alert) => (
            <li key={alert.requested_at}>
              <div>
                <p class="listing-name">{alert.subject}</p>
                <p class="listing-about">
                  {ago((now.value - alert.requested_at) / 1_000)}: {alert.status}
                </p>
              </div>
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}
