// The story of the demo page: two boards, a button, a light, and charts that move.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { shift } from "../everyone.mjs";
import { boardsSay, isLive, ledChanges, openPage, soon, startBrowser, startServer, until } from "../harness.mjs";

describe("the demo page", () => {
  let server, browser, page, complaints, close;

  before(async () => {
    [server, browser] = await Promise.all([startServer(), startBrowser()]);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });
  beforeEach(async () => {
    ({ page, complaints, close } = await openPage(browser, server.url));
    await settled();
  });
  afterEach(async () => {
    assert.deepEqual(complaints, [], "the browser had nothing to complain about");
    await close();
  });

  /** A press that the story before made has come to its end: the LED is what the button wants. */
  const settled = async () => {
    const began = Date.now();
    for (;;) {
      const { boards } = await get("/api/v1/boards");
      const [display, sensor] = ["display", "sensor"].map((id) => boards.find((board) => board.id === id));
      if (!display.button && sensor.led === display.state && String(sensor.led) === (await led())) return;
      assert.ok(Date.now() - began < 30_000, `the last press did not come to its end\n${await boardsSay(page)}`);
      await page.waitForTimeout(50);
    }
  };
  /** The server's answer to the button going down, or up again. */
  const buttonAnswers = (pressed) =>
    page.waitForResponse((answer) => answer.url().endsWith("/display/button") && answer.request().postDataJSON().pressed === pressed);
  const led = () => page.getByTestId("sensor-led").getAttribute("data-on");
  const ledTurns = (from) => ledChanges(page, from);
  const lastEntry = async () => Number(/\d+/.exec(await page.getByTestId("last-entry").innerText())?.[0] ?? 0);
  const entryAfter = (id) =>
    until(page, (id) => Number(/\d+/.exec(document.querySelector("[data-testid=last-entry]").textContent)?.[0]) > id, id);
  const get = async (path) => (await fetch(server.url + path)).json();
  const newest = async () => (await get("/channels/1/feeds.json?results=1")).feeds[0];
  const climate = async () => (await get("/api/v1/boards")).boards.find((board) => board.id === "sensor").climate;

  it("lights the LED of the other board when the button is clicked, and puts it out again", async () => {
    for (let press = 0; press < 2; press += 1) {
      const from = await led();
      await page.getByTestId("display-button").click();
      await ledTurns(from);
      const word = from === "true" ? "off" : "on";
      await soon(async () => assert.match(await page.getByTestId("sensor-led").innerText(), new RegExp(word)));
      await page.getByText(`The LED is ${word}`, { exact: true }).waitFor({ timeout: 15_000 });
    }
  });

  for (const key of ["Space", "Enter"]) {
    it(`lights the LED when the button is pressed with ${key}`, async () => {
      const from = await led();
      await page.getByTestId("display-button").focus();
      await page.keyboard.press(key);
      await ledTurns(from);
    });
  }

  it("lights the LED when assistive technology presses the button", async () => {
    const from = await led();
    await page.getByTestId("display-button").evaluate((button) => button.click());
    await ledTurns(from);
  });

  it("turns the state once for a key that is held down", async () => {
    const state = async () => (await get("/api/v1/boards")).boards.find((board) => board.id === "display").state;
    const before = await state();
    const presses = [];
    page.on("request", (request) => {
      if (request.url().endsWith("/display/button")) presses.push(request.postData());
    });
    const released = buttonAnswers(false);
    await page.getByTestId("display-button").focus();
    for (let repeat = 0; repeat < 5; repeat += 1) await page.keyboard.down("Space");
    await page.keyboard.up("Space");
    await released;
    await settled();
    assert.deepEqual(presses, ['{"pressed":true}', '{"pressed":false}']);
    await soon(async () => assert.equal(await state(), !before));
  });

  it("says so politely when the LED changes", async () => {
    const from = await led();
    await page.getByTestId("display-button").click();
    await ledTurns(from);
    const said = page.locator('[aria-live="polite"]', { hasText: "The LED of the sensor node" });
    await soon(async () => assert.match(await said.innerText(), from === "true" ? /is off/ : /is on/));
  });

  it("brings a climate set with the slider to charts, display and table", async () => {
    const slider = page.getByTestId("temperature-slider");
    const pixels = () => page.getByTestId("oled").evaluate((canvas) => canvas.toDataURL());
    const before = { entry: await lastEntry(), pixels: await pixels() };
    // The pointer goes to a place on the track; then the keys go on from there.
    const box = await slider.boundingBox();
    await page.mouse.click(box.x + box.width * 0.9, box.y + box.height / 2);
    await page.keyboard.press("ArrowRight");
    const put = Number(await slider.inputValue());
    assert.ok(put > 35, `the slider stands at ${put}`);
    await page.waitForTimeout(500);
    await soon(async () => assert.equal((await climate()).temperature, put));
    // One round may have been measured before.
    await entryAfter(before.entry + 1);
    const entry = await newest();
    assert.ok(Math.abs(Number(entry.field1) - put) < 1.5, `entry ${entry.entry_id} says ${entry.field1}`);
    await until(page, (old) => document.querySelector("[data-testid=oled]").toDataURL() !== old, before.pixels);
    await page.getByText("The same as a table").click();
    const row = page.getByTestId("entries").locator("tbody tr", { hasText: entry.field1 }).first();
    await soon(async () => assert.match(await row.innerText(), new RegExp(`${entry.entry_id}`)));
  });

  it("keeps the other value when one slider is moved", async () => {
    const before = await climate();
    await page.getByTestId("humidity-slider").focus();
    await page.keyboard.press("ArrowLeft");
    await page.waitForTimeout(500);
    const after = await climate();
    assert.equal(after.temperature, before.temperature);
    assert.notEqual(after.humidity, before.humidity);
  });

  it("shows the display's memory pixel by pixel", async () => {
    const different = await page.evaluate(async () => {
      const canvas = document.querySelector("[data-testid=oled]");
      // The picture may change between the two looks; then they are taken again.
      for (let attempt = 0; ; attempt += 1) {
        const { boards } = await (await fetch("/api/v1/boards")).json();
        const { oled } = boards.find((board) => board.id === "display");
        const memory = Uint8Array.from(atob(oled.pixels), (char) => char.charCodeAt(0));
        const image = canvas.getContext("2d").getImageData(0, 0, 128, 64).data;
        let [wrong, lit] = [0, 0];
        for (let y = 0; y < 64; y += 1) {
          for (let x = 0; x < 128; x += 1) {
            const on = ((memory[(y >> 3) * 128 + x] >> (y & 7)) & 1) === 1;
            lit += on;
            wrong += on !== image[(y * 128 + x) * 4] > 128;
          }
        }
        if (wrong === 0 || attempt === 20) return { wrong, lit: lit > 0 };
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    });
    assert.deepEqual(different, { wrong: 0, lit: true });
  });

  it("draws charts, with a table and a summary for those who do not see them", async () => {
    await entryAfter(2);
    for (const [chart, colour] of [
      ["chart-temperature", "--temperature"],
      ["chart-humidity", "--humidity"],
    ]) {
      // The line is drawn in its colour: some pixels have nearly that.
      const drawn = await page.getByTestId(chart).evaluate(async (element, colour) => {
        const canvas = element.querySelector("canvas");
        const wanted = getComputedStyle(element).getPropertyValue(colour).trim();
        const probe = new OffscreenCanvas(1, 1).getContext("2d");
        probe.fillStyle = wanted;
        probe.fillRect(0, 0, 1, 1);
        const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let count = 0;
        for (let at = 0; at < data.length; at += 4) {
          const off = Math.abs(data[at] - red) + Math.abs(data[at + 1] - green) + Math.abs(data[at + 2] - blue);
          count += data[at + 3] > 200 && off < 24;
        }
        return count;
      }, colour);
      assert.ok(drawn > 10, `${chart} has ${drawn} pixels of its line`);
      const described = await page.getByTestId(chart).getAttribute("aria-describedby");
      await soon(async () => assert.match(await page.locator(`#${described}`).innerText(), /^Last 2 minutes: .+ and (steady|rising|falling)\.$/));
    }
    await page.getByText("The same as a table").click();
    const rows = page.getByTestId("entries").locator("tbody tr");
    await soon(async () => assert.ok((await rows.count()) >= 2));
    const shown = await rows.first().innerText();
    const entries = (await get("/channels/1/feeds.json?results=3")).feeds;
    assert.ok(entries.some((entry) => shown.includes(String(entry.entry_id)) && shown.includes(entry.field1)), shown);
  });

  it("moves the charts' cursor with the keys", async () => {
    await entryAfter(2);
    const entry = page.locator('.track[data-kind="temperature"] .track-entry');
    await page.getByTestId("chart-temperature").focus();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    const shown = async () => Number(/\d+/.exec(await entry.innerText())?.[0] ?? Infinity);
    await soon(async () => assert.ok((await shown()) < (await lastEntry())));
    const earlier = await shown();
    await page.keyboard.press("Escape");
    await until(page, (old) => Number(/\d+/.exec(document.querySelector(".track[data-kind=temperature] .track-entry").textContent)[0]) > old, earlier);
  });

  it("goes on after the server was restarted, with each entry once and none missing", async (test) => {
    if (!server.restart) return test.skip("this server is not ours to restart");
    await page.getByText("The same as a table").click();
    const state = page.getByTestId("live-state");
    const before = await lastEntry();
    const restarted = server.restart(4_000);
    await page.locator('[data-testid="live-state"][data-state="reconnecting"]').waitFor({ timeout: 15_000 });
    await soon(async () => assert.equal(await state.innerText(), "Reconnecting"));
    await restarted;
    await until(page, () => document.querySelector("[data-testid=live-state]").dataset.state === "live", null, 30_000);
    await entryAfter(before + 2);
    const ids = (await page.getByTestId("entries").locator("tbody tr td:nth-child(2)").allInnerTexts()).map(Number);
    // The table is in the order of times, which need not be that of ids.
    assert.deepEqual(ids.toSorted((one, other) => one - other), ids.map((_, index) => index + 1));
    // That a server is not there is noted in the console by the browser itself.
    assert.deepEqual(complaints.filter((text) => !/ERR_|Failed to load resource/.test(text)), []);
    complaints.length = 0;
  });

  it("lets go of its connections while nobody looks, and misses nothing", async () => {
    const look = (hidden) =>
      page.evaluate((hidden) => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
        document.dispatchEvent(new Event("visibilitychange"));
      }, hidden);
    await page.getByText("The same as a table").click();
    await look(true);
    await page.locator('[data-testid="live-state"][data-state="reconnecting"]').waitFor({ timeout: 5_000 });
    const before = await lastEntry();
    await page.waitForTimeout(4_000);
    await soon(async () => assert.equal(await lastEntry(), before));
    await look(false);
    await isLive(page);
    await entryAfter(before + 1);
    const ids = (await page.getByTestId("entries").locator("tbody tr td:nth-child(2)").allInnerTexts()).map(Number);
    const sorted = ids.toSorted((one, other) => one - other);
    assert.deepEqual(sorted, ids.map((_, index) => sorted[0] + index));
  });

  it("shows a board whose Wi-Fi was unplugged, and its entries once it is back", async () => {
    const wifi = page.getByRole("switch", { name: "Wi-Fi of the sensor node" });
    await wifi.click();
    await soon(async () => assert.equal(await wifi.getAttribute("aria-checked"), "false"));
    await page.waitForTimeout(4_000);
    const before = await lastEntry();
    await page.waitForTimeout(4_000);
    await soon(async () => assert.equal(await lastEntry(), before, "nothing comes from a board without a network"));
    await soon(async () => assert.equal(await wifi.getAttribute("aria-checked"), "false"));
    await wifi.click();
    await entryAfter(before + 1);
  });

  it("says in words what the server refuses", async () => {
    await page.route("**/boards/display/button", (route) =>
      route.fulfill({ status: 409, contentType: "application/json", body: '{"error":"The board is switched off."}' }),
    );
    // Down and up are two requests, and both are refused.
    const refused = [buttonAnswers(true), buttonAnswers(false)];
    await page.getByTestId("display-button").click();
    await Promise.all(refused);
    await page.getByRole("alert").getByText("The board is switched off.").waitFor();
    await page.getByRole("button", { name: "Close" }).click();
    await soon(async () => assert.equal(await page.getByRole("alert").innerText(), ""));
    // The browser notes a refused request in its console by itself.
    assert.ok(complaints.every((text) => text.includes("409")), complaints.join());
    complaints.length = 0;
  });

  it("never moves what is already there", async () => {
    const moved = await shift(page, 5_000);
    assert.ok(moved < 0.02, `layout shift ${moved}`);
  });
});
