// Old pages hold iframes with the cloud service's addresses. They go on when only the host changes: the real binary, a page
// of another origin around the frames, a real browser.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openPage, soon, startBrowser, startServer } from "../harness.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** The driver switches off what browsers do today: giving frames of a stranger a store and workers of their own. */
const AS_PEOPLE_HAVE_IT = "--disable-features=Translate";
/** What the service's website offers to be pasted into a page. */
const PASTED = "bgcolor=%23ffffff&color=%23d62020&dynamic=true&results=60&type=line&update=15";

const iframe = (src, more = "") => `<iframe width="450" height="260" style="border: 1px solid #cccccc;" ${more} src="${src}"></iframe>`;

describe("a frame on somebody else's page", () => {
  let server, browser, stranger, greenhouse, cellar, body;
  before(async () => {
    [server, browser] = await Promise.all([startServer("serve"), startBrowser(AS_PEOPLE_HAVE_IT)]);
    const { api_key } = server.manage("user", "add", "anna");
    greenhouse = server.manage("channel", "create", "--user", "anna", "--name", "Greenhouse", "--field1", "Temperature", "--field2", "Humidity");
    cellar = server.manage("channel", "create", "--user", "anna", "--name", "Wine cellar", "--field1", "Temperature");
    const open = `api_key=${api_key}&public_flag=true&latitude=47.3769&longitude=8.5417`;
    assert.equal((await fetch(`${server.url}/channels/${greenhouse.id}.json?${open}`, { method: "PUT" })).status, 200);
    const start = Date.now() - 90 * 60_000;
    const updates = Array.from({ length: 90 }, (_, minute) => ({
      created_at: new Date(start + minute * 60_000).toISOString(),
      field1: (20 + Math.sin(minute / 9) * 4).toFixed(1),
      field2: String(40 + (minute % 20)),
      ...(minute % 10 === 0 && { status: `Minute ${minute}` }),
    }));
    const sent = await fetch(`${server.url}/channels/${greenhouse.id}/bulk_update.json`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ write_api_key: greenhouse.write_key, updates }),
    });
    assert.equal(sent.status, 202);
    await update(cellar, "field1=12.5");
    stranger = createServer((_, answer) => {
      answer.setHeader("Content-Type", "text/html; charset=utf-8");
      answer.end(`<!doctype html><title>My house</title>${body}`);
    });
    await new Promise((resolve) => stranger.listen(0, "localhost", resolve));
  });
  after(async () => {
    stranger?.close();
    await browser?.close();
    await server?.stop();
  });

  const update = async (channel, what) => {
    const answer = await (await fetch(`${server.url}/update?api_key=${channel.write_key}&${what}`)).text();
    assert.notEqual(answer, "0", what);
  };
  const at = (path) => `${server.url}/channels/${greenhouse.id}/${path}`;
  /** A page of another origin that holds these frames. */
  const around = async (...frames) => {
    body = frames.join("\n");
    const shown = await openPage(browser, `http://localhost:${stranger.address().port}`, { live: false });
    return { ...shown, frames: frames.map((_, nth) => shown.page.frameLocator("iframe").nth(nth)) };
  };
  /** Waits until a frame has drawn its chart, and says of how many points. */
  const points = async (frame, many) => {
    const root = frame.locator(many === undefined ? "#frame[data-points]" : `#frame[data-points="${many}"]`);
    await root.waitFor({ timeout: 15_000 });
    return Number(await root.getAttribute("data-points"));
  };
  /** The colours that fill most of a chart's drawing, as `r,g,b`. */
  const colours = (frame) =>
    frame.locator("canvas").evaluate((canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const many = new Map();
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] < 255) continue;
        const colour = `${data[i]},${data[i + 1]},${data[i + 2]}`;
        many.set(colour, (many.get(colour) ?? 0) + 1);
      }
      return [...many].filter(([, pixels]) => pixels > 150).map(([colour]) => colour);
    });
  const overflow = (frame) =>
    frame.locator("html").evaluate((html) => [html.scrollWidth - innerWidth, html.scrollHeight - innerHeight]);

  it("shows the chart that was pasted, to the edges of the frame and not beyond", async () => {
    const { page, frames: [frame], complaints, close } = await around(iframe(at(`charts/1?${PASTED}`)));
    await soon(async () => assert.equal(await points(frame), 60));
    await soon(async () => assert.equal(await frame.locator("h1").innerText(), "Greenhouse"));
    await soon(async () => assert.deepEqual(await overflow(frame), [0, 0]));
    const box = await frame.locator("#frame").boundingBox();
    assert.deepEqual([box.width, box.height], [450, 260]);
    await soon(async () => assert.ok((await colours(frame)).includes("214,32,32")));
    const summary = await frame.locator("#summary").textContent();
    assert.match(summary, /^Greenhouse: 60 values, from .* Lowest 16\.0, highest 24\.0, newest/);
    const scripts = await frame.locator("html").evaluate(() => {
      const loaded = performance.getEntriesByType("resource").filter(({ name }) => name.endsWith(".js"));
      return loaded.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
    });
    assert.ok(scripts > 20_000 && scripts <= 60 * 1024, `${scripts} bytes of scripts`);
    await soon(async () => assert.deepEqual(await page.context().cookies(), []));
    assert.deepEqual(complaints, []);
    await close();
  });

  it("stands on a page that was opened from a disk", async () => {
    const folder = await mkdtemp(join(tmpdir(), "fieldpost-page-"));
    await writeFile(join(folder, "house.html"), `<!doctype html><title>My house</title>${iframe(at(`charts/1?${PASTED}`))}`);
    const { page, complaints, close } = await openPage(browser, `file://${folder}`, { path: "/house.html", live: false });
    await soon(async () => assert.equal(await points(page.frameLocator("iframe")), 60));
    assert.deepEqual(complaints, []);
    await close();
    await rm(folder, { recursive: true });
  });

  it("takes the colours, labels, type and size of its address", async () => {
    const { frames: [columns, cut, sized], complaints, close } = await around(
      iframe(at("charts/2?type=column&color=1d6fa8&bgcolor=000&title=Damp&xaxis=Hours&yaxis=Percent&results=12&yaxismin=0&yaxismax=100")),
      iframe(at("charts/1?bgcolor=#ffee88&color=#0000ff&results=20")),
      iframe(at("charts/1?width=300&height=150&days=1&average=30")),
    );
    await soon(async () => assert.equal(await points(columns), 12));
    await soon(async () => assert.equal(await columns.locator("h1").innerText(), "Damp"));
    const ground = (frame) => frame.locator("body").evaluate((body) => getComputedStyle(body).backgroundColor);
    await soon(async () => assert.equal(await ground(columns), "rgb(0, 0, 0)"));
    await soon(async () => assert.ok((await colours(columns)).includes("29,111,168")));
    await soon(async () => assert.equal(await points(cut), 20));
    await soon(async () => assert.equal(await ground(cut), "rgb(255, 238, 136)"));
    await soon(async () => assert.ok((await colours(cut)).includes("0,0,255")));
    await soon(async () => assert.ok((await points(sized)) <= 5));
    const { width, height } = await sized.locator("#frame").boundingBox();
    assert.deepEqual([width, height], [300, 150]);
    assert.deepEqual(complaints, []);
    await close();
  });

  it("passes over what makes no sense", async () => {
    const { frames: [frame], complaints, close } = await around(iframe(at("charts/1?type=pie&color=nonsense&bgcolor=url(x)&width=-1&update=soon&yaxismin=low&timezone=Nowhere")));
    await soon(async () => assert.equal(await points(frame), 90));
    await soon(async () => assert.ok((await colours(frame)).includes("214,32,32")));
    assert.deepEqual(complaints, []);
    await close();
  });

  it("opens a private channel with a read key, and says what is missing without one", async () => {
    const address = `${server.url}/channels/${cellar.id}/charts/1`;
    const { frames: [opened, shut, wrong, nowhere, fieldless], close } = await around(
      iframe(`${address}?api_key=${cellar.read_key}`),
      iframe(address),
      iframe(`${address}?key=AAAAAAAAAAAAAAAA`),
      iframe(`${server.url}/channels/999/charts/1`),
      iframe(at("charts/5")),
    );
    await soon(async () => assert.equal(await points(opened), 1));
    const said = (frame) => frame.getByRole("alert").innerText();
    await soon(async () => assert.match(await said(shut), /private.*api_key=YOUR_READ_KEY/));
    await soon(async () => assert.match(await said(wrong), /does not open channel/));
    await soon(async () => assert.match(await said(nowhere), /There is no channel 999/));
    await soon(async () => assert.match(await said(fieldless), /has no field 5\. It has fields 1, 2/));
    await close();
  });

  it("goes on by itself, and so do eight on one page", async () => {
    const eight = Array.from({ length: 8 }, (_, nth) => iframe(at(`charts/${(nth % 2) + 1}?dynamic=true&results=${10 + nth}&update=600`)));
    const { frames, complaints, close } = await around(...eight);
    for (const frame of frames) await points(frame);
    const newest = (frame, value) => frame.locator("#summary", { hasText: `newest ${value}.` }).waitFor({ state: "attached", timeout: 10_000 });
    await update(greenhouse, "field1=33.3&field2=77");
    for (const [nth, frame] of frames.entries()) {
      await newest(frame, nth % 2 === 0 ? "33.3" : "77");
      await soon(async () => assert.equal(await points(frame), 10 + nth, "the oldest point makes room"));
    }
    await update(greenhouse, "field1=22.2&field2=66");
    for (const [nth, frame] of frames.entries()) await newest(frame, nth % 2 === 0 ? "22.2" : "66");
    assert.deepEqual(complaints, []);
    await close();
  });

  it("draws a mean anew when an entry comes, and stays as it is where nobody asked for more", async () => {
    const { page, frames: [mean, still], close } = await around(
      iframe(at("charts/1?dynamic=true&days=1&sum=1440&update=1")),
      iframe(at("charts/1?results=60")),
    );
    const [before, shown] = [await summaryOf(mean), await summaryOf(still)];
    await update(greenhouse, "field1=1000");
    await mean.locator("#summary").evaluate((words, before) => new Promise((resolve) => {
      const look = () => (words.textContent === before ? setTimeout(look, 50) : resolve());
      look();
    }), before);
    await page.waitForTimeout(500);
    await soon(async () => assert.equal(await summaryOf(still), shown));
    await update(greenhouse, "field1=21");
    await close();
  });
  const summaryOf = async (frame) => {
    await points(frame);
    return frame.locator("#summary").textContent();
  };

  it("works in a sandbox, where it asks now and then", async () => {
    const { frames: [frame], close } = await around(iframe(at("charts/1?dynamic=true&results=5&update=1"), 'sandbox="allow-scripts"'));
    await points(frame, 5);
    await update(greenhouse, "field1=18.8");
    await frame.locator("#summary", { hasText: "newest 18.8." }).waitFor({ state: "attached", timeout: 10_000 });
    await close();
  });

  it("shows gauge, number and lamp, live", async () => {
    const { frames: [gauge, number, lamp, stored], complaints, close } = await around(
      iframe(at("widgets/gauge?field=1&min=0&max=40&units=°C")),
      iframe(at("widgets/number?field=2&units=%25&digits=1&title=Damp")),
      iframe(at("widgets/lamp?field=1&condition=above&value=30")),
      iframe(at("widgets/1024026")),
    );
    await update(greenhouse, "field1=35.5&field2=61");
    await gauge.getByText("Temperature: 35.5 °C").waitFor({ state: "attached", timeout: 10_000 });
    await number.getByText("Damp: 61.0 %").waitFor({ state: "attached" });
    await lamp.locator('[data-on="true"]').waitFor();
    await stored.getByText("set up on ThingSpeak").waitFor();
    await update(greenhouse, "field1=12");
    await lamp.locator('[data-on="false"]').waitFor({ timeout: 10_000 });
    for (const frame of [gauge, number, lamp, stored]) assert.deepEqual(await overflow(frame), [0, 0]);
    assert.deepEqual(complaints, []);
    await close();
  });

  it("shows the place and the statuses of a channel", async () => {
    const { frames: [map, statuses], complaints, close } = await around(iframe(at("maps/channel_show?width=450&height=260")), iframe(at("status/recent")));
    await map.getByRole("img", { name: "Greenhouse is at 47.3769° N" }).waitFor();
    await statuses.getByText("Minute 80").waitFor();
    await update(greenhouse, "status=The+door+is+open");
    await statuses.getByText("The door is open").waitFor({ timeout: 10_000 });
    assert.deepEqual(complaints, []);
    await close();
  });

  it("leaves nothing for axe to find", async () => {
    for (const path of [`charts/1?${PASTED}&export=true`, "charts/1?bgcolor=d62020&color=fff&type=bar", "widgets/gauge?field=1", "widgets/number?bgcolor=000", "widgets/lamp", "widgets/7", "maps/channel_show", "status/recent", "charts/7"]) {
      const { page, close } = await openPage(browser, server.url, { path: `/channels/${greenhouse.id}/${path}`, live: false });
      await page.locator(path === "charts/7" ? "#frame [role=alert]" : "#frame > *").first().waitFor();
      await page.waitForTimeout(100);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      assert.deepEqual(violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`)), [], path);
      await close();
    }
  });

  it("is moved along by keys", async () => {
    const { page, close } = await openPage(browser, server.url, { path: `/channels/${greenhouse.id}/charts/1?results=5&offset=0`, live: false });
    await page.locator("#frame[data-points]").waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("End");
    const tip = page.locator(".tip");
    await tip.getByText("UTC").waitFor();
    const last = await tip.innerText();
    await page.keyboard.press("ArrowLeft");
    await soon(async () => assert.notEqual(await tip.innerText(), last));
    await page.keyboard.press("Escape");
    await soon(async () => assert.equal(await tip.isVisible(), false));
    await close();
  });

  it("is all that others may frame: the app stays out of their pages", async () => {
    const { page, close } = await around(iframe(`${server.url}/`));
    await page.waitForTimeout(500);
    const shown = page.frames()[1];
    assert.ok(shown === undefined || shown.url().startsWith("chrome-error:"), shown?.url());
    await close();
  });
});
