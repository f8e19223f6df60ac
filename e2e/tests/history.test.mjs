// A year of history: there at once, closer at every turn, and put right where it is wrong, in all windows that look.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { overflow, PHONE, SCHEMES, SIZES, violations } from "../everyone.mjs";
import { update } from "../greenhouse.mjs";
import { asUser, openPage, setUp, signIn, soon, startBrowser, startServer } from "../harness.mjs";
import { SPIKE, yearOf } from "../year.mjs";

describe("a year of history", () => {
  let server, browser, ada, channel, entries, spike;
  before(async () => {
    [server, browser] = await Promise.all([startServer("serve"), startBrowser()]);
    ada = await setUp(server);
    ({ channel, entries, spike } = await yearOf(server, ada));
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  const open = async (path = "", options = {}, user = ada) => {
    const opened = await openPage(browser, server.url, { path: `/channels/${channel.id}${path}`, options: { ...asUser(user, server), ...options } });
    if (!path.startsWith("/")) await drawn(opened.page);
    return opened;
  };
  const drawn = (page) => page.getByTestId("chart-1").locator("canvas").waitFor();
  const plotOf = (page) => page.getByTestId("chart-1").locator(".u-over");
  const summary = (page) => page.locator("#field1-summary");
  const resolution = (page) => page.getByTestId("resolution");
  const notice = (page) => page.getByTestId("notice");
  const tile = (page, no) => page.getByTestId(`tile-${no}`).locator(".tile-value");
  const card = (page) => page.getByTestId("entry-card");
  const rows = (page) => page.getByTestId("entries").locator("tbody tr");
  const around = (minutes) => `?from=${new Date(spike.time - minutes * 60_000).toISOString()}&to=${new Date(spike.time + minutes * 60_000).toISOString()}`;
  /** The stretch that the page shows, in milliseconds. */
  const shown = (page) => {
    const query = new URL(page.url()).searchParams;
    return ["from", "to"].map((name) => Date.parse(query.get(name)));
  };
  /** What is asked of a canvas: where its colour reaches highest, as parts of the width and the height, and how high it reaches elsewhere. */
  const peak = (page) =>
    page.getByTestId("chart-1").evaluate((chart) => {
      const canvas = chart.querySelector("canvas");
      const plot = chart.querySelector(".u-over").getBoundingClientRect();
      const outside = canvas.getBoundingClientRect();
      const ratio = canvas.width / outside.width;
      const [left, top, width, height] = [plot.left - outside.left, plot.top - outside.top, plot.width, plot.height].map((each) => Math.floor(each * ratio));
      // A copy is read: the chart's own would become slower by that, and the browser would complain.
      const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
      copy.drawImage(canvas, left, top, width, height, 0, 0, width, height);
      const { data } = copy.getImageData(0, 0, width, height);
      const wanted = getComputedStyle(chart).getPropertyValue("--field1").trim().match(/[\da-f]{2}/gi).map((pair) => Number.parseInt(pair, 16));
      const highest = Array.from({ length: width }, (_, x) => {
        for (let y = 0; y < height; y += 1) {
          const at = (y * width + x) * 4;
          const away = Math.abs(data[at] - wanted[0]) + Math.abs(data[at + 1] - wanted[1]) + Math.abs(data[at + 2] - wanted[2]);
          if (data[at + 3] > 150 && away < 60) return y / height;
        }
        return 1;
      });
      const usual = highest.toSorted((one, other) => one - other)[Math.floor(width / 2)];
      const top_ = Math.min(...highest);
      return { at: highest.indexOf(top_) / width, top: top_, usual };
    });
  /** One value among all that are in sight stands out on the chart, at the time it has. */
  const spikeIsSeen = (page, span) =>
    soon(async () => {
      const { at, top, usual } = await peak(page);
      const [from, until] = span ?? shown(page);
      const share = (spike.time - from) / (until - from);
      assert.ok(usual - top > 0.3, `the spike reaches to ${top}, the line to ${usual}`);
      assert.ok(Math.abs(at - share) < 0.02, `the spike is at ${at} of the width and belongs to ${share}`);
    });
  const noSpike = (page) =>
    soon(async () => {
      await summary(page).filter({ hasNotText: SPIKE }).waitFor();
      const { top, usual } = await peak(page);
      assert.ok(usual - top < 0.45, `something reaches to ${top} where the line is at ${usual}`);
    });
  /** A press on the point that stands out. */
  const pressSpike = async (page) => {
    const box = await plotOf(page).boundingBox();
    const { at, top } = await peak(page);
    await page.mouse.click(box.x + box.width * at, box.y + box.height * top + 2);
    await card(page).waitFor();
  };
  const year = () => [Date.now() - 365 * 86_400_000, Date.now()];

  it("opens at once, with one value among hundreds of thousands in sight", async (test) => {
    const times = [];
    const sizes = [];
    for (let round = 0; round < 5; round += 1) {
      const { page, complaints, close } = await open();
      await page.getByTestId("strip").waitFor();
      // From the click until the year is on the screen, as close as it will be.
      times.push(
        await page.evaluate(
          () =>
            new Promise((resolve) => {
              performance.mark("click");
              document.querySelector('[data-range="1y"]').click();
              const look = () => {
                if (!/each point = \d+ h,/.test(document.querySelector("[data-testid=resolution]").textContent)) return requestAnimationFrame(look);
                // The frame in which the charts draw, and then one that comes after it.
                requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.measure("year", "click").duration)));
              };
              look();
            }),
        ),
      );
      sizes.push(await page.evaluate(() => performance.getEntriesByType("resource").filter(({ name }) => /overview\?start=.*width=(1\d\d\d|[67]\d\d)\b/.test(name)).at(-1)?.encodedBodySize));
      await spikeIsSeen(page, year());
      await summary(page).filter({ hasText: /to 61\.70.°C on / }).waitFor();
      await soon(async () => {
        const [, count] = /^([\d,]+) entries: each point = 8 h, band = lowest to highest/.exec(await resolution(page).innerText()) ?? assert.fail("no resolution");
        // The first entries may be more than a year old by now.
        const many = Number(count.replaceAll(",", ""));
        assert.ok(many > entries * 0.99 && many <= entries, count);
      });
      assert.deepEqual(complaints, []);
      await close();
    }
    times.sort((one, other) => one - other);
    test.diagnostic(`${entries} entries: the year was painted ${Math.round(times[2])} ms after the click in the middle, ${Math.round(times[0])} at best, ${Math.round(times[4])} at worst; ${sizes[0]} bytes received`);
  });

  it("comes closer by a press on a span, by wheel and by keys, to the entries themselves", async () => {
    const { page, complaints, close } = await open("?range=1y");
    await spikeIsSeen(page, year());
    for (let step = 0; step < 4 && !/each is a point/.test(await resolution(page).innerText()); step += 1) {
      await pressSpike(page);
      await card(page).getByText(new RegExp(`to ${SPIKE}`)).waitFor();
      const before = page.url();
      await card(page).getByRole("button", { name: "Look closer" }).click();
      await soon(() => assert.notEqual(page.url(), before));
      await soon(async () => assert.equal(await page.locator(".channel-charts").getAttribute("aria-busy"), "false"));
      await spikeIsSeen(page);
    }
    await page.getByText(/entries: each is a point/).waitFor();
    const wide = shown(page);
    await plotOf(page).scrollIntoViewIfNeeded();
    const box = await plotOf(page).boundingBox();
    await page.mouse.move(box.x + box.width * (await peak(page)).at, box.y + 60);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -300);
    await page.mouse.wheel(0, -300);
    await page.keyboard.up("Control");
    await soon(() => {
      const [from, until] = shown(page);
      assert.ok(until - from < (wide[1] - wide[0]) / 2, "closer");
      assert.ok(from < spike.time && spike.time < until, "around what is under the wheel");
    });
    await spikeIsSeen(page);
    // A wheel that is turned sideways moves along, one that is turned alone scrolls the page.
    const closer = shown(page);
    await page.mouse.wheel(90, 0);
    await soon(() => assert.ok(shown(page)[0] > closer[0]));
    const [moved, scrolled] = [page.url(), await page.evaluate(() => scrollY)];
    await page.mouse.wheel(0, -200);
    await soon(async () => assert.ok((await page.evaluate(() => scrollY)) < scrolled || scrolled === 0));
    assert.equal(page.url(), moved);
    await page.mouse.move(5, 5);
    await page.getByTestId("chart-1").focus();
    await page.keyboard.press("Shift+ArrowLeft");
    await soon(() => assert.ok(shown(page)[0] < Date.parse(new URL(moved).searchParams.get("from"))));
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.getByTestId("reset-zoom").waitFor({ state: "detached" });
    await spikeIsSeen(page, year());
    assert.deepEqual(complaints, []);
    await close();
  });

  it("has the same as a table, which goes back as far as the charts do", async () => {
    // Enough of them for a table, however close together they are.
    const { page, complaints, close } = await open(around((130 * 365 * 1_440) / entries));
    await page.getByText(/entries: each is a point/).waitFor();
    await page.getByText("The same as a table").click();
    await rows(page).nth(99).waitFor();
    await page.getByRole("button", { name: "Show earlier" }).click();
    await rows(page).nth(199).waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  it("has the whole history in a strip, whose window is moved and stretched by hand and by keys", async () => {
    const { page, complaints, close } = await open("?range=30d");
    const strip = page.getByTestId("strip");
    await strip.waitFor();
    const window = strip.getByRole("slider", { name: "Stretch that is shown" });
    await strip.scrollIntoViewIfNeeded();
    const box = await strip.locator(".strip-box").boundingBox();
    const at = (share) => [box.x + box.width * share, box.y + box.height / 2];
    await page.mouse.move(...at(0.97));
    await page.mouse.down();
    await page.mouse.move(...at(0.8), { steps: 4 });
    await page.mouse.move(...at(0.62), { steps: 4 });
    await page.mouse.up();
    await page.getByTestId("reset-zoom").waitFor();
    await spikeIsSeen(page);
    const [from, until] = shown(page);
    assert.ok(Math.abs(until - from - 30 * 86_400_000) < 60_000, "it is as long as it was");
    await window.focus();
    const words = await window.getAttribute("aria-valuetext");
    await page.keyboard.press("PageUp");
    await soon(() => assert.ok(Math.abs(shown(page)[0] - until) < 120_000, "a whole length on"));
    await soon(async () => assert.notEqual(await window.getAttribute("aria-valuetext"), words));
    await strip.getByRole("slider", { name: "Where it begins" }).focus();
    await page.keyboard.press("Home");
    await soon(() => assert.ok(shown(page)[0] < Date.now() - 364 * 86_400_000, "from the first entry on"));
    await strip.locator(".strip-box").dblclick({ position: { x: box.width * 0.9, y: 20 } });
    await soon(() => assert.ok(shown(page)[1] - shown(page)[0] > 364 * 86_400_000, "all of it"));
    assert.deepEqual(complaints, []);
    await close();
  });

  it("is put right at a point, in every window that shows it, and back again", async () => {
    const { page, complaints, close } = await open(around(20));
    const other = await open("?range=1y");
    await spikeIsSeen(other.page, year());
    await spikeIsSeen(page);
    await pressSpike(page);
    await card(page).getByRole("heading", { name: `Entry ${spike.id.toLocaleString("en-GB")}` }).waitFor();
    await card(page).getByText(SPIKE).waitFor();
    await card(page).getByRole("button", { name: "Edit" }).click();
    const value = card(page).getByLabel("Temperature, °C");
    assert.equal(await value.inputValue(), SPIKE);
    await value.fill("21.25");
    await page.keyboard.press("Enter");
    await notice(page).getByText(/^Entry .+ was changed/).waitFor();
    await card(page).waitFor({ state: "detached" });
    await noSpike(page);
    await noSpike(other.page);
    await notice(page).getByRole("button", { name: "Undo" }).click();
    await notice(page).getByText("It is as it was before.").waitFor();
    await spikeIsSeen(page);
    await spikeIsSeen(other.page, year());

    await pressSpike(page);
    await card(page).getByRole("button", { name: "Delete" }).click();
    await notice(page).getByText(/^Entry .+ was deleted/).waitFor();
    await noSpike(page);
    await noSpike(other.page);
    await notice(page).getByRole("button", { name: "Undo" }).click();
    await spikeIsSeen(page);
    await spikeIsSeen(other.page, year());
    assert.deepEqual([...complaints, ...other.complaints], []);
    await other.close();
    await close();
  });

  it("is put right by keys alone, and says what can't be", async () => {
    const { page, complaints, close } = await open(around(20));
    await spikeIsSeen(page);
    const chart = page.getByTestId("chart-1");
    await chart.focus();
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Enter");
    await card(page).waitFor();
    await soon(async () => assert.equal(await card(page).evaluate((card) => card === document.activeElement), true, "the focus is on it"));
    await page.keyboard.press("Escape");
    await card(page).waitFor({ state: "detached" });
    await soon(async () => assert.equal(await chart.evaluate((chart) => chart === document.activeElement), true, "the focus is back"));
    await page.keyboard.press("Enter");
    await card(page).getByRole("button", { name: "Edit" }).click();
    await card(page).getByLabel("Temperature, °C").fill("x".repeat(300));
    await card(page).getByRole("button", { name: "Save" }).click();
    await card(page).getByRole("alert").filter({ hasText: /255/ }).waitFor();
    await soon(async () => assert.equal(await card(page).getByLabel("Temperature, °C").getAttribute("aria-invalid"), "true"));
    assert.deepEqual(complaints.filter((each) => !/400/.test(each)), []);
    await close();
  });

  it("lets the newest value be corrected in the table, and the tiles follow", async () => {
    const { page, complaints, close } = await open("/table");
    const other = await open("?range=24h");
    const id = await update(server, channel.keys.write_key, { field1: "99.9", field2: "50" });
    await rows(page).first().getByText("99.9").waitFor();
    await tile(other.page, 1).getByText("99.9").waitFor();
    await rows(page).first().getByRole("button", { name: `Edit entry ${id}` }).click();
    const dialog = page.getByRole("dialog", { name: /^Entry / });
    await dialog.getByLabel("Temperature, °C").fill("19.9");
    await dialog.getByRole("button", { name: "Save" }).click();
    await rows(page).first().getByText("19.9").waitFor();
    await tile(other.page, 1).getByText("19.9").waitFor();
    await other.page.locator("#field1-summary", { hasText: /now 19\.90/ }).waitFor();
    assert.deepEqual([...complaints, ...other.complaints], []);
    await other.close();
    await close();
  });

  it("lets several entries go, and all of a stretch after their number was said; a moment long they can be put back", async () => {
    // With ends at which there is no entry, however close together they are.
    const stretch = around(30.1);
    const { page, complaints, close } = await open(`/table${stretch}`);
    const other = await open(stretch);
    await rows(page).nth(9).waitFor();
    const ids = async () => (await rows(page).locator("td:nth-child(2)").allInnerTexts()).map(Number);
    const before = await ids();
    await rows(page).nth(1).getByRole("checkbox").check();
    await rows(page).nth(3).getByRole("checkbox").click({ modifiers: ["Shift"] });
    await page.getByRole("button", { name: "Delete 3 entries" }).click();
    await notice(page).getByText("3 entries were deleted.").waitFor();
    await soon(async () => assert.deepEqual((await ids()).slice(0, 3), [before[0], before[4], before[5]], "there are holes now"));
    await page.getByRole("button", { name: "Load more" }).click();
    await soon(async () => assert.equal(new Set(await ids()).size, (await ids()).length));
    await notice(page).getByRole("button", { name: "Undo" }).click();
    await soon(async () => assert.deepEqual((await ids()).slice(0, 6), before.slice(0, 6)));

    await page.getByRole("button", { name: "Delete a stretch" }).click();
    await page.getByRole("button", { name: "Count them" }).click();
    const dialog = page.getByRole("dialog", { name: /^Delete [\d,]+ entries\?$/ });
    const said = /Delete ([\d,]+) entries between .+ and .+\./.exec(await dialog.locator("p").first().innerText());
    const many = Number(said[1].replace(",", ""));
    assert.ok(many > 20 && many <= 241, said[0]);
    await dialog.getByRole("button", { name: `Delete ${said[1]} entries` }).click();
    await notice(page).getByText(`${said[1]} entries were deleted.`).waitFor();
    // A hand on it keeps it there.
    await notice(page).hover();
    await resolution(other.page).getByText(/^0 entries/).waitFor();
    await notice(page).getByRole("button", { name: "Undo" }).click();
    await resolution(other.page).getByText(`${said[1]} entries: each is a point`).waitFor();
    await spikeIsSeen(other.page);
    assert.deepEqual([...complaints, ...other.complaints], []);
    await other.close();
    await close();
  });

  it("offers no correction to who only looks", async () => {
    await ada.ask("POST", "/users", { login: "grace", password: "a path along the river", admin: false });
    await ada.ask("PUT", `/channels/${channel.id}/shares/grace`, { role: "viewer" });
    const grace = await signIn(server, "grace", "a path along the river");
    const { page, complaints, close } = await open(around(20), {}, grace);
    await spikeIsSeen(page);
    await pressSpike(page);
    await card(page).getByText(SPIKE).waitFor();
    assert.equal(await card(page).getByRole("button", { name: "Edit" }).count(), 0);
    await page.goto(`${server.url}/channels/${channel.id}/table`);
    await rows(page).first().waitFor();
    assert.equal(await page.getByRole("checkbox").count(), 0);
    assert.deepEqual(complaints, []);
    await close();
  });

  it("is put right on a phone", async () => {
    const { page, complaints, close } = await open(around(20), PHONE);
    await spikeIsSeen(page);
    const plot = plotOf(page);
    await plot.evaluate((plot) => scrollTo(0, plot.getBoundingClientRect().top + scrollY - 200));
    const box = await plot.boundingBox();
    const { at, top } = await peak(page);
    await page.touchscreen.tap(box.x + box.width * at, box.y + box.height * top + 2);
    await card(page).getByText(SPIKE).waitFor();
    const [sheet, wide] = [await card(page).boundingBox(), page.viewportSize().width];
    assert.ok(sheet.x >= 0 && sheet.x + sheet.width <= wide, "within the window");
    await card(page).getByRole("button", { name: "Edit" }).click();
    await card(page).getByRole("button", { name: "Save" }).waitFor();
    await soon(async () => assert.ok((await overflow(page)) <= 0, "nothing to scroll sideways"));
    assert.deepEqual(complaints, []);
    await close();
  });

  for (const colorScheme of SCHEMES) {
    for (const [size, options] of Object.entries(SIZES)) {
      it(`has nothing for axe to find, ${colorScheme}, on a ${size}`, async () => {
        const { page, complaints, close } = await open(around(20), { ...options, colorScheme });
        await page.getByTestId("strip").waitFor();
        await spikeIsSeen(page);
        await soon(async () => assert.deepEqual(await violations(page), []));
        await page.getByTestId("chart-1").focus();
        await page.keyboard.press("End");
        await page.keyboard.press("Enter");
        await card(page).getByRole("button", { name: "Edit" }).click();
        await soon(async () => assert.deepEqual(await violations(page), [], "a point"));
        await page.goto(`${server.url}/channels/${channel.id}/table`);
        await rows(page).first().getByRole("checkbox").check();
        await soon(async () => assert.deepEqual(await violations(page), [], "the table"));
        await rows(page).first().getByRole("checkbox").uncheck();
        await rows(page).first().getByRole("button", { name: /^Edit/ }).click();
        await soon(async () => assert.deepEqual(await violations(page), [], "an entry"));
        await page.keyboard.press("Escape");
        await page.getByRole("button", { name: "Delete a stretch" }).click();
        await soon(async () => assert.deepEqual(await violations(page), [], "a stretch"));
        assert.deepEqual(complaints, []);
        await close();
      });
    }
  }
});
