// For everyone: by day and by night, on a desk and on a phone, with a pointer, keys or a screen reader.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { PHONE, overflow, violations } from "../everyone.mjs";
import { ledChanges, openPage, soon, startBrowser, startServer } from "../harness.mjs";

const NARROW = { viewport: { width: 320, height: 640 } };

describe("the demo page for everyone", () => {
  let server, browser;
  before(async () => {
    [server, browser] = await Promise.all([startServer(), startBrowser()]);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  for (const colorScheme of ["light", "dark"]) {
    for (const [size, options] of [["desk", {}], ["phone", PHONE]]) {
      it(`has nothing for axe to find, ${colorScheme}, on a ${size}`, async () => {
        const { page, complaints, close } = await openPage(browser, server.url, { options: { ...options, colorScheme } });
        for (const summary of await page.locator("summary").all()) await summary.click();
        await soon(async () => assert.deepEqual(await violations(page), []));
        const from = await page.getByTestId("sensor-led").getAttribute("data-on");
        await page.getByTestId("display-button").click();
        await soon(async () => assert.deepEqual(await violations(page), [], "while a press is on its way"));
        await ledChanges(page, from);
        await page.waitForTimeout(400);
        await soon(async () => assert.deepEqual(await violations(page), [], "after the LED has changed"));
        assert.deepEqual(complaints, []);
        await close();
      });
    }
  }

  it("has no sideways scroll on a phone, however narrow", async () => {
    for (const options of [PHONE, NARROW]) {
      const { page, close } = await openPage(browser, server.url, { options });
      await soon(async () => assert.ok((await overflow(page)) <= 0, `at ${options.viewport.width} pixels`));
      await close();
    }
  });

  it("is reached by keys in the order in which it is seen, with a ring around each stop", async () => {
    const { page, close } = await openPage(browser, server.url);
    const stops = [];
    for (let press = 0; press < 14; press += 1) {
      await page.keyboard.press("Tab");
      stops.push(
        await page.evaluate(() => {
          const { activeElement: stop } = document;
          const ring = stop.matches("input[type=radio]") ? stop.nextElementSibling : stop;
          return {
            name: stop.dataset.testid ?? stop.getAttribute("role") ?? stop.tagName.toLowerCase(),
            ring: getComputedStyle(ring).outlineStyle === "solid",
          };
        }),
      );
    }
    const names = stops.map((stop) => stop.name);
    const wanted = ["display-button", "switch", "temperature-slider", "humidity-slider", "switch", "chart-temperature", "chart-humidity"];
    assert.deepEqual(names.filter((name) => wanted.includes(name)), wanted);
    assert.deepEqual(stops.filter((stop) => stop.name !== "body" && !stop.ring), []);
    await close();
  });

  it("does without motion where motion is not wanted", async () => {
    const { page, close } = await openPage(browser, server.url, { options: { reducedMotion: "reduce" } });
    const from = await page.getByTestId("sensor-led").getAttribute("data-on");
    await page.getByTestId("display-button").click();
    await ledChanges(page, from);
    const moving = await page.evaluate(() => document.getAnimations().map((animation) => animation.animationName ?? animation.transitionProperty));
    assert.deepEqual(moving.filter((name) => name !== "shine"), []);
    await close();
  });
});
