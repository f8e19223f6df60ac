// Automations: one is made by hand on the page, a value comes, and a real server hears of it; a test, a change, off and on.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { overflow, PHONE, SCHEMES, SIZES, violations } from "../everyone.mjs";
import { asUser, openPage, setUp, soon, startBrowser, startServer } from "../harness.mjs";

/** Hears what is sent to it, as another service would. */
async function listenTo() {
  const heard = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => void (body += part));
    request.on("end", () => {
      heard.push({ method: request.method, path: request.url, headers: request.headers, body });
      response.end("thank you");
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    heard,
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("automations", () => {
  let server, browser, ada, channel, target;
  before(async () => {
    [server, browser] = await Promise.all([startServer("serve"), startBrowser()]);
    ada = await setUp(server);
    channel = await ada.ask("POST", "/channels", { name: "Greenhouse", fields: ["Temperature (°C)", "Humidity (%)"] });
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });
  beforeEach(async () => {
    target = await listenTo();
    for (const { id } of await ada.ask("GET", "/automations")) await ada.ask("DELETE", `/automations/${id}`);
    for (const { id } of await ada.ask("GET", "/thinghttps")) await ada.ask("DELETE", `/thinghttps/${id}`);
  });
  afterEach(() => target.stop());

  const open = (path = "/automations", options = {}, live = true) =>
    openPage(browser, server.url, { path, live, options: { ...asUser(ada, server), ...options } });
  const write = async (value) => {
    const answer = await fetch(`${server.url}/update?api_key=${channel.keys.write_key}&field1=${value}`);
    assert.notEqual(await answer.text(), "0", "the value was taken");
  };
  const above = (more = {}) => ({
    name: "Too warm",
    enabled: true,
    when: { kind: "react", channel: channel.id, condition: { kind: "number", field: 1, op: ">", value: 30 }, check: "insert", repeat: true },
    action: { kind: "webhook", method: "POST", url: `${target.url}/warm`, headers: [], body: "%%trigger%%", user: null, password: null, private: true },
    ...more,
  });
  const says = (page, words) => page.getByTestId("sentence").filter({ hasText: words }).waitFor();
  const run = (page, words, state = "done") => page.locator(`[data-testid="run"][data-state="${state}"]`, { hasText: words });

  it("one is made by hand, a value sets it off once, and the page shows what it did", async () => {
    const { page, complaints, close } = await open();
    await page.getByRole("link", { name: /^Or begin with an empty one/ }).click();
    const form = page.getByRole("form", { name: "Automation" });
    await form.waitFor();
    await form.getByLabel("What is done").selectOption("webhook");
    await form.getByRole("button", { name: "Make it" }).click();
    await form.getByText("Type a number, such as 30 or 21.5.").waitFor();
    await form.getByText("An address begins with http:// or https://.").waitFor();

    await form.getByLabel("Value", { exact: true }).fill("30");
    await form.getByLabel("Address").fill(`${target.url}/warm`);
    await form.getByLabel("Body", { exact: true }).fill("It is ");
    await form.getByRole("group", { name: "Insert into body" }).getByRole("button", { name: "what it reacted to" }).click();
    await soon(async () => assert.equal(await form.getByLabel("Body", { exact: true }).inputValue(), "It is %%trigger%%"));
    await form.getByLabel("It may be in this server’s own network").check();
    const sentence = `When Temperature in Greenhouse rises above 30, call ${target.url.slice(7)}/warm – the first time.`;
    await says(page, sentence);
    await form.getByRole("button", { name: "Make it" }).click();
    await page.getByText("It has not acted yet.").waitFor();
    await page.locator('[data-testid="live-state"][data-state="live"]').waitFor();

    await write("31.2");
    await run(page, /31\.2/).waitFor();
    await write("32");
    await write("20");
    await soon(() => assert.equal(target.heard.length, 1));
    await write("33.5");
    await run(page, /33\.5/).waitFor();
    assert.deepEqual(target.heard.map(({ method, path, body }) => `${method} ${path} ${body}`), ["POST /warm It is 31.2", "POST /warm It is 33.5"]);

    await page.getByRole("link", { name: "All automations" }).click();
    await page.getByTestId("automations").getByRole("link", { name: sentence }).waitFor();
    await page.getByTestId("automations").getByText("Done").waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  it("a test tells in words how it went, and tests what is seen", async () => {
    const { id } = await ada.ask("POST", "/automations", above());
    const { page, complaints, close } = await open(`/automations/${id}`);
    await page.getByRole("button", { name: "Test it now" }).click();
    await page.getByTestId("tested").filter({ hasText: "200" }).waitFor();
    await run(page, "Test").first().waitFor();
    assert.equal(target.heard.length, 1);

    await page.getByLabel("Address").fill(`${target.url}/other`);
    await page.getByRole("button", { name: "Test it now" }).click();
    await soon(() => assert.deepEqual(target.heard.map(({ path }) => path), ["/warm", "/other"]));
    assert.equal((await ada.ask("GET", `/automations/${id}`)).action.url, `${target.url}/other`);

    await page.getByLabel("What is done").selectOption("email");
    await page.getByText("This server can’t send e-mail yet.").waitFor();
    await page.getByLabel("To", { exact: true }).fill("ada@example.org");
    await page.getByLabel("Subject", { exact: true }).fill("Warm");
    await page.getByRole("button", { name: "Test it now" }).click();
    await page.getByRole("alert").filter({ hasText: /sends no e-mail yet/ }).waitFor();
    assert.deepEqual(complaints.filter((line) => !/400/.test(line)), []);
    await close();
  });

  it("is switched off and on in the list, and does nothing meanwhile", async () => {
    await ada.ask("POST", "/automations", above());
    const { page, complaints, close } = await open();
    const turn = page.getByTestId("automation-Too warm").getByRole("switch");
    await turn.click();
    await page.locator('[data-testid="automation-Too warm"][data-on="false"]').waitFor();
    await write("40");
    await turn.click();
    await page.locator('[data-testid="automation-Too warm"][data-on="true"]').waitFor();
    await write("41");
    await page.getByTestId("automation-Too warm").getByText("Done").waitFor();
    assert.deepEqual(target.heard.map(({ body }) => body), ["41"]);
    assert.deepEqual(complaints, []);
    await close();
  });

  it("keeps a password without showing it, and says at the field what the server refuses", async () => {
    const kept = above();
    kept.action = { ...kept.action, user: "ada", password: "seven grey herons" };
    const { id } = await ada.ask("POST", "/automations", kept);
    const { page, complaints, close } = await open(`/automations/${id}`);
    await page.getByText("Kept, and not shown again.").waitFor();
    assert.ok(!(await page.content()).includes("herons"));
    await page.getByLabel("Value", { exact: true }).fill("29");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved", { exact: true }).waitFor();
    await write("35");
    await soon(() => assert.equal(target.heard.length, 1));
    assert.equal(target.heard[0].headers.authorization, `Basic ${Buffer.from("ada:seven grey herons").toString("base64")}`);

    await page.getByLabel("Address").fill("http://ada:secret@127.0.0.1/");
    await page.getByRole("button", { name: "Save" }).click();
    await page.locator(".field", { has: page.getByLabel("Address") }).getByText(/into their own places/).waitFor();
    // The browser notes each refusal in its console.
    assert.deepEqual(complaints.filter((line) => !/400/.test(line)), []);
    await close();
  });

  it("recipes fill the editor, times show when it is due, and the keyboard is enough", async () => {
    const talkback = await ada.ask("POST", "/talkbacks", { name: "Pump", channel: channel.id });
    const { page, complaints, close } = await open();
    await page.getByRole("link", { name: /^Every morning/ }).focus();
    await page.keyboard.press("Enter");
    await says(page, "Every day at 07:30, give WATER to Pump.");
    await page.getByLabel("How often").focus();
    await page.getByLabel("How often").selectOption("week");
    await page.getByLabel("Saturday").focus();
    await page.keyboard.press("Space");
    await page.getByLabel("Sunday").focus();
    await page.keyboard.press("Space");
    await says(page, "Every day at 07:30");
    await page.getByRole("button", { name: "Make it" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Test it now" }).waitFor();
    await page.getByRole("button", { name: "Test it now" }).focus();
    await page.keyboard.press("Enter");
    await page.locator('[data-testid="tested"][data-state="done"]').waitFor();
    const [command] = await ada.ask("GET", `/talkbacks/${talkback.id}/commands`);
    assert.equal(command.command_string, "WATER");
    await page.getByRole("link", { name: "All automations" }).click();
    await page.getByTestId("automations").getByText(/^Next in /).waitFor();

    await page.getByTestId("automations").getByRole("link").first().click();
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByRole("button", { name: "Delete it" }).click();
    await page.getByRole("heading", { name: "Let something happen by itself" }).waitFor();
    assert.deepEqual(await ada.ask("GET", "/automations"), []);
    assert.deepEqual(complaints, []);
    await close();
    await ada.ask("DELETE", `/talkbacks/${talkback.id}`);
  });

  it("a ThingHTTP request is made, tested, and sent with its key", async () => {
    const { page, complaints, close } = await open();
    await page.getByRole("button", { name: "New request" }).click();
    const dialog = page.getByRole("dialog", { name: "New request" });
    await dialog.getByLabel("Name", { exact: true }).fill("Siren");
    await dialog.getByLabel("Address").fill(`${target.url}/siren`);
    await dialog.getByLabel("It may be in this server’s own network").check();
    await dialog.getByRole("button", { name: "Make it" }).click();
    await dialog.waitFor({ state: "detached" });
    const siren = page.getByTestId("thinghttp-Siren");
    await siren.getByRole("button", { name: "Test Siren" }).click();
    await page.getByTestId("thinghttp-heard").filter({ hasText: "thank you" }).waitFor();
    const [{ api_key }] = await ada.ask("GET", "/thinghttps");
    const answer = await fetch(`${server.url}/apps/thinghttp/send_request?api_key=${api_key}`);
    assert.equal(await answer.text(), "thank you");
    assert.deepEqual(target.heard.map(({ path }) => path), ["/siren", "/siren"]);
    await siren.getByRole("button", { name: "Delete Siren" }).click();
    await siren.getByRole("button", { name: "Delete it" }).click();
    await siren.waitFor({ state: "detached" });
    assert.deepEqual(complaints, []);
    await close();
  });

  for (const [size, options] of Object.entries(SIZES)) {
    for (const colorScheme of SCHEMES) {
      it(`can be used by everyone: ${size}, ${colorScheme}`, async () => {
        const { id } = await ada.ask("POST", "/automations", above());
        await ada.ask("POST", `/automations/${id}/test`);
        for (const path of ["/automations", `/automations/${id}`, "/automations/new?recipe=silent"]) {
          const { page, complaints, close } = await open(path, { ...options, colorScheme, reducedMotion: "reduce" }, !path.includes("new"));
          await page.locator('[data-testid="automations"], form[aria-label="Automation"]').waitFor();
          if (path.endsWith(String(id))) await page.getByTestId("run").waitFor();
          assert.deepEqual(await violations(page), [], path);
          assert.ok((await overflow(page)) <= 0, `${path} fits the window`);
          assert.deepEqual(complaints, []);
          await close();
        }
      });
    }
  }

  it("an empty list is for everyone, too", async () => {
    const { page, complaints, close } = await open("/automations", PHONE);
    await page.getByRole("heading", { name: "Let something happen by itself" }).waitFor();
    assert.deepEqual(await violations(page), []);
    assert.ok((await overflow(page)) <= 0);
    assert.deepEqual(complaints, []);
    await close();
  });
});
