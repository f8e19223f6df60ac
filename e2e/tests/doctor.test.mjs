// The list of attempts on a channel's page: it fills while one looks, in words, and can be read by anybody.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { overflow, PHONE, SCHEMES, violations } from "../everyone.mjs";
import { asUser, openPage, setUp, soon, startBrowser, startServer, until } from "../harness.mjs";

describe("what became of every attempt", () => {
  let server, browser, owner;
  before(async () => {
    [server, browser] = await Promise.all([startServer("serve"), startBrowser()]);
    owner = await setUp(server);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  /** A channel, and the page with its attempts. */
  async function doctor(options) {
    const channel = await owner.ask("POST", "/channels", { name: "Greenhouse", fields: ["Temperature", "Humidity"] });
    const path = `/channels/${channel.id}/doctor`;
    const opened = await openPage(browser, server.url, { path, live: false, options: { ...asUser(owner, server), ...options } });
    await opened.page.getByText("Nobody has knocked yet.").waitFor();
    return { channel, ...opened };
  }

  const update = (query, agent = "greenhouse board") =>
    fetch(`${server.url}/update?${new URLSearchParams(query)}`, { headers: { "User-Agent": agent } });

  it("shows what went well and what went wrong while one looks, newest first, with the fix", async () => {
    const { channel, page, complaints, close } = await doctor();
    const here = page.getByTestId("doctor-here");
    await update({ api_key: channel.keys.write_key, field1: "21.5" });
    await here.locator('[data-outcome="well"]').waitFor({ timeout: 15_000 });
    await update({ api_key: channel.keys.read_keys[0].key, field1: "21.5" });
    const trouble = here.locator('[data-outcome="trouble"]');
    await trouble.waitFor({ timeout: 15_000 });
    const [first] = await here.getByTestId("attempt").all();
    await soon(async () => assert.equal(await first.getAttribute("data-outcome"), "trouble", "the newest is on top"));
    await soon(async () => assert.match(await trouble.innerText(), /read key[\s\S]*write key/i));
    await soon(async () => assert.ok((await trouble.innerText()).includes("greenhouse board"), "it says who it was"));
    await soon(async () => assert.match(await here.getByTestId("counts").innerText(), /^2 attempts$/));
    await until(page, () => /read key/i.test(document.querySelector('.doctor > [role="status"]')?.textContent ?? ""));

    await trouble.getByText("What it sent").click();
    const sent = await trouble.locator("pre").innerText();
    assert.match(sent, /^GET \/update/);
    assert.ok(!sent.includes(channel.keys.read_keys[0].key), "keys are masked");

    await page.getByLabel("Only troubles").check();
    await soon(async () => assert.equal(await here.getByTestId("attempt").count(), 1));
    assert.deepEqual(complaints, []);
    await close();
  });

  it("knocks with a key that nobody knows are in a list of their own", async () => {
    const { page, close } = await doctor();
    await update({ api_key: "ZZZZZZZZZZZZZZZZ", field1: "1" }, "a stranger");
    const stranger = page.getByTestId("doctor-strangers").getByTestId("attempt").filter({ hasText: "a stranger" });
    await stranger.waitFor({ timeout: 15_000 });
    await soon(async () => assert.equal(await page.getByTestId("doctor-here").getByTestId("attempt").count(), 0));
    await close();
  });

  it("is still there after the page was read again", async () => {
    const { channel, page, close } = await doctor();
    await update({ api_key: channel.keys.write_key, field1: "22" });
    await page.getByTestId("doctor-here").getByTestId("attempt").waitFor({ timeout: 15_000 });
    await page.reload();
    await page.getByTestId("doctor-here").getByTestId("attempt").waitFor({ timeout: 15_000 });
    await close();
  });

  for (const colorScheme of SCHEMES) {
    it(`fits a phone and every reader (${colorScheme})`, async () => {
      const { channel, page, close } = await doctor({ ...PHONE, colorScheme });
      await update({ api_key: channel.keys.write_key, field1: "22" });
      await update({ api_key: channel.keys.read_keys[0].key, field1: "x".repeat(200) });
      await page.getByTestId("doctor-here").locator('[data-outcome="trouble"]').waitFor({ timeout: 15_000 });
      for (const summary of await page.locator("summary").all()) await summary.click();
      await soon(async () => assert.equal(await overflow(page), 0));
      await soon(async () => assert.deepEqual(await violations(page), []));
      await close();
    });
  }
});
