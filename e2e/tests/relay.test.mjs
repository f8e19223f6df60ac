// A relay between two real servers: made in a channel's settings, what is written here arrives there; paused, and back.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { overflow, PHONE, violations } from "../everyone.mjs";
import { asUser, openPage, setUp, soon, startBrowser, startServer } from "../harness.mjs";

describe("a relay", () => {
  let here, there, browser, ada, eve, channel, remote;
  before(async () => {
    [here, there, browser] = await Promise.all([startServer("serve"), startServer("serve"), startBrowser()]);
    [ada, eve] = await Promise.all([setUp(here), setUp(there)]);
    channel = await ada.ask("POST", "/channels", { name: "Greenhouse", fields: ["Temperature (°C)"] });
    remote = await eve.ask("POST", "/channels", { name: "Copy", fields: ["Temperature (°C)"] });
  });
  after(async () => {
    await browser?.close();
    await Promise.all([here?.stop(), there?.stop()]);
  });

  const open = (options = {}) =>
    openPage(browser, here.url, { path: `/channels/${channel.id}/settings`, options: { ...asUser(ada, here), ...options } });
  const write = (server, { keys }, value) => fetch(`${server.url}/update?api_key=${keys.write_key}&field1=${value}`);
  const arrived = async (who, { id }) => (await who.ask("GET", `/channels/${id}/entries?limit=10`)).entries.map(({ fields }) => fields["1"]);

  it("is made by hand, forwards what comes, waits while it is paused, and is removed", async () => {
    const { page, complaints, close } = await open();
    const relay = page.getByRole("region", { name: "Relay" });
    await relay.getByRole("button", { name: "New relay" }).click();
    const form = relay.getByRole("form", { name: "New relay" });
    await form.getByRole("button", { name: "Make it" }).click();
    await form.getByText("A channel’s number has digits only").waitFor();
    await form.getByLabel("Server", { exact: true }).fill(there.url);
    await form.getByLabel("Channel there").fill(String(remote.id));
    await form.getByLabel("Its write key").fill(remote.keys.write_key);
    await form.getByLabel("It may be in this server’s own network").check();
    await form.getByRole("button", { name: "Make it" }).click();
    const row = relay.getByTestId("relays").locator("article");
    await row.waitFor();
    assert.ok(!(await page.content()).includes(remote.keys.write_key), "the key is not shown again");

    await write(here, channel, "21.5");
    await soon(async () => assert.deepEqual(await arrived(eve, remote), ["21.5"]), 30_000);
    await relay.locator('article[data-state="done"]').getByText(/up to entry 1/).waitFor({ timeout: 30_000 });

    await row.getByRole("button", { name: /^Pause/ }).click();
    await relay.locator('article[data-state="paused"]').waitFor();
    await write(here, channel, "22");
    await row.getByRole("button", { name: /^Go on/ }).click();
    await soon(async () => assert.deepEqual((await arrived(eve, remote)).toSorted(), ["21.5", "22"]), 40_000);
    await relay.locator('article[data-state="done"]').getByText(/up to entry 2/).waitFor({ timeout: 30_000 });

    await row.getByRole("button", { name: /^Remove/ }).click();
    await row.getByRole("button", { name: "Remove it" }).click();
    await row.waitFor({ state: "detached" });
    assert.deepEqual(await ada.ask("GET", `/channels/${channel.id}/relays`), []);
    assert.deepEqual(complaints, []);
    await close();
  });

  it("says in words what is wrong, to everyone", async () => {
    const wanted = { direction: "forward", server: there.url, remote_channel: remote.id, key: "NOTAKEYATALL0000", private: true };
    await ada.ask("POST", `/channels/${channel.id}/relays`, wanted);
    for (const options of [{}, { ...PHONE, colorScheme: "dark" }]) {
      const { page, complaints, close } = await open({ ...options, reducedMotion: "reduce" });
      await write(here, channel, "23");
      await page.locator('[data-testid="relays"] article[data-state="trouble"]').getByText(/key/i).waitFor({ timeout: 30_000 });
      await page.getByRole("button", { name: "New relay" }).click();
      await page.getByRole("form", { name: "New relay" }).waitFor();
      assert.deepEqual(await violations(page), []);
      assert.ok((await overflow(page)) <= 0, "it fits the window");
      assert.deepEqual(complaints, []);
      await close();
    }
  });
});
