// A channel of another server comes here with its history, asked for on the import page; and goes out as a file.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { overflow, PHONE, violations } from "../everyone.mjs";
import { asUser, openPage, setUp, soon, startBrowser, startServer } from "../harness.mjs";

const COUNT = 1_300;
const START = Date.parse("2024-05-06T07:00:00Z") / 1_000;

describe("an import", () => {
  let here, there, browser, ada, eve, remote;
  before(async () => {
    [here, there, browser] = await Promise.all([startServer("serve"), startServer("serve"), startBrowser()]);
    [ada, eve] = await Promise.all([setUp(here), setUp(there)]);
    remote = await eve.ask("POST", "/channels", { name: "Greenhouse", fields: ["Temperature (°C)"], id: 1242207 });
    const updates = Array.from({ length: COUNT }, (_, n) => ({ created_at: START + 15 * n, field1: `${n % 40}.5` }));
    const answer = await fetch(`${there.url}/channels/${remote.id}/bulk_update.json`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ write_api_key: remote.keys.write_key, updates }),
    });
    assert.equal(answer.status, 202);
  });
  after(async () => {
    await browser?.close();
    await Promise.all([here?.stop(), there?.stop()]);
  });

  const open = (path, options = {}) => openPage(browser, here.url, { path, live: false, options: { ...asUser(ada, here), ...options } });

  it("shows what is there, brings all of it, and says what to change in a sketch", async () => {
    const { page, complaints, close } = await open("/import");
    const form = page.getByRole("form", { name: "From ThingSpeak directly" });
    await form.getByRole("button", { name: "Look what is there" }).click();
    await form.getByText("A channel’s number has digits only").waitFor();
    await form.getByLabel("Channel there").fill(String(remote.id));
    await form.getByText("Settings and keys too, or another server").click();
    await form.getByLabel("Your user key there").fill(eve.me.api_key);
    await form.getByLabel("Server", { exact: true }).fill(there.url);
    await form.getByRole("button", { name: "Look what is there" }).click();
    // Nobody agreed to a private network yet.
    await form.getByRole("alert").getByText(/own machine|private/).waitFor();
    await form.getByLabel("It may be in this server’s own network").check();
    await form.getByRole("button", { name: "Look what is there" }).click();
    const found = page.getByRole("region", { name: "What is there" });
    await found.getByText(/About 1,300 entries, from 6 May 2024 to 6 May 2024/).waitFor();
    await found.getByText("Temperature (°C)").waitFor();
    await found.getByRole("button", { name: "Bring it all" }).click();

    const job = page.getByTestId("imports").getByRole("article");
    await job.getByText("All 1,300 entries are here.").waitFor({ timeout: 60_000 });
    await job.getByText("change the host").waitFor();
    await soon(async () => assert.match(await job.getByText(new URL(there.url).host).last().innerText(), /^- 127/));
    const made = await ada.ask("GET", `/channels/${remote.id}`);
    assert.equal(made.keys.write_key, remote.keys.write_key, "the keys are those of there");
    const { entries } = await ada.ask("GET", `/channels/${remote.id}/entries?limit=2`);
    assert.deepEqual(entries.map(({ entry_id, created_at }) => [entry_id, created_at]), [
      [COUNT, (START + 15 * (COUNT - 1)) * 1_000],
      [COUNT - 1, (START + 15 * (COUNT - 2)) * 1_000],
    ]);
    await job.getByRole("link", { name: "Greenhouse" }).click();
    await page.waitForURL(`**/channels/${remote.id}`);
    await page.goBack();
    await job.getByRole("button", { name: "Close" }).click();
    await job.waitFor({ state: "detached" });
    assert.deepEqual(complaints.filter((text) => !/502/.test(text)), []);
    await close();
  });

  it("goes out as a file of some days, with everything in it", async () => {
    const { page, complaints, close } = await open(`/channels/${remote.id}/settings`);
    const panel = page.getByRole("region", { name: "Export" });
    await panel.getByLabel("Format").selectOption("jsonl");
    await panel.getByLabel("From").fill("2024-05-07");
    await panel.getByLabel("Up to").fill("2024-05-06");
    await panel.getByText("The first day lies after the last one.").waitFor();
    await panel.getByLabel("From").fill("2024-05-06");
    const download = page.waitForEvent("download");
    await panel.getByRole("link", { name: "Download these days" }).click();
    const lines = (await readFile(await (await download).path(), "utf8")).trimEnd().split("\n");
    assert.equal(lines.length, COUNT);
    assert.deepEqual(JSON.parse(lines[1]), { created_at: "2024-05-06T07:00:15.000Z", entry_id: 2, field1: "1.5" });
    assert.deepEqual(complaints, []);
    await close();
  });

  it("is for everyone, at any width", async () => {
    for (const options of [{}, { ...PHONE, colorScheme: "dark" }]) {
      const { page, complaints, close } = await open("/import", { ...options, reducedMotion: "reduce" });
      await page.getByText("Settings and keys too, or another server").click();
      await page.getByLabel("Your user key there").waitFor();
      assert.deepEqual(await violations(page), []);
      assert.ok((await overflow(page)) <= 0, "it fits the window");
      assert.deepEqual(complaints, []);
      await close();
    }
  });
});
