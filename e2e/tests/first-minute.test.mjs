// The first minute: from the link that a new server prints to a chart that moves, with a pointer and with keys alone.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { ADA, isLive, ledChanges, openPage, soon, startBrowser, startServer, until } from "../harness.mjs";

describe("the first minute", () => {
  let server, browser;
  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    server = await startServer("serve");
  });
  afterEach(() => server?.stop());

  /** Opens the link that the server printed. */
  const openLink = async (options = {}) => openPage(browser, server.url, { path: await server.setup(), live: false, options });
  const heading = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();
  const fillIn = async (page) => {
    await page.getByLabel("Name").fill(ADA.login);
    await page.getByLabel("Password", { exact: true }).fill(ADA.password);
  };

  it("leads from the printed link to virtual boards and a chart that moves", async () => {
    const { page, complaints, close } = await openLink({ timezoneId: "Asia/Manila" });
    await heading(page, "Hello. Who are you?");
    await soon(async () => assert.equal(await page.getByLabel("Time zone").inputValue(), "Asia/Manila", "the zone is the browser's"));
    await fillIn(page);
    await page.getByText("Strong", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Begin" }).click();
    await heading(page, "Welcome, ada. Where do you want to begin?");
    await page.getByRole("button", { name: "Try it with virtual boards" }).click();
    await heading(page, /Press the button/);
    await isLive(page);
    const newest = () => Number(/\d+/.exec(document.querySelector("[data-testid=last-entry]").textContent)?.[0] ?? 0);
    const first = await until(page, newest, null, 30_000);
    await until(page, (first) => Number(/\d+/.exec(document.querySelector("[data-testid=last-entry]").textContent)?.[0]) > first, first, 30_000);
    await soon(async () => assert.ok((await page.getByTestId("chart-temperature").locator("canvas").count()) > 0));
    const led = await page.getByTestId("sensor-led").getAttribute("data-on");
    await page.getByTestId("display-button").click();
    await ledChanges(page, led);
    // The boards post for real: their channel is on the first page, with what they said.
    await page.getByRole("link", { name: "Channels", exact: true }).click();
    await heading(page, "Channels");
    const greenhouse = page.getByTestId("channel-card").filter({ hasText: "Greenhouse" });
    await soon(async () => assert.match(await greenhouse.getByTestId("value-1").innerText(), /\d/));
    // That the boards were off at first is the one "no".
    assert.deepEqual(complaints.filter((text) => !text.includes("404")), []);
    await close();
  });

  it("is told by the server's first page where the link is", async () => {
    const { page, close } = await openPage(browser, server.url, { live: false });
    await heading(page, "Finish set-up with the link that the server printed.");
    await close();
  });

  it("makes a channel for a board of one's own with one click, and shows how to reach it", async () => {
    const { page, complaints, close } = await openLink();
    await fillIn(page);
    await page.getByRole("button", { name: "Begin" }).click();
    await page.getByRole("button", { name: "Connect my board" }).click();
    await page.waitForURL(/\/channels\/\d+\/connect$/);
    await heading(page, /My board/);
    assert.deepEqual(complaints, []);
    await close();
  });

  it("goes by keys alone, and the focus is where the eye is", async () => {
    const { page, complaints, close } = await openLink();
    await heading(page, "Hello. Who are you?");
    const focused = () =>
      page.evaluate(() => {
        const { activeElement: stop, body } = document;
        return stop === body ? "" : (stop.labels?.[0]?.textContent ?? stop.textContent);
      });
    const tabTo = async (name) => {
      for (let press = 0; press < 20 && !(await focused()).includes(name); press += 1) await page.keyboard.press("Tab");
      await soon(async () => assert.ok((await focused()).includes(name), `${name} is reached, not ${await focused()}`));
    };
    await tabTo("Name");
    await page.keyboard.type(ADA.login);
    await tabTo("Password");
    await page.keyboard.type(ADA.password);
    await page.keyboard.press("Enter");
    await heading(page, /Welcome/);
    await until(page, () => document.activeElement.tagName === "H1");
    await tabTo("Try it with virtual boards");
    await page.keyboard.press("Enter");
    await heading(page, /Press the button/);
    await until(page, () => document.activeElement.tagName === "H1");
    await isLive(page);
    assert.deepEqual(complaints.filter((text) => !text.includes("404")), []);
    await close();
  });

  it("says beside a field what is missing, and puts the cursor there", async () => {
    const { page, complaints, close } = await openLink();
    await page.getByRole("button", { name: "Begin" }).click();
    await page.getByText("Type a name, such as your first name").waitFor();
    await until(page, () => document.activeElement.labels?.[0]?.textContent === "Name");
    await page.getByLabel("Name").fill("ada");
    await page.getByLabel("Password", { exact: true }).fill("short");
    await page.getByText("Too short: 3 more characters").waitFor();
    await page.getByRole("button", { name: "Begin" }).click();
    await until(page, () => document.activeElement.labels?.[0]?.textContent === "Password");
    await soon(async () => assert.match(await page.getByLabel("Password", { exact: true }).getAttribute("aria-describedby"), /problem/));
    assert.deepEqual(complaints, []);
    await close();
  });

  it("takes a link once", async () => {
    const first = await openLink();
    await fillIn(first.page);
    await first.page.getByRole("button", { name: "Begin" }).click();
    await heading(first.page, /Welcome/);
    const { page, close } = await openLink();
    await heading(page, "This link is used up");
    await page.getByRole("link", { name: "Sign in" }).first().click();
    await heading(page, "Sign in");
    await first.close();
    await close();
  });

  it("does not take a link that the server never printed", async () => {
    const { page, close } = await openPage(browser, server.url, { path: "/setup/NONE-SUCH", live: false });
    await fillIn(page);
    await page.getByRole("button", { name: "Begin" }).click();
    await page.getByText(/link/).first().waitFor();
    await until(page, () => /link|set/i.test(document.querySelector("main").innerText));
    assert.equal((await (await fetch(`${server.url}/api/v1/server`)).json()).set_up, false);
    await close();
  });
});
