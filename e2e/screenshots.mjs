// Pictures of the page by day and by night, on a desk and on a phone, into results/.

import { mkdir } from "node:fs/promises";
import { boardsSay, openPage, startBrowser, startServer, until } from "./harness.mjs";

const OUT = new URL("./results/", import.meta.url).pathname;
/** How many entries the charts should show at least. */
const ENTRIES = Number(process.env.ENTRIES ?? 12);

const SIZES = {
  desktop: { viewport: { width: 1280, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
};

const server = await startServer();
const browser = await startBrowser();
await mkdir(OUT, { recursive: true });
try {
  for (const [size, options] of Object.entries(SIZES)) {
    for (const colorScheme of ["light", "dark"]) {
      const { page, close } = await openPage(browser, server.url, { options: { ...options, colorScheme } });
      const led = page.getByTestId("sensor-led");
      const entry = page.getByTestId("last-entry");
      const enough = (least) => Number(/\d+/.exec(document.querySelector("[data-testid=last-entry]")?.textContent ?? "")?.[0]) >= least;
      await until(page, enough, ENTRIES, 120_000).catch(async () => {
        throw new Error(`too few entries in time: ${await entry.innerText()}, ${await page.getByTestId("live-state").innerText()}\n${await boardsSay(page)}`);
      });
      if ((await led.getAttribute("data-on")) === "false") {
        await page.getByTestId("display-button").click();
        await page.locator('[data-testid="sensor-led"][data-on="true"]').waitFor({ timeout: 15_000 });
      }
      await page.waitForTimeout(600);
      await page.screenshot({ path: `${OUT}demo-${size}-${colorScheme}.png` });
      await page.screenshot({ path: `${OUT}demo-${size}-${colorScheme}-whole.png`, fullPage: true });
      console.log(`results/demo-${size}-${colorScheme}.png`);
      await close();
    }
  }
} finally {
  await browser.close();
  await server.stop();
}
