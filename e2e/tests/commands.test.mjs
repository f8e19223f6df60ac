// Commands: what is pressed on a channel's page goes to a board and comes back, each step seen where it was pressed.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { overflow, PHONE, SCHEMES, SIZES, violations } from "../everyone.mjs";
import { asUser, openPage, setUp, signIn, startBrowser, startServer } from "../harness.mjs";

const PASSWORD = "a compiler in every pocket";
const PUMP = { kind: "switch", label: "Pump", on: "PUMP_ON", off: "PUMP_OFF" };
const WATER = { kind: "button", label: "Water now", command: "WATER" };
const FAN = { kind: "slider", label: "Fan", command: "FAN {value}", min: 0, max: 100, step: 5 };

describe("commands", () => {
  let server, browser, ada, grace, channel;
  before(async () => {
    [server, browser] = await Promise.all([startServer("serve"), startBrowser()]);
    ada = await setUp(server);
    await ada.ask("POST", "/users", { login: "grace", password: PASSWORD, admin: false });
    grace = await signIn(server, "grace", PASSWORD);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });
  beforeEach(async () => {
    channel = await ada.ask("POST", "/channels", { name: "Greenhouse", fields: ["Temperature (°C)"] });
  });

  const talkback = (controls = [PUMP, WATER, FAN], more = {}) =>
    ada.ask("POST", "/talkbacks", { name: "Beds", channel: channel.id, controls, ...more });
  const open = async (who = ada, options = {}) => {
    const opened = await openPage(browser, server.url, {
      path: `/channels/${channel.id}/commands`,
      options: { ...asUser(who, server), ...options },
    });
    await opened.page.locator("#controls, #no-commands").waitFor();
    return opened;
  };

  /** What a board does, over HTTP. `{}` if there is nothing to do. */
  const board = ({ id, api_key }) => ({
    async fetches(more = "") {
      const answer = await fetch(`${server.url}/talkbacks/${id}/commands/execute.json?api_key=${api_key}${more}`);
      assert.equal(answer.status, 200, "the key is taken");
      return answer.json();
    },
    async acknowledges(command) {
      const answer = await fetch(`${server.url}/talkbacks/${id}/commands/${command.id}/ack?api_key=${api_key}`, { method: "POST" });
      assert.ok(answer.ok, `the board was heard: ${answer.status}`);
    },
  });
  const commands = (of) => ada.ask("GET", `/talkbacks/${of.id}/commands?limit=50`);
  /** Waits until a command stands so in the list. */
  const listed = (page, text, state) =>
    page.locator(`[data-testid="command-row"][data-state="${state}"]`, { hasText: text }).first().waitFor({ timeout: 15_000 });
  const theSwitch = (page, name) => page.getByRole("switch", { name });
  /** Waits until a switch shows that a board has taken this. */
  const switchIs = (page, name, is) => page.locator(`[data-testid="control-${name}"] [data-is="${is}"]`).waitFor({ timeout: 15_000 });
  const asked = (page, name, what) => page.locator(`[data-testid="control-${name}"] [data-asked="${what}"]`).waitFor({ timeout: 15_000 });

  it("a TalkBack is made by one press, and what its switch asks for is seen on its way", async () => {
    const { page, complaints, close } = await open();
    await page.getByRole("heading", { name: "Tell your board what to do" }).waitFor();
    await page.getByRole("button", { name: "Make a TalkBack" }).click();
    await switchIs(page, "Switch", "unknown");
    const [made] = (await ada.ask("GET", "/talkbacks")).filter((each) => each.channel === channel.id);

    await theSwitch(page, "Switch").click();
    await listed(page, "ON", "queued");
    await asked(page, "Switch", "on");
    assert.equal(await theSwitch(page, "Switch").getAttribute("aria-checked"), "false", "it does not claim what no board has taken");
    await page.getByTestId("control-Switch").getByText("On is queued").waitFor();

    const command = await board(made).fetches();
    assert.equal(command.command_string, "ON");
    await listed(page, "ON", "delivered");
    await switchIs(page, "Switch", "on");
    assert.equal(await theSwitch(page, "Switch").getAttribute("aria-checked"), "true");
    await page.getByTestId("control-Switch").getByText("Delivered").waitFor();

    await board(made).acknowledges(command);
    await listed(page, "ON", "acknowledged");
    await page.getByTestId("control-Switch").getByText("Acknowledged").waitFor();
    await page.getByTestId("said").getByText("Switch: ON acknowledged").waitFor({ state: "attached" });
    assert.deepEqual(complaints, []);
    await close();
  });

  it("a command that no board came for expires, and is handed out no more", async () => {
    const made = await talkback([PUMP], { expire_s: 1 });
    const { page, complaints, close } = await open();
    await theSwitch(page, "Pump").click();
    await listed(page, "PUMP_ON", "expired");
    await page.getByTestId("control-Pump").getByText(/On was asked for, expired/).waitFor();
    await switchIs(page, "Pump", "unknown");
    assert.deepEqual(await board(made).fetches(), {});
    assert.deepEqual(complaints, []);
    await close();
  });

  it("turning a switch back before a board came leaves nothing to do", async () => {
    const made = await talkback([PUMP]);
    const { page, complaints, close } = await open();
    await theSwitch(page, "Pump").click();
    await listed(page, "PUMP_ON", "queued");
    await board(made).fetches();
    await switchIs(page, "Pump", "on");
    await theSwitch(page, "Pump").click();
    await asked(page, "Pump", "off");
    await theSwitch(page, "Pump").click();
    await page.locator('[data-testid="control-Pump"] [role="switch"]:not([data-asked])').waitFor();
    assert.deepEqual(await board(made).fetches(), {});
    // Where nobody knows how the board stands it is told again.
    assert.equal((await commands(made)).length, 1);
    assert.deepEqual(complaints, []);
    await close();
  });

  it("what was pressed in one window is seen in another, and can be taken back there", async () => {
    const made = await talkback();
    const [one, other] = [await open(), await open()];
    await one.page.getByRole("button", { name: /Water now/ }).and(one.page.locator(".control-push")).click();
    await listed(other.page, "WATER", "queued");
    await other.page.getByRole("button", { name: "Take back WATER" }).click();
    for (const { page } of [one, other]) await page.getByTestId("command-row").first().waitFor({ state: "detached" });
    assert.deepEqual(await board(made).fetches(), {});
    for (const { complaints, close } of [one, other]) {
      assert.deepEqual(complaints, []);
      await close();
    }
  });

  it("a slider sends once, where it is let go, and keys once they rest", async () => {
    const made = await talkback([FAN]);
    const { page, complaints, close } = await open();
    const slider = page.getByRole("slider", { name: "Fan" });
    const box = await slider.boundingBox();
    const at = (share) => [box.x + 13 + (box.width - 26) * share, box.y + box.height / 2];
    await page.mouse.move(...at(0));
    await page.mouse.down();
    for (const share of [0.1, 0.25, 0.4, 0.6]) await page.mouse.move(...at(share));
    assert.deepEqual(await commands(made), [], "nothing goes out while a hand is on it");
    await page.mouse.up();
    await listed(page, "FAN 60", "queued");
    assert.equal((await board(made).fetches()).command_string, "FAN 60");
    await listed(page, "FAN 60", "delivered");

    await slider.focus();
    for (let press = 0; press < 3; press += 1) await page.keyboard.press("ArrowRight");
    await listed(page, "FAN 75", "queued");
    assert.deepEqual((await commands(made)).map(({ command_string }) => command_string), ["FAN 75", "FAN 60"]);
    await page.getByTestId("control-Fan").getByText("60 was delivered").waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  it("controls are made, renamed and removed in their place", async () => {
    const made = await talkback([PUMP]);
    const { page, complaints, close } = await open();
    const controls = async () => (await ada.ask("GET", `/talkbacks/${made.id}`)).controls;

    await page.getByRole("button", { name: "Add a control" }).click();
    await page.getByRole("radio", { name: "Slider" }).check();
    await page.getByRole("button", { name: "Add it" }).click();
    await page.getByText("Give it a name.").waitFor();
    await page.getByLabel("Name", { exact: true }).first().fill("Fan");
    await page.getByLabel("Command", { exact: true }).fill("FAN {value}");
    await page.getByLabel("To", { exact: true }).fill("10");
    await page.getByRole("button", { name: "Add it" }).click();
    await page.getByRole("slider", { name: "Fan" }).waitFor();
    assert.deepEqual((await controls())[1], { kind: "slider", label: "Fan", command: "FAN {value}", min: 0, max: 10, step: 1 });

    await page.getByRole("button", { name: "Change Pump" }).click();
    const form = page.getByRole("form", { name: "Change Pump" });
    await form.getByLabel("Name").fill("Well pump");
    await form.getByRole("button", { name: "Save" }).click();
    await theSwitch(page, "Well pump").waitFor();
    assert.equal((await controls())[0].label, "Well pump");

    await page.getByRole("button", { name: "Change Fan" }).click();
    await page.getByRole("button", { name: "Remove Fan" }).click();
    await page.getByRole("button", { name: "Remove it" }).click();
    await page.getByRole("form", { name: "Change Fan" }).waitFor({ state: "detached" });
    assert.equal(await page.getByRole("slider", { name: "Fan" }).count(), 0);
    assert.deepEqual((await controls()).map(({ label }) => label), ["Well pump"]);
    assert.deepEqual(complaints, []);
    await close();
  });

  it("a viewer sees how it stands, live, and presses nothing; an editor presses", async () => {
    const made = await talkback([PUMP, WATER]);
    await ada.ask("PUT", `/channels/${channel.id}/shares/grace`, { role: "viewer" });
    const viewer = await open(grace);
    await viewer.page.getByText("Pressing is for the channel’s editors.").waitFor();
    assert.equal(await theSwitch(viewer.page, "Pump").getAttribute("aria-disabled"), "true");
    await theSwitch(viewer.page, "Pump").click({ force: true });
    assert.equal(await viewer.page.getByLabel("Send any command").count(), 0);
    const told = await viewer.page.evaluate(async () => (await fetch("/api/v1/talkbacks")).text());
    assert.ok(told.includes("PUMP_ON") && !told.includes(made.api_key), "a viewer is not told the key");

    const owner = await open();
    await theSwitch(owner.page, "Pump").click();
    await listed(viewer.page, "PUMP_ON", "queued");
    assert.equal((await commands(made)).length, 1, "the viewer’s press came to nothing");
    await board(made).fetches();
    await switchIs(viewer.page, "Pump", "on");
    assert.deepEqual([...viewer.complaints, ...owner.complaints], []);
    await viewer.close();
    await owner.close();

    await ada.ask("PUT", `/channels/${channel.id}/shares/grace`, { role: "editor" });
    const editor = await open(grace);
    await theSwitch(editor.page, "Pump").click();
    await listed(editor.page, "PUMP_OFF", "queued");
    assert.deepEqual(editor.complaints, []);
    await editor.close();
  });

  it("goes by keys alone", async () => {
    await talkback([PUMP, WATER]);
    const { page, complaints, close } = await open();
    await theSwitch(page, "Pump").focus();
    await page.keyboard.press("Space");
    await asked(page, "Pump", "on");
    await listed(page, "PUMP_ON", "queued");
    await page.getByRole("button", { name: "Change Pump" }).focus();
    await page.keyboard.press("Enter");
    const form = page.getByRole("form", { name: "Change Pump" });
    await form.waitFor();
    await form.getByRole("button", { name: "Cancel" }).focus();
    await page.keyboard.press("Enter");
    await form.waitFor({ state: "detached" });
    await page.locator('[aria-label="Change Pump"]:focus').waitFor();
    await page.getByLabel("Send any command").focus();
    await page.keyboard.type("RESTART");
    await page.keyboard.press("Enter");
    await listed(page, "RESTART", "queued");
    assert.deepEqual(complaints, []);
    await close();
  });

  it("a new key shuts the old one out, and a TalkBack that is removed is gone", async () => {
    const made = await talkback([PUMP]);
    const { page, complaints, close } = await open();
    await page.getByLabel("A command waits").selectOption("300");
    await page.getByRole("form", { name: "Settings of the TalkBack" }).getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved", { exact: true }).waitFor();
    assert.equal((await ada.ask("GET", `/talkbacks/${made.id}`)).expire_s, 300);

    await page.getByRole("button", { name: "New key…" }).click();
    await page.getByRole("button", { name: "Make a new key" }).click();
    await page.getByRole("button", { name: "New key…" }).waitFor();
    const answer = await fetch(`${server.url}/talkbacks/${made.id}/commands/execute?api_key=${made.api_key}`);
    assert.equal(answer.status, 401);
    await page.getByRole("button", { name: "Show TalkBack key" }).click();
    const { api_key } = await ada.ask("GET", `/talkbacks/${made.id}`);
    await page.getByTestId("talkback-key").getByText(api_key).waitFor();

    await page.getByRole("button", { name: "Remove this TalkBack" }).click();
    await page.getByRole("button", { name: "Remove it" }).click();
    await page.getByRole("heading", { name: "Tell your board what to do" }).waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  it("the program that the page hands out does what is pressed", async () => {
    const made = await talkback([PUMP]);
    const folder = await mkdtemp(join(tmpdir(), "fieldpost-commands-"));
    const { page, complaints, close } = await open();
    await page.getByRole("radio", { name: "curl" }).check();
    const addresses = page.getByLabel("Your server is at");
    if ((await addresses.count()) > 0) await addresses.selectOption(server.url);
    const text = await page.getByTestId("file-commands.sh").locator("code").textContent();
    assert.ok(text.includes(made.api_key) && text.includes(server.url), text);
    await writeFile(join(folder, "commands.sh"), text);
    const running = spawn("sh", [join(folder, "commands.sh")], { stdio: "ignore", detached: true });
    try {
      await theSwitch(page, "Pump").click();
      await listed(page, "PUMP_ON", "acknowledged");
      await switchIs(page, "Pump", "on");
    } finally {
      process.kill(-running.pid, "SIGKILL");
      await rm(folder, { recursive: true, force: true });
    }
    assert.deepEqual(complaints, []);
    await close();
  });

  for (const [size, options] of Object.entries(SIZES)) {
    for (const colorScheme of SCHEMES) {
      it(`is open to everybody (${size}, ${colorScheme})`, async () => {
        const empty = await open(ada, { ...options, colorScheme });
        assert.deepEqual(await violations(empty.page), []);
        assert.equal(await overflow(empty.page), 0);
        await empty.close();

        const made = await talkback();
        for (const command_string of ["PUMP_ON", "FAN 40", "a long command without any place to break it:abcdefghijklmnopqrstuvwxyz0123456789"]) {
          await ada.ask("POST", `/talkbacks/${made.id}/commands`, { command_string });
        }
        await board(made).acknowledges(await board(made).fetches());
        const { page, complaints, close } = await open(ada, { ...options, colorScheme });
        await listed(page, "PUMP_ON", "acknowledged");
        await page.getByRole("button", { name: "Add a control" }).click();
        await page.getByRole("form", { name: "A new control" }).waitFor();
        assert.deepEqual(await violations(page), []);
        assert.equal(await overflow(page), 0);
        assert.deepEqual(complaints, []);
        await close();
      });
    }
  }

  it("what is pressed on a phone is large enough for a thumb", async () => {
    await talkback();
    const { page, close } = await open(ada, PHONE);
    const small = await page.locator(".big-switch, .control-push, .control-edit, .control-add").evaluateAll((all) =>
      all.map((each) => [each.className, each.getBoundingClientRect().height]).filter(([, height]) => height < 44),
    );
    assert.deepEqual(small, []);
    await close();
  });
});
