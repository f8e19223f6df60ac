// What every test needs: the real binary on a fresh folder, a real browser, and a page that forgives nothing.
//
// FIELDPOST_BIN  the binary to start (required, unless FIELDPOST_URL is set)
// FIELDPOST_URL  a server that runs already; it is used as it is
// CHROMIUM       the browser; Debian's by default

import { AssertionError } from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** How long the server may take to be ready, in milliseconds. */
const READY = 20_000;

/** For a server that speaks MQTT as well, on a free port of its own. */
export const MQTT = { FIELDPOST_MQTT_LISTEN: "127.0.0.1:0" };

/** Starts `fieldpost demo` or `fieldpost serve` on a free port and an empty folder, with more set in its environment. */
export async function startServer(command = "demo", env = {}) {
  if (process.env.FIELDPOST_URL && command === "demo") {
    return { url: process.env.FIELDPOST_URL.replace(/\/$/, ""), stop: async () => {} };
  }
  const data = await mkdtemp(join(tmpdir(), "fieldpost-e2e-"));
  let running = await run(command, data, "127.0.0.1:0", env);
  const { url } = running;
  return {
    url,
    /** The path of the set-up link, which the server prints while nobody can sign in. */
    setup: () => running.setup(),
    /** Runs a command of the binary on the server's folder, as an operator would, and reads its answer. */
    manage(...command) {
      const said = execFileSync(process.env.FIELDPOST_BIN, [...command, "--data", data, "--json"], { encoding: "utf8" });
      return JSON.parse(said);
    },
    /** Ends the server as an operator would, and starts it again after a while at the same address. */
    async restart(pause) {
      await running.end();
      await new Promise((resolve) => setTimeout(resolve, pause));
      running = await run(command, data, new URL(url).host, env);
    },
    async stop() {
      await running.end();
      await rm(data, { recursive: true, force: true });
    },
  };
}

async function run(command, data, listen, env) {
  const binary = process.env.FIELDPOST_BIN;
  if (!binary) throw new Error("set FIELDPOST_BIN to the path of the fieldpost binary");
  const more = command === "demo" ? ["--no-open"] : [];
  const server = spawn(binary, [command, "--data", data, "--listen", listen, ...more], {
    stdio: ["ignore", "pipe", "pipe"],
    // Many servers run at once, and only one can have the usual ports.
    env: { FIELDPOST_MQTT_LISTEN: "off", FIELDPOST_MQTTS_LISTEN: "off", ...process.env, ...env },
  });
  const ended = new Promise((resolve) => server.once("close", resolve));
  const said = [];
  server.stderr.on("data", (text) => said.push(String(text)));
  const end = async () => {
    server.kill("SIGTERM");
    const slow = setTimeout(() => server.kill("SIGKILL"), 10_000);
    const code = await ended;
    clearTimeout(slow);
    if (code !== 0) throw new Error(`the server ended with ${code}\n${said.join("")}`);
  };
  try {
    const url = await readyLine(server, said);
    return { url, end, setup: () => setupPath(said) };
  } catch (error) {
    await end().catch(() => {});
    throw error;
  }
}

async function setupPath(said) {
  for (let look = 0; look < 100; look += 1) {
    const found = /\/setup\/[\w-]+/.exec(said.join(""));
    if (found) return found[0];
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the server printed no set-up link\n${said.join("")}`);
}

function readyLine(server, said) {
  return new Promise((resolve, reject) => {
    const fail = (why) => reject(new Error(`${why}\n${said.join("")}`));
    const late = setTimeout(() => fail("the server was not ready in time"), READY);
    server.once("error", (error) => fail(String(error)));
    server.once("exit", (code) => fail(`the server ended with ${code} before it was ready`));
    createInterface({ input: server.stdout }).on("line", (line) => {
      said.push(`${line}\n`);
      const url = line.startsWith("ready") ? line.match(/http:\/\/127\.0\.0\.1:\d+/) : null;
      if (url) {
        clearTimeout(late);
        resolve(url[0]);
      }
    });
  });
}

/** Who sets the server up in stories that are about something else. */
export const ADA = { login: "ada", password: "four boats under a green bridge" };

const OURS = { "Content-Type": "application/json", "X-Fieldpost": "1" };

/** Sets a server up by its interface. Returns who may ask it for more: `ask(method, path, body)`. */
export async function setUp(server) {
  const token = (await server.setup()).split("/").at(-1);
  const { answer, me } = await enter(server, "setup", { token, ...ADA, timezone: "Europe/Berlin" });
  return { me, ...someone(server, answer) };
}

/** Signs somebody in who is known already. */
export async function signIn(server, login, password) {
  const { answer } = await enter(server, "session", { login, password });
  return someone(server, answer);
}

async function enter(server, door, body) {
  const answer = await fetch(`${server.url}/api/v1/${door}`, { method: "POST", headers: OURS, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${door}: ${answer.status} ${await answer.text()}`);
  return { answer, me: await answer.json() };
}

function someone(server, answer) {
  const [cookie] = answer.headers.get("set-cookie").split(";");
  return {
    cookie,
    /** Asks as this person; fails on a "no". */
    async ask(method, path, body) {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const answer = await fetch(`${server.url}/api/v1${path}`, { method, headers: { ...OURS, cookie }, ...sent });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      return text === "" ? null : JSON.parse(text);
    },
  };
}

/** Context options with which a window is signed in. */
export function asUser({ cookie }, server) {
  const at = cookie.indexOf("=");
  const one = { name: cookie.slice(0, at), value: cookie.slice(at + 1), domain: new URL(server.url).hostname, path: "/" };
  const more = { expires: -1, httpOnly: true, secure: false, sameSite: "Lax" };
  return { storageState: { cookies: [{ ...one, ...more }], origins: [] } };
}

export function startBrowser(...more) {
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args: [...QUIET, ...more] });
}

/**
 * Opens the page at a path and waits until it is live. `complaints` gathers what the browser had to
 * complain about: errors in the console, exceptions, violations of the content policy.
 */
export async function openPage(browser, url, { options = {}, path = "/", live = true } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  await page.goto(url + path);
  if (live) await isLive(page);
  return { page, complaints, close: () => context.close() };
}

export async function isLive(page) {
  await page.locator('[data-testid="live-state"][data-state="live"]').waitFor({ timeout: 15_000 });
}

/** Waits until the LED is no longer as it was; if it stays, the boards' logs tell why. */
export async function ledChanges(page, from) {
  const changed = page.locator(`[data-testid="sensor-led"]:not([data-on="${from}"])`);
  await changed.waitFor({ timeout: 15_000 }).catch(async () => {
    throw new Error(`the LED stayed as it was\n${await boardsSay(page)}`);
  });
}

/** What the boards have to say, for those who look for the reason of something. */
export async function boardsSay(page) {
  const { boards } = await page.evaluate(async () => (await fetch("/api/v1/boards")).json());
  return boards.map(({ name, fault, log }) => [name, fault ?? "no fault", ...log].join("\n  ")).join("\n");
}

/** Waits until a function in the page returns something true, and returns it. */
export async function until(page, seen, argument, timeout = 15_000) {
  const handle = await page.waitForFunction(seen, argument, { timeout, polling: 50 });
  return handle.jsonValue();
}

/**
 * Looks until what is asserted is so: a page needs a moment after a key or a click, more so on a busy machine. What is still
 * otherwise after ten seconds fails with the last look.
 */
export async function soon(look, patience = 10_000) {
  const end = Date.now() + patience;
  for (;;) {
    try {
      return await look();
    } catch (wrong) {
      if (!(wrong instanceof AssertionError) || Date.now() > end) throw wrong;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
