// The page of a server without virtual boards, and of a server that is not there.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { openPage, soon, startBrowser, startServer } from "../harness.mjs";

describe("the start page", () => {
  let server, browser;
  before(async () => {
    [server, browser] = await Promise.all([startServer("serve"), startBrowser()]);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  it("says how to make a channel, post to it and read it, with this server's address", async () => {
    const { page, complaints, close } = await openPage(browser, server.url, { live: false });
    await page.getByRole("heading", { level: 1 }).waitFor();
    const text = await page.locator("main").innerText();
    assert.ok(text.includes("fieldpost channel create"));
    assert.ok(text.includes(`curl "${server.url}/update?api_key=YOUR_WRITE_KEY&field1=21.5"`));
    assert.ok(text.includes(`${server.url}/channels/1/feeds.json`));
    // Asking for boards, which are for who is signed in, is the one request that fails.
    assert.deepEqual(complaints.filter((text) => !/40[14]/.test(text)), []);
    await close();
  });

  it("fits a phone", async () => {
    const options = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
    const { page, close } = await openPage(browser, server.url, { live: false, options });
    await page.getByRole("heading", { level: 1 }).waitFor();
    await soon(async () => assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390));
    await close();
  });
});
