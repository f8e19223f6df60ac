// The wizard: what the page shows is taken from it and run for real, and the page says what became of it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { overflow, PHONE, SCHEMES, violations } from "../everyone.mjs";
import { asUser, openPage, setUp, soon, startBrowser, startServer, until } from "../harness.mjs";

describe("the way from a board to its first value", () => {
  let server, browser, folder, owner;
  before(async () => {
    [server, browser, folder] = await Promise.all([startServer("serve"), startBrowser(), mkdtemp(join(tmpdir(), "fieldpost-connect-"))]);
    owner = await setUp(server);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** A channel without entries, and its wizard. */
  async function wizard(options) {
    const channel = await owner.ask("POST", "/channels", { name: "Greenhouse", fields: ["Temperature (°C)", "Humidity (%)"] });
    const path = `/channels/${channel.id}/connect`;
    const opened = await openPage(browser, server.url, { path, live: false, options: { ...asUser(owner, server), ...options } });
    await opened.page.getByRole("heading", { name: "Waiting for your first value" }).waitFor();
    return { channel, ...opened };
  }

  /** Chooses the address that the test's server listens at, where there is a choice. */
  async function here(page) {
    const addresses = page.getByLabel("Your server is at");
    if ((await addresses.count()) > 0) await addresses.selectOption(server.url);
  }

  /** What the page shows of a file, letter by letter. */
  const shown = (page, name) => page.getByTestId(`file-${name}`).locator("code").textContent();

  it("a wrong key is explained while one waits, and the right one turns the page green and draws the chart", async () => {
    const { channel, page, complaints, close } = await wizard();
    await page.getByRole("radio", { name: /^Python/ }).check();
    await here(page);
    const program = await shown(page, "send.py");
    assert.ok(program.includes(server.url) && program.includes(channel.keys.write_key), program);
    assert.ok(program.includes("# Temperature (°C)"), "it says what the values are");

    const wrong = await run(folder, "python3", "wrong.py", program.replace(channel.keys.write_key, channel.keys.read_keys[0].key));
    const hint = page.getByTestId("waiting").locator('[data-testid="attempt"][data-outcome="trouble"]').first();
    await hint.waitFor({ timeout: 15_000 });
    await soon(async () => assert.match(await hint.innerText(), /read key/i));
    await soon(async () => assert.equal(await page.getByTestId("waiting").getAttribute("data-state"), "waiting"));
    await until(page, () => /read key/i.test(document.querySelector('[data-testid="waiting"] [role="status"]')?.textContent ?? ""));
    wrong.end();

    const right = await run(folder, "python3", "send.py", program);
    await page.locator('[data-testid="waiting"][data-state="here"]').waitFor({ timeout: 15_000 });
    right.end();
    await page.getByRole("heading", { name: "Your first value is here" }).waitFor();
    const [said] = (await page.locator(".came dd").first().innerText()).split(" ");
    const feed = await (await fetch(`${server.url}/channels/${channel.id}/feeds.json?api_key=${channel.keys.read_keys[0].key}`)).json();
    assert.equal(said, feed.feeds[0].field1, "what the page says is what was stored");

    await page.getByRole("link", { name: "See the chart" }).click();
    await page.locator("canvas").first().waitFor({ timeout: 15_000 });
    await until(page, (value) => document.querySelector("main")?.innerText.includes(value), said);
    assert.deepEqual(complaints, []);
    await close();
  });

  it("what is saved is what is shown, and both files of MicroPython are there", async () => {
    const { channel, page, complaints, close } = await wizard();
    await page.getByRole("radio", { name: /^MicroPython/ }).check();
    for (const name of ["main.py", "secrets.py"]) {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: `Download ${name}` }).click(),
      ]);
      assert.equal(download.suggestedFilename(), name);
      assert.equal(await readFile(await download.path(), "utf8"), await shown(page, name));
    }
    await soon(async () => assert.ok((await shown(page, "secrets.py")).includes(channel.keys.write_key)));
    await page.getByRole("radio", { name: /^Arduino ESP32/ }).check();
    const [library] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download Fieldpost.h" }).click(),
    ]);
    const ours = new URL("../../examples/arduino/Fieldpost/src/Fieldpost.h", import.meta.url);
    assert.equal(await readFile(await library.path(), "utf8"), await readFile(ours, "utf8"));
    assert.deepEqual(complaints, []);
    await close();
  });

  it("the line for a terminal is run as it stands", async () => {
    const { page, close } = await wizard();
    await page.getByRole("radio", { name: /^curl/ }).check();
    await here(page);
    const lines = await shown(page, "send.sh");
    const sent = await run(folder, "bash", "send.sh", lines);
    await page.locator('[data-testid="waiting"][data-state="here"]').waitFor({ timeout: 15_000 });
    await soon(async () => assert.equal((await page.locator(".came dd").first().innerText()).trim(), "21.5 °C"));
    sent.end();
    await close();
  });

  it("goes by keys alone, and the choice is kept", async () => {
    const { page, close } = await wizard();
    await page.getByRole("radio", { name: /^MicroPython/ }).focus();
    await page.keyboard.press("ArrowDown");
    await page.getByTestId("file-fieldpost_board.ino").waitFor();
    await page.keyboard.press("Tab");
    const here = await page.evaluate(() => document.activeElement?.tagName);
    assert.ok(["SELECT", "BUTTON"].includes(here), `the next stop is ${here}`);
    await page.reload();
    await page.getByTestId("file-fieldpost_board.ino").waitFor();
    await close();
  });

  for (const colorScheme of SCHEMES) {
    it(`fits a phone and every reader (${colorScheme})`, async () => {
      const options = { ...PHONE, colorScheme };
      const { page, close } = await wizard(options);
      const kinds = await page.getByRole("radio").count();
      assert.equal(kinds, 9);
      for (let index = 0; index < kinds; index += 1) {
        await page.getByRole("radio").nth(index).check();
        await soon(async () => assert.equal(await overflow(page), 0, `kind ${index}`));
      }
      await fetch(`${server.url}/update?api_key=AAAAAAAAAAAAAAAA&field1=1`);
      await page.getByTestId("attempt").first().waitFor({ timeout: 15_000 });
      await soon(async () => assert.deepEqual(await violations(page), []));
      await close();
    });
  }
});

/** Saves what the page showed and runs it, as its reader would. */
async function run(folder, command, name, text) {
  const path = join(folder, name);
  await writeFile(path, text);
  const child = spawn(command, [path], { stdio: "ignore" });
  return { end: () => child.kill("SIGKILL") };
}
