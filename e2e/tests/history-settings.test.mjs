// How long a channel's entries are kept, which values are believed, and the server's backups: settled and seen in a browser.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { overflow, PHONE, violations } from "../everyone.mjs";
import { asUser, openPage, setUp, soon, startBrowser, startServer } from "../harness.mjs";

const DAY = 86_400_000;

describe("the settings of a channel’s history", () => {
  let server, browser, ada, channel;
  before(async () => {
    [server, browser] = await Promise.all([startServer("serve"), startBrowser()]);
    ada = await setUp(server);
    channel = await ada.ask("POST", "/channels", { name: "Greenhouse", fields: ["Temperature (°C)"] });
    // Four readings a day in the last forty days; the newest is an hour old.
    const now = Date.now();
    const updates = Array.from({ length: 160 }, (_, n) => ({
      created_at: new Date(now - 3_600_000 - (159 - n) * (DAY / 4)).toISOString(),
      field1: String(20 + (n % 4)),
    }));
    const bulk = await fetch(`${server.url}/channels/${channel.id}/bulk_update.json`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ write_api_key: channel.keys.write_key, updates }),
    });
    assert.equal(bulk.status, 202);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  const open = (path, options = {}) => openPage(browser, server.url, { path, live: false, options: { ...asUser(ada, server), ...options } });
  const settings = (options) => open(`/channels/${channel.id}/settings`, options);
  const held = async () => (await ada.ask("GET", `/channels/${channel.id}/storage`)).entries;

  it("say what will go before it goes, and ask", async () => {
    const { page, complaints, close } = await settings();
    const history = page.getByRole("region", { name: "How long entries are kept" });
    await history.getByText("Keeps every entry for ever.").waitFor();
    await history.getByTestId("forecast").getByText(/^160 entries\. At this rate .* a month; the disk \(.* free\) is full in/).waitFor();

    await history.getByLabel("Every entry is kept").selectOption("days");
    await history.getByLabel("Days", { exact: true }).fill("0");
    await history.getByText("is a whole number, 1 or more").waitFor();
    await history.getByLabel("Days", { exact: true }).fill("30");
    await history.getByText("Keeps every entry for 30 days, then deletes it.").waitFor();
    await history.getByRole("button", { name: "Keep less of what is older" }).click();
    await history.getByLabel("Step 1 keeps").selectOption("one per day");
    await history.getByText("Keeps every entry for 30 days, then one per day.").waitFor();
    const [, promised] = /(\d+) entries go at once/.exec(await history.getByTestId("keeps").textContent());
    assert.ok(promised > 20 && promised < 40, promised);

    await history.getByRole("button", { name: "Save how long" }).click();
    const question = history.getByRole("group", { name: "Delete old entries?" });
    await question.getByText(`${promised} entries will be deleted for good.`).waitFor();
    await question.getByRole("button", { name: "Cancel" }).click();
    assert.equal(await held(), 160, "nothing went");
    await history.getByRole("button", { name: "Save how long" }).click();
    await question.getByRole("button", { name: `Delete ${promised} entries` }).click();
    await soon(async () => assert.equal(await held(), 160 - Number(promised)), 20_000);
    await history.getByText("Keeps every entry for 30 days, then one per day.").waitFor();
    assert.deepEqual(complaints, []);
    await close();
    assert.deepEqual((await ada.ask("GET", `/channels/${channel.id}`)).keep, { days: 30, tiers: [{ minutes: 1440, days: null }] });
  });

  it("leave out of charts what can’t be true, or refuse it", async () => {
    const { page, complaints, close } = await settings();
    const ranges = page.getByRole("region", { name: "What can be true" });
    await ranges.getByLabel("Lowest, Temperature (°C)").fill("60");
    await ranges.getByLabel("Highest, Temperature (°C)").fill("-40");
    await ranges.getByRole("button", { name: "Save ranges" }).click();
    await ranges.getByText("Temperature (°C): the lowest value is above the highest.").waitFor();
    await ranges.getByLabel("Lowest, Temperature (°C)").fill("-40");
    await ranges.getByLabel("Highest, Temperature (°C)").fill("60,5");
    await ranges.getByRole("button", { name: "Save ranges" }).click();
    await ranges.getByText("Saved").waitFor();
    const valid = async () => (await ada.ask("GET", `/channels/${channel.id}`)).fields[0].valid;
    assert.deepEqual(await valid(), { min: -40, max: 60.5, refuse: false });
    const write = async (value) => (await fetch(`${server.url}/update?api_key=${channel.keys.write_key}&field1=${value}`)).text();
    assert.notEqual(await write("-127"), "0", "it is kept");
    await ranges.getByLabel("Values outside, Temperature (°C)").selectOption("refuse the update");
    await ranges.getByRole("button", { name: "Save ranges" }).click();
    await soon(async () => assert.equal((await valid()).refuse, true));
    assert.equal(await write("-127"), "0", "it is refused");
    await ranges.getByLabel("Lowest, Temperature (°C)").fill("");
    await ranges.getByLabel("Highest, Temperature (°C)").fill("");
    await ranges.getByRole("button", { name: "Save ranges" }).click();
    await soon(async () => assert.equal(await valid(), undefined));
    assert.deepEqual(complaints, []);
    await close();
  });

  it("fit every window, and everyone", async () => {
    for (const options of [{}, { ...PHONE, colorScheme: "dark" }]) {
      const { page, complaints, close } = await settings({ ...options, reducedMotion: "reduce" });
      await page.getByLabel("Step 1 keeps").waitFor();
      await page.getByTestId("forecast").waitFor();
      assert.deepEqual(await violations(page), []);
      assert.ok((await overflow(page)) <= 0, "it fits the window");
      assert.deepEqual(complaints, []);
      await close();
    }
  });

  it("are one thing; the server’s backups another, for who looks after it", async () => {
    for (const options of [{}, { ...PHONE, colorScheme: "dark" }]) {
      const { page, complaints, close } = await open("/backups", { ...options, reducedMotion: "reduce" });
      const before = (await ada.ask("GET", "/backups")).files.length;
      await page.getByText("None are made by themselves.").waitFor();
      await page.getByRole("button", { name: "Back up now" }).click();
      await soon(async () => assert.equal((await ada.ask("GET", "/backups")).files.length, before + 1), 30_000);
      await page.getByTestId("last-backup").getByText(/read again and found whole/).waitFor();
      await page.getByTestId("disk").getByText(/in all channels/).waitFor();
      const coming = page.waitForEvent("download");
      await page.getByRole("link", { name: /^Download/ }).first().click();
      const file = await coming;
      assert.match(file.suggestedFilename(), /^fieldpost-\d{8}-\d{6}\.tar\.gz$/);
      assert.equal(await file.failure(), null);
      assert.deepEqual(await violations(page), []);
      assert.ok((await overflow(page)) <= 0, "it fits the window");
      assert.deepEqual(complaints, []);
      await close();
    }
  });
});
