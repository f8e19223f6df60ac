// The docs inside the binary, in a real browser: readable by everyone, with and without scripts, on paper too.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { SCHEMES, SIZES, overflow, violations } from "../everyone.mjs";
import { openPage, soon, startBrowser, startServer } from "../harness.mjs";

/** Pages that between them have diagrams, tables, folds, code of all kinds, answers, and headings of code. */
const EVERYTHING = ["/docs", "/docs/boards", "/docs/connect/arduino", "/docs/api", "/docs/trouble"];

const open = (browser, server, path, options = {}) => openPage(browser, server.url, { path, options, live: false });

describe("the docs", () => {
  // The pages of the navigation in their order, and with them all that the first page leads to.
  let server, browser, addresses, all;
  before(async () => {
    [server, browser] = await Promise.all([startServer("serve"), startBrowser()]);
    const { page, close } = await open(browser, server, "/docs");
    const within = (place) => page.locator(`${place} a[href^="/docs"]`).evaluateAll((links) => links.map((link) => link.getAttribute("href")));
    addresses = await within(".columns nav.pages");
    all = new Set(["/docs", ...addresses, ...(await within("article"))]);
    await close();
    assert.ok(addresses.length > 15, `${addresses.length} pages`);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  for (const colorScheme of SCHEMES) {
    for (const [size, options] of Object.entries(SIZES)) {
      it(`have nothing for axe to find and no sideways scroll, ${colorScheme}, on a ${size}`, async () => {
        const { page, complaints, close } = await open(browser, server, "/docs", { ...options, colorScheme });
        for (const address of all) {
          await page.goto(server.url + address);
          for (const fold of await page.locator("summary:visible").all()) await fold.click();
          // Every page once; in other colours and sizes those with everything that pages are made of.
          if ((size === "desk" && colorScheme === "light") || EVERYTHING.includes(address)) {
            await soon(async () => assert.deepEqual(await violations(page), [], address));
          }
          const over = await overflow(page);
          assert.ok(over <= 0, `${address} is ${over} pixels too wide`);
          assert.deepEqual(complaints, [], address);
        }
        await close();
      });
    }
  }

  it("are whole without scripts", async () => {
    const { page, close } = await open(browser, server, "/docs", { javaScriptEnabled: false, ...SIZES.phone });
    await page.locator(".pages-fold summary").tap();
    await page.locator(".pages-fold").getByRole("link", { name: "Troubleshooting by symptom" }).tap();
    await page.getByRole("heading", { level: 1, name: "Troubleshooting by symptom" }).waitFor();
    await page.locator(".here-fold summary").tap();
    await page.locator(".here-fold").getByRole("link", { name: "-401", exact: true }).tap();
    await page.waitForURL(/#-401$/);
    await soon(async () => assert.ok((await page.getByRole("heading", { name: "-401" }).boundingBox()).y < 200, "the heading is in sight"));
    await close();
  });

  it("show the address at which the reader found the server, and give code to copy", async () => {
    const { page, close } = await open(browser, server, "/docs/connect", { permissions: ["clipboard-read", "clipboard-write"] });
    const first = page.locator(".code:not([data-answer])").first();
    await first.getByRole("button").click();
    await first.getByText("Copied").waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(copied, new RegExp(`^curl "${server.url}/update\\?api_key=`));
    await close();
  });

  it("are led through by keys, from the first page to the last", async () => {
    const { page, close } = await open(browser, server, addresses[0]);
    await page.keyboard.press("Tab");
    await soon(async () => assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the text"));
    await page.keyboard.press("Enter");
    await soon(async () => assert.equal(await page.evaluate(() => document.activeElement.id), "text"));
    const seen = [addresses[0]];
    for (let next = page.locator("a.next"); (await next.count()) > 0; ) {
      await next.press("Enter");
      await page.waitForURL((url) => url.pathname !== seen.at(-1));
      seen.push(new URL(page.url()).pathname);
    }
    assert.deepEqual(seen, addresses);
    await close();
  });

  it("leave out on paper what only a screen needs", async () => {
    const { page, close } = await open(browser, server, "/docs/api");
    await page.emulateMedia({ media: "print" });
    for (const name of [".top", ".columns nav.pages", ".steps"]) assert.equal(await page.locator(name).isVisible(), false, name);
    await soon(async () => assert.equal(await page.locator("h1").isVisible(), true));
    await close();
  });
});
