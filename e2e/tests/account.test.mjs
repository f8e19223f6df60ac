// Who is here: signing in and out, a password, a key, other windows, other people; and every page for everyone.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { SCHEMES, SIZES, overflow, violations } from "../everyone.mjs";
import { ADA, asUser, openPage, setUp, soon, startBrowser, startServer, until } from "../harness.mjs";

describe("accounts", () => {
  let server, browser, ada;
  before(async () => {
    [server, browser] = await Promise.all([startServer("serve"), startBrowser()]);
    ada = await setUp(server);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  const heading = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();
  const open = (path = "/", options = {}) => openPage(browser, server.url, { path, live: false, options });
  const asAda = (path = "/", options = {}) => open(path, { ...asUser(ada, server), ...options });
  const signIn = async (page, { login, password } = ADA) => {
    await page.getByLabel("Name").fill(login);
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  };
  /** The browser notes a refused request in its console by itself. */
  const others = (complaints) => complaints.filter((text) => !/40[0-9]|429/.test(text));

  it("signs in to where the reader was going, and out again", async () => {
    const { page, complaints, close } = await open("/account");
    await heading(page, "Sign in");
    await signIn(page);
    await heading(page, "ada");
    await soon(() => assert.equal(new URL(page.url()).pathname, "/account"));
    await until(page, () => document.activeElement.tagName === "H1");
    await page.getByRole("button", { name: "ada" }).click();
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await heading(page, "Sign in");
    await page.goto(`${server.url}/users`);
    await heading(page, "Sign in");
    assert.deepEqual(others(complaints), []);
    await close();
  });

  it("says in words that a name or password is wrong, beside the password", async () => {
    const { page, complaints, close } = await open("/sign-in");
    await signIn(page, { login: "ada", password: "not this one" });
    const wrong = page.locator(".wrong", { hasText: /password/i });
    await wrong.waitFor();
    await until(page, () => document.activeElement.labels?.[0]?.textContent === "Password");
    await page.getByLabel("Password", { exact: true }).fill(ADA.password);
    await page.keyboard.press("Enter");
    await heading(page, /Welcome|Channels/);
    assert.deepEqual(others(complaints), []);
    await close();
  });

  it("leads to no other site after signing in", async () => {
    const { page, close } = await open(`/sign-in?to=${encodeURIComponent("//example.com/")}`);
    await signIn(page);
    await heading(page, /Welcome|Channels/);
    await soon(() => assert.equal(new URL(page.url()).origin, server.url));
    await close();
  });

  it("opens and closes its menu with keys", async () => {
    const { page, close } = await asAda();
    const button = page.getByRole("button", { name: "ada" });
    await button.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "Account" }).waitFor();
    await soon(async () => assert.equal(await button.getAttribute("aria-expanded"), "true"));
    await page.keyboard.press("Escape");
    await soon(async () => assert.equal(await button.getAttribute("aria-expanded"), "false"));
    await soon(async () => assert.equal(await button.evaluate((it) => it === document.activeElement), true));
    await page.keyboard.press("Enter");
    await soon(async () => assert.equal(await button.getAttribute("aria-expanded"), "true"));
    await page.keyboard.press("Tab");
    await until(page, () => document.activeElement.textContent === "Account");
    await page.keyboard.press("Enter");
    await heading(page, "ada");
    await close();
  });

  it("keeps a time zone, shows the key, and makes a new one when asked twice", async () => {
    const { page, complaints, close } = await asAda("/account");
    await page.getByLabel("Times are shown as they are in").selectOption("Asia/Tokyo");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved").waitFor();
    assert.equal((await ada.ask("GET", "/me")).timezone, "Asia/Tokyo");
    const { api_key: before } = await ada.ask("GET", "/me");
    await soon(async () => assert.equal(await page.getByText(before).count(), 0, "the key is not shown before it is asked for"));
    await page.getByRole("button", { name: "Show the key" }).click();
    await page.getByText(before).waitFor();
    await page.getByRole("button", { name: "Make a new key" }).click();
    await until(page, () => document.activeElement.textContent === "Cancel");
    await page.getByRole("group").getByRole("button", { name: "Make a new key" }).click();
    await until(page, (before) => !document.body.innerText.includes(before), before);
    const { api_key: after } = await ada.ask("GET", "/me");
    assert.notEqual(after, before);
    await page.getByText(after).waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  it("takes the address that alerts go to, and shows their key", async () => {
    const { page, complaints, close } = await asAda("/account");
    const section = page.getByRole("region", { name: "Alerts by e-mail" });
    await section.getByText("--smtp-url").waitFor();
    await section.getByLabel("They go to").fill("ada");
    await section.getByRole("button", { name: "Keep this address" }).click();
    await section.locator(".wrong, .refused").filter({ hasText: /e-mail address/ }).waitFor();
    await section.getByLabel("They go to").fill("ada@example.org");
    await section.getByRole("button", { name: "Keep this address" }).click();
    await section.getByText("Saved").waitFor();
    assert.equal((await ada.ask("GET", "/me")).email, "ada@example.org");
    const { key } = await ada.ask("GET", "/me/alerts");
    await section.getByRole("button", { name: "Show the alerts key" }).click();
    await section.getByText(key).waitFor();
    assert.deepEqual(others(complaints), []);
    await close();
  });

  it("lists where one is signed in, and signs out there", async () => {
    const phone = await open("/sign-in");
    await signIn(phone.page);
    await heading(phone.page, /Welcome|Channels/);
    const { page, complaints, close } = await asAda("/account");
    const rows = page.getByTestId("sessions").getByRole("listitem");
    await rows.first().waitFor();
    const many = await rows.count();
    assert.ok(many >= 2);
    await soon(async () => assert.equal(await page.getByTestId("sessions").getByText("here", { exact: true }).count(), 1));
    while ((await page.getByRole("button", { name: /Sign out there/ }).count()) > 0) {
      const left = await rows.count();
      await page.getByRole("button", { name: /Sign out there/ }).first().click();
      await until(page, (left) => document.querySelectorAll("[data-testid=sessions] > li").length < left, left);
    }
    await soon(async () => assert.equal(await rows.count(), 1));
    // The other window finds out by what it does next.
    await phone.page.getByRole("button", { name: "ada" }).click();
    await phone.page.getByRole("link", { name: "Account" }).click();
    await heading(phone.page, "Sign in");
    assert.deepEqual(complaints, []);
    await phone.close();
    await close();
  });

  it("adds a person, who changes their password, and removes them", async () => {
    const { page, complaints, close } = await asAda("/users");
    const grace = { login: "grace", password: "first password of hers" };
    await page.getByLabel("Name").fill(grace.login);
    await page.getByLabel("First password", { exact: true }).fill(grace.password);
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByText("grace may sign in now.").waitFor();
    await page.getByTestId("users").getByText("grace").first().waitFor();

    const hers = await open("/account");
    await signIn(hers.page, grace);
    await heading(hers.page, "grace");
    await hers.page.getByLabel("Password now", { exact: true }).fill("not hers");
    await hers.page.getByLabel("New password", { exact: true }).fill("a path along the river");
    await hers.page.getByRole("button", { name: "Change the password" }).click();
    await hers.page.locator(".wrong", { hasText: /password/i }).first().waitFor();
    await hers.page.getByLabel("Password now", { exact: true }).fill(grace.password);
    await hers.page.getByRole("button", { name: "Change the password" }).click();
    await hers.page.getByText("Changed. You are signed out everywhere else.").waitFor();
    await hers.page.getByRole("button", { name: "grace" }).click();
    await soon(async () => assert.equal(await hers.page.getByRole("link", { name: "Users" }).count(), 0, "not for everybody"));
    await hers.close();

    await page.getByRole("button", { name: "Remove grace" }).click();
    await page.getByRole("group").getByRole("button", { name: "Remove grace" }).click();
    await until(page, () => !document.querySelector("[data-testid=users]").innerText.includes("grace"));
    assert.deepEqual(others(complaints), []);
    await close();
  });
});

describe("every page for everyone", () => {
  let server, browser, ada;
  before(async () => {
    [server, browser] = await Promise.all([startServer("serve"), startBrowser()]);
    ada = await setUp(server);
    const channel = await ada.ask("POST", "/channels", { name: "Room", fields: ["Temperature (°C)"], public: true });
    await fetch(`${server.url}/update?api_key=${channel.keys.write_key}&field1=20.5`);
    await ada.ask("POST", "/users", { login: "grace", password: "a path along the river", admin: false });
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  const MINE = ["/", "/new", "/import", "/account", "/users", "/boards"];
  const ALL = ["/sign-in", "/channels/public", "/setup/NONE-SUCH", "/nothing"];

  for (const colorScheme of SCHEMES) {
    for (const [size, options] of Object.entries(SIZES)) {
      it(`has nothing for axe to find and no sideways scroll, ${colorScheme}, on a ${size}`, async () => {
        for (const path of [...MINE, ...ALL]) {
          const signed = MINE.includes(path) ? asUser(ada, server) : {};
          const { page, close } = await openPage(browser, server.url, { path, live: false, options: { ...signed, ...options, colorScheme } });
          await page.getByRole("heading", { level: 1 }).waitFor();
          for (const summary of await page.locator("summary:visible").all()) await summary.click();
          await soon(async () => assert.deepEqual(await violations(page), [], path));
          await soon(async () => assert.ok((await overflow(page)) <= 0, `${path} is too wide`));
          if (MINE.includes(path)) {
            await page.getByRole("button", { name: "ada" }).click();
            await soon(async () => assert.deepEqual(await violations(page), [], `${path} with its menu open`));
          }
          await close();
        }
      });
    }
  }

  it("has places for fingers: nothing to touch is smaller than 44 pixels on a phone", async () => {
    for (const path of MINE) {
      const { page, close } = await openPage(browser, server.url, { path, live: false, options: { ...asUser(ada, server), ...SIZES.phone } });
      await page.getByRole("heading", { level: 1 }).waitFor();
      // A door is as large as its card, which its name leads all of.
      const small = await page.locator("button:not(.door-name):visible, nav a:visible, .button:visible, select:visible").evaluateAll((all) =>
        all.filter((one) => one.getBoundingClientRect().height < 44).map((one) => one.outerHTML.slice(0, 120)),
      );
      assert.deepEqual(small, [], path);
      await close();
    }
  });
});
