// Keys, and who else may see a channel: everybody, people of this server, whoever has a link or a read key.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { update } from "../greenhouse.mjs";
import { asUser, openPage, setUp, signIn, soon, startBrowser, startServer } from "../harness.mjs";

describe("sharing a channel", () => {
  let server, browser, ada, grace, channel;
  const PASSWORD = "a compiler in every pocket";
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
    channel = await ada.ask("POST", "/channels", { name: "Greenhouse", fields: ["Temperature (°C)", "Humidity (%)"] });
    assert.ok((await post(channel.keys.write_key, "20.5")) > 0);
  });

  const post = (key, value) => update(server, key, { field1: value });
  const open = (path, who, more = {}) =>
    openPage(browser, server.url, { path: `/channels/${channel.id}${path}`, options: who ? asUser(who, server) : {}, ...more });
  const tile = (page, no) => page.getByTestId(`tile-${no}`).locator(".tile-value");
  const tabs = async (page) => {
    await page.locator(".tabs").waitFor();
    return page.locator(".tabs a").allInnerTexts();
  };
  /** What a window can get hold of, in all that it was told. */
  const reads = (page, address) => page.evaluate(async (address) => (await fetch(address)).json(), address);

  it("hides the write key until it is asked for", async () => {
    const { page, complaints, close } = await open("/keys", ada);
    const key = page.getByTestId("write-key-value");
    await key.waitFor();
    await soon(async () => assert.doesNotMatch(await page.locator("main").innerText(), new RegExp(channel.keys.write_key)));
    await page.getByRole("button", { name: "Show write key" }).click();
    await soon(async () => assert.equal(await key.innerText(), channel.keys.write_key));
    await page.getByRole("button", { name: "Hide write key" }).click();
    await soon(async () => assert.doesNotMatch(await key.innerText(), /[0-9A-Z]/));
    await page.getByRole("button", { name: "Fill in the keys" }).click();
    await page.getByText(`/update?api_key=${channel.keys.write_key}&field1=21.5`).waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  it("makes a new write key while the old one goes on writing for a time, or not at all", async () => {
    const { page, complaints, close } = await open("/keys", ada);
    const old = channel.keys.write_key;
    const rotate = async (overlap) => {
      await page.getByRole("button", { name: "New write key…" }).click();
      await page.getByRole("radio", { name: overlap }).check();
      await page.getByRole("button", { name: "Make the new key" }).click();
      await page.getByRole("button", { name: "New write key…" }).waitFor();
      return (await ada.ask("GET", `/channels/${channel.id}`)).keys.write_key;
    };
    const second = await rotate("24 hours");
    assert.notEqual(second, old);
    await page.getByText(/… still writes for (24 h|23 h 5\d min)/).waitFor();
    assert.ok((await post(old, "21")) > 0, "the old key still writes");
    assert.ok((await post(second, "22")) > 0, "the new one writes");
    const third = await rotate("not at all");
    assert.ok((await post(third, "23")) > 0);
    assert.equal(await post(second, "24"), 0, "this one was replaced at once");
    assert.equal(await post(old, "25"), 0, "and with it those before: one of them is in wrong hands");
    assert.deepEqual(complaints, []);
    await close();
  });

  it("gives each reader a key of their own, which opens the page, and takes it back", async () => {
    const { page, complaints, close } = await open("/keys", ada);
    await page.getByLabel("Whom or what is a new read key for?").fill("Hall");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByTestId("read-keys").getByText("Hall", { exact: true }).waitFor();
    const { read_keys } = (await ada.ask("GET", `/channels/${channel.id}`)).keys;
    const { key } = read_keys.find(({ note }) => note === "Hall");
    const hall = await open(`?key=${key}`, null);
    await tile(hall.page, 1).getByText("20.5").waitFor();
    await soon(async () => assert.deepEqual(await tabs(hall.page), ["Charts", "Table"]));
    await post(channel.keys.write_key, "26.5");
    await tile(hall.page, 1).getByText("26.5").waitFor();
    await page.getByRole("button", { name: "Remove the read key for Hall" }).click();
    await page.getByRole("button", { name: "Remove it" }).click();
    await page.getByTestId("read-keys").getByText("Hall", { exact: true }).waitFor({ state: "detached" });
    await hall.page.reload();
    await hall.page.getByRole("heading", { name: `Channel ${channel.id} is not here for you.` }).waitFor();
    assert.deepEqual(complaints, []);
    await hall.close();
    await close();
  });

  it("opens by a link without signing in, shows no keys, and ends when the link is taken back", async () => {
    const { page, complaints, close } = await open("/share", ada);
    await page.getByLabel("Whom is it for?").fill("Parents of 7b");
    await page.getByLabel("It works for").selectOption("7");
    await page.getByRole("button", { name: "Make a link" }).click();
    await page.getByText("It is shown this once").waitFor();
    const link = await page.locator(".made code").innerText();
    assert.match(link, new RegExp(`^${server.url}/channels/${channel.id}\\?link=.{16,}$`));
    await page.getByTestId("links").getByText("for another 6 d 23 h").or(page.getByTestId("links").getByText("for another 7 d 0 h")).waitFor();

    const { pathname, search, searchParams } = new URL(link);
    const guest = await openPage(browser, server.url, { path: pathname + search });
    await tile(guest.page, 1).getByText("20.5").waitFor();
    await soon(async () => assert.deepEqual(await tabs(guest.page), ["Charts", "Table"]));
    await post(channel.keys.write_key, "27.5");
    await tile(guest.page, 1).getByText("27.5").waitFor();
    await guest.page.getByRole("link", { name: "Table" }).click();
    await guest.page.getByTestId("entries").getByText("27.5", { exact: true }).waitFor();
    const file = await guest.page.getByRole("link", { name: "All as CSV" }).getAttribute("href");
    const csv = await guest.page.evaluate(async (file) => (await fetch(file)).text(), file);
    assert.match(csv, /^created_at,entry_id,field1[^]*,27\.5,\n$/);
    const told = await reads(guest.page, `/api/v1/channels/${channel.id}?link=${searchParams.get("link")}`);
    assert.deepEqual([told.keys, told.shares, told.links, told.role], [null, null, null, null]);
    await soon(async () => assert.doesNotMatch(await guest.page.content(), new RegExp(channel.keys.write_key)));
    await guest.page.goto(`${server.url}${pathname}/keys${search}`);
    await guest.page.getByRole("heading", { name: "This part is for those who look after the channel." }).waitFor();
    // Asking for the channel of somebody else is what fails in a signed-out window; nothing else may.
    assert.deepEqual(guest.complaints, []);

    await page.getByRole("button", { name: "Take back the link for Parents of 7b" }).click();
    await page.getByRole("button", { name: "Take it back" }).click();
    await page.getByTestId("links").getByText("Parents of 7b").waitFor({ state: "detached" });
    await guest.page.goto(link);
    await guest.page.getByRole("heading", { name: `Channel ${channel.id} is not here for you.` }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Links" }).waitFor();
    await soon(async () => assert.equal(await page.getByText("link=").count(), 0, "it is not shown again"));
    assert.deepEqual(complaints, []);
    await guest.close();
    await close();
  });

  it("lets a viewer look and an editor change, and nobody who was removed", async () => {
    const { page, complaints, close } = await open("/share", ada);
    const before = await openPage(browser, server.url, { path: `/channels/${channel.id}`, live: false, options: asUser(grace, server) });
    await before.page.getByRole("heading", { name: `Channel ${channel.id} is not here for you.` }).waitFor();
    await before.close();

    await page.getByLabel("Login").fill("grace");
    await page.getByRole("button", { name: "Share", exact: true }).click();
    await page.getByTestId("shares").locator(".row-name", { hasText: "grace" }).waitFor();
    const viewer = await open("", grace);
    await soon(async () => assert.deepEqual(await tabs(viewer.page), ["Charts", "Table", "Commands"]));
    await viewer.page.getByText("ada shares it with you, as viewer").waitFor();
    assert.equal((await reads(viewer.page, `/api/v1/channels/${channel.id}`)).keys, null);
    await viewer.page.goto(`${server.url}/channels/${channel.id}/settings`);
    await viewer.page.getByRole("heading", { name: "This part is not shared with you." }).waitFor();
    await viewer.close();

    await page.getByLabel("What grace may do").selectOption("editor");
    await soon(async () => assert.equal((await ada.ask("GET", `/channels/${channel.id}`)).shares[0].role, "editor"));
    const editor = await open("/settings", grace);
    await soon(async () => assert.deepEqual(await tabs(editor.page), ["Charts", "Table", "Commands", "Connect", "Doctor", "Keys & code", "Settings"]));
    await soon(async () => assert.equal(await editor.page.getByRole("heading", { name: "No way back" }).count(), 0));
    await editor.page.getByLabel("Name", { exact: true }).fill("Glasshouse");
    await editor.page.getByRole("button", { name: "Save", exact: true }).click();
    await editor.page.getByText("Saved").waitFor();
    await editor.page.getByRole("heading", { level: 1, name: "Glasshouse" }).waitFor();
    await editor.close();

    await page.getByRole("button", { name: "Remove grace" }).click();
    await page.getByRole("button", { name: "Remove", exact: true }).click();
    await page.getByTestId("shares").waitFor({ state: "detached" });
    const gone = await openPage(browser, server.url, { path: `/channels/${channel.id}`, live: false, options: asUser(grace, server) });
    await gone.page.getByRole("heading", { name: `Channel ${channel.id} is not here for you.` }).waitFor();
    await gone.close();
    await page.getByLabel("Login").fill("nobody-of-this-name");
    await page.getByRole("button", { name: "Share", exact: true }).click();
    await page.getByRole("alert").filter({ hasText: /\w/ }).waitFor();
    assert.deepEqual(complaints.filter((text) => !/40\d/.test(text)), []);
    await close();
  });

  it("is for everybody once it is public, and says before what that means", async () => {
    const { page, complaints, close } = await open("/share", ada);
    await page.getByText("whoever reaches this server reads all of its entries").waitFor();
    await page.getByRole("switch", { name: /Public channel/ }).click();
    await page.getByText("Nobody can write without the write key.").waitFor();
    const passer = await open("", null);
    await tile(passer.page, 1).getByText("20.5").waitFor();
    await soon(async () => assert.deepEqual(await tabs(passer.page), ["Charts", "Table"]));
    assert.deepEqual(passer.complaints, []);
    await passer.close();
    await page.getByRole("switch", { name: /Public channel/ }).click();
    await page.getByText("whoever reaches this server reads all of its entries").waitFor();
    assert.equal((await fetch(`${server.url}/api/v1/channels/${channel.id}`)).status, 404);
    assert.deepEqual(complaints, []);
    await close();
  });

  it("changes labels, and clears a channel only for who types its name", async () => {
    const { page, complaints, close } = await open("/settings", ada);
    await page.getByRole("button", { name: "Add a field" }).click();
    await page.getByLabel("Field 3").fill("Rain (mm)");
    await page.getByLabel("Field 2").fill("");
    await page.getByRole("button", { name: "Save fields" }).click();
    await page.getByText("Saved").waitFor();
    const { fields } = await ada.ask("GET", `/channels/${channel.id}`);
    assert.deepEqual(fields, [{ no: 1, label: "Temperature (°C)" }, { no: 3, label: "Rain (mm)" }]);

    await page.getByRole("button", { name: "Clear the channel…" }).click();
    const sure = page.getByLabel("To be sure, type the channel’s name: Greenhouse");
    await sure.fill("Green");
    await page.getByRole("button", { name: "Clear the channel", exact: true }).click();
    await page.getByText("Type Greenhouse, exactly as it is written here.").waitFor();
    assert.ok((await ada.ask("GET", `/channels/${channel.id}`)).last !== null);
    await sure.fill("Greenhouse");
    await page.getByRole("button", { name: "Clear the channel", exact: true }).click();
    await page.locator(".saved").getByText("Done", { exact: true }).waitFor();
    assert.equal((await ada.ask("GET", `/channels/${channel.id}`)).last, null);
    assert.deepEqual(complaints, []);
    await page.getByRole("link", { name: "Charts" }).click();
    await page.getByText("Waiting for your first value").waitFor();
    assert.equal(await post(channel.keys.write_key, "19.5"), 1, "it counts from one again");
    await tile(page, 1).getByText("19.5").waitFor();
    await close();
  });

  it("deletes a channel only for who types its name, and goes home", async () => {
    const { page, close } = await open("/settings", ada);
    await page.getByRole("button", { name: "Delete the channel…" }).click();
    await page.getByLabel("To be sure, type the channel’s name: Greenhouse").fill("Greenhouse");
    await page.getByRole("button", { name: "Delete the channel", exact: true }).click();
    await page.waitForURL(`${server.url}/`);
    await assert.rejects(ada.ask("GET", `/channels/${channel.id}`), /404/);
    await close();
  });
});
