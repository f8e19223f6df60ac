// Devices: one is made on the page, a real MQTT client comes in with what the page says, and the page sees it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import mqtt from "mqtt";
import { overflow, PHONE, SCHEMES, SIZES, violations } from "../everyone.mjs";
import { asUser, MQTT, openPage, setUp, soon, startBrowser, startServer } from "../harness.mjs";

const ALL = [{ channel: null, publish: true, subscribe: true }];
const SENSOR = (temperature) => JSON.stringify({ Time: "2026-11-25T19:40:00", AM2301: { Temperature: temperature, Humidity: 55.1 }, TempUnit: "C" });

describe("devices", () => {
  let server, browser, ada, port, channel, attic;
  const clients = [];
  before(async () => {
    [server, browser] = await Promise.all([startServer("serve", MQTT), startBrowser()]);
    ada = await setUp(server);
    ({ port } = (await ada.ask("GET", "/server")).mqtt);
    channel = await ada.ask("POST", "/channels", { name: "Greenhouse", fields: ["Temperature (°C)", "Humidity (%)"] });
    attic = await ada.ask("POST", "/channels", { name: "Attic", fields: ["Light"] });
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });
  beforeEach(async () => {
    for (const { client_id } of await ada.ask("GET", "/devices")) await ada.ask("DELETE", `/devices/${encodeURIComponent(client_id)}`);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.endAsync(true);
  });

  const make = (name, more = {}) => ada.ask("POST", "/devices", { name, rights: ALL, ...more });
  const open = async (options = {}) => {
    const opened = await openPage(browser, server.url, { path: "/devices", options: { ...asUser(ada, server), ...options } });
    await opened.page.locator('[data-testid="devices"], #no-devices').waitFor();
    return opened;
  };
  const card = (page, name) => page.getByTestId(`device-${name}`);
  const isThere = (page, name, connected) =>
    page.locator(`[data-testid="device-${name}"][data-connected="${connected}"]`).waitFor({ timeout: 15_000 });
  /** Comes in as a board would. */
  const comeIn = async (clientId, password, more = {}) => {
    const options = { clientId, username: clientId, password, reconnectPeriod: 0, ...more };
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, options, false);
    client.on("error", () => {});
    clients.push(client);
    return client;
  };
  const entries = async (of = channel) => (await ada.ask("GET", `/channels/${of.id}/entries?limit=5`)).entries;

  it("one is made on the page, comes in with what is shown there once, and sends a value", async () => {
    const { page, complaints, close } = await open();
    await page.getByRole("button", { name: "New device" }).click();
    const dialog = page.getByRole("dialog", { name: "New device" });
    await dialog.getByRole("button", { name: "Make it" }).click();
    await dialog.getByText(/^Give it a name/).waitFor();
    await dialog.getByLabel("Name").fill("Plug");
    await dialog.getByRole("button", { name: "Make it" }).click();
    await dialog.waitFor({ state: "detached" });

    const plug = card(page, "Plug");
    await plug.getByText("Here is its password.").waitFor();
    await plug.getByText("Sends to and hears all your channels").waitFor();
    const id = await plug.getByTestId("device-id").innerText();
    const password = await plug.getByTestId("device-password").innerText();
    for (const name of ["secrets.py", "mqtt_secrets.h"]) {
      const [download] = await Promise.all([page.waitForEvent("download"), plug.getByRole("button", { name: `Download ${name}`, exact: true }).first().click()]);
      assert.equal(download.suggestedFilename(), name);
      const text = await readFile(await download.path(), "utf8");
      assert.ok(text.includes(id) && text.includes(password), text);
    }
    const program = () => plug.getByTestId("file-mqtt.sh").locator("code").textContent();
    for (const { id, name } of [attic, channel]) {
      await plug.getByLabel("It sends to").selectOption({ label: name });
      await soon(async () => assert.ok((await program()).includes(`channels/${id}/publish`), name));
    }
    assert.equal(await plug.getByLabel("It sends to").inputValue(), String(channel.id));
    const text = await program();
    assert.ok(text.includes(`-p ${port}`) && text.includes(password), text);

    await isThere(page, "Plug", "false");
    const client = await comeIn(id, password);
    await isThere(page, "Plug", "true");
    await plug.getByText(/since .*from 127\.0\.0\.1/).waitFor();
    await client.publishAsync(`channels/${channel.id}/publish`, "field1=21.5", { qos: 1 });
    assert.equal((await entries())[0].fields["1"], "21.5");
    await client.endAsync();
    await isThere(page, "Plug", "false");

    await page.reload();
    await card(page, "Plug").getByText("was shown when it was made").waitFor();
    assert.ok(!(await page.locator("main").innerText()).includes(password), "it is shown but once");
    assert.deepEqual(complaints, []);
    await close();
  });

  it("what it says on topics of its own is seen, and a click makes a field of it", async () => {
    const { client_id, password } = await make("Tasmota");
    const { page, complaints, close } = await open();
    const client = await comeIn(client_id, password);
    await client.publishAsync("tele/plug/SENSOR", SENSOR(19.5), { qos: 1 });
    const topic = page.getByTestId("topics").locator("li", { hasText: "tele/plug/SENSOR" });
    await topic.waitFor();
    await topic.getByRole("button", { name: /^Use as field/ }).click();
    const form = page.getByRole("form", { name: "Use tele/plug/SENSOR as a field" });
    await soon(async () => assert.equal(await form.getByLabel("Value").inputValue(), "AM2301.Temperature", "the first number is offered"));
    await form.getByLabel("Channel").selectOption({ label: "Greenhouse" });
    await form.getByLabel("Field").selectOption({ label: "Temperature" });
    await form.getByRole("button", { name: "Use it" }).click();
    const maps = page.getByTestId("maps");
    await maps.getByRole("link", { name: "Greenhouse, Temperature" }).waitFor();

    await client.publishAsync("tele/plug/SENSOR", SENSOR(23.25), { qos: 1 });
    await soon(async () => assert.equal((await entries())[0].fields["1"], "23.25"));
    await topic.getByText("23.25").waitFor();

    await maps.getByRole("button", { name: /^Remove/ }).click();
    await maps.waitFor({ state: "detached" });
    assert.deepEqual((await ada.ask("GET", "/devices"))[0].maps, []);
    assert.deepEqual(complaints, []);
    await close();
  });

  it("what it left to be said of it is shown once it is gone", async () => {
    const { client_id, password } = await make("Lamp");
    const { page, complaints, close } = await open();
    const will = { topic: "tele/lamp/LWT", payload: Buffer.from("Offline"), qos: 1, retain: true };
    const client = await comeIn(client_id, password, { will });
    await client.publishAsync("tele/lamp/LWT", "Online", { qos: 1, retain: true });
    await card(page, "Lamp").getByText("says “Online”").waitFor();
    client.stream.destroy();
    await card(page, "Lamp").getByText("says “Offline”").waitFor();
    await isThere(page, "Lamp", "false");
    assert.deepEqual(complaints, []);
    await close();
  });

  it("rights are ticks; a new password shuts the old one out; a device that is removed is gone", async () => {
    const made = await make("Board");
    const { page, complaints, close } = await open();
    const board = card(page, "Board");
    const client = await comeIn(made.client_id, made.password);
    await isThere(page, "Board", "true");

    await board.getByRole("checkbox", { name: "Send to All my channels" }).uncheck();
    await board.getByRole("checkbox", { name: "Hear All my channels" }).uncheck();
    await board.getByRole("checkbox", { name: "Hear Greenhouse" }).check();
    await board.getByRole("form", { name: "What Board may do" }).getByRole("button", { name: "Save" }).click();
    await board.getByText("Hears Greenhouse").waitFor();
    assert.deepEqual((await ada.ask("GET", "/devices"))[0].rights, [{ channel: channel.id, publish: false, subscribe: true }]);
    await board.getByText("It may not send to any channel yet.").waitFor();

    const ended = new Promise((resolve) => client.once("close", resolve));
    await board.getByRole("button", { name: "New password…" }).click();
    await board.getByRole("button", { name: "Make a new password" }).click();
    await board.getByText("Here is its password.").waitFor();
    await ended;
    await isThere(page, "Board", "false");
    await assert.rejects(comeIn(made.client_id, made.password));
    const again = await comeIn(made.client_id, await board.getByTestId("device-password").innerText());
    await isThere(page, "Board", "true");

    const gone = new Promise((resolve) => again.once("close", resolve));
    await board.getByRole("button", { name: "Remove this device" }).click();
    await board.getByRole("button", { name: "Remove it" }).click();
    await page.getByRole("heading", { name: "Let a board speak MQTT" }).waitFor();
    await gone;
    assert.deepEqual(await ada.ask("GET", "/devices"), []);
    assert.deepEqual(complaints, []);
    await close();
  });

  it("goes by keys alone", async () => {
    const { page, complaints, close } = await open();
    await page.getByRole("button", { name: "New device" }).focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "New device" });
    await dialog.waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.locator("button:focus", { hasText: "New device" }).waitFor();
    await page.keyboard.press("Enter");
    await dialog.getByLabel("Name").focus();
    await page.keyboard.type("Hall");
    await page.keyboard.press("Enter");
    await card(page, "Hall").getByText("Here is its password.").waitFor();
    await page.getByRole("button", { name: "Close Hall" }).focus();
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "Open Hall" }).waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  for (const [size, options] of Object.entries(SIZES)) {
    for (const colorScheme of SCHEMES) {
      it(`is open to everybody (${size}, ${colorScheme})`, async () => {
        const empty = await open({ ...options, colorScheme });
        assert.deepEqual(await violations(empty.page), []);
        assert.equal(await overflow(empty.page), 0);
        await empty.page.getByRole("button", { name: "New device" }).click();
        await empty.page.getByRole("dialog").waitFor();
        assert.deepEqual(await violations(empty.page), []);
        await empty.close();

        const { client_id, password } = await make("A plug with a name that is longer than one would think of");
        await ada.ask("PATCH", `/devices/${client_id}`, { maps: [{ topic: "tele/plug/SENSOR", path: "AM2301.Humidity", channel: channel.id, field: 2 }] });
        const client = await comeIn(client_id, password);
        await client.publishAsync("tele/plug/SENSOR", SENSOR(20), { qos: 1 });
        const { page, complaints, close } = await open({ ...options, colorScheme });
        await page.getByRole("button", { name: /^Use as field/ }).click();
        await page.getByRole("form", { name: /^Use tele/ }).waitFor();
        for (const kind of ["ESPHome", "Tasmota", "Node-RED"]) {
          await page.getByRole("radio", { name: kind }).check();
          assert.equal(await overflow(page), 0, kind);
        }
        assert.deepEqual(await violations(page), []);
        assert.deepEqual(complaints, []);
        await close();
      });
    }
  }

  it("every way in the bar has room on a small phone", async () => {
    const { page, close } = await open({ ...PHONE, viewport: { width: 320, height: 640 } });
    assert.equal(await overflow(page), 0);
    const cut = await page.locator(".ways .way").evaluateAll((all) => all.filter((each) => each.offsetParent && each.scrollWidth > each.clientWidth).map((each) => each.textContent));
    assert.deepEqual(cut, []);
    await close();
  });
});
