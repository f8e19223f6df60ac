// Pictures of every page by day and by night, on a desk and on a phone, into results/. With names of pages as arguments
// only these are taken.

import { mkdir } from "node:fs/promises";
import mqtt from "mqtt";
import { PHONE, SCHEMES } from "./everyone.mjs";
import { yearOf } from "./year.mjs";
import { asUser, boardsSay, isLive, MQTT, openPage, setUp, signIn, startBrowser, startServer, until } from "./harness.mjs";

const OUT = new URL("./results/", import.meta.url).pathname;
/** How many entries the boards' charts should show at least. */
const ENTRIES = Number(process.env.ENTRIES ?? 12);
const SIZES = { desktop: { viewport: { width: 1280, height: 900 } }, phone: PHONE };
const only = process.argv.slice(2);

/** A day and a half among tomatoes, every ten minutes, without chance: the sun comes round, a window opens. */
function tomatoes() {
  const now = Math.floor(Date.now() / 600_000) * 600_000;
  return Array.from({ length: 216 }, (_, index) => {
    const at = new Date(now - (215 - index) * 600_000);
    const sun = Math.max(0, Math.sin(((at.getUTCHours() + at.getUTCMinutes() / 60 - 6) / 24) * 2 * Math.PI));
    const window = index % 61 < 9 ? -2.5 : 0;
    const wobble = Math.sin(index * 1.7) * 0.35 + Math.sin(index * 0.61) * 0.5;
    const temperature = 16 + 11 * sun + wobble + window;
    return {
      created_at: at.toISOString(),
      field1: temperature.toFixed(1),
      field2: (78 - 28 * sun - 2 * wobble).toFixed(1),
      field3: index % 61 < 9 ? "1" : "0",
    };
  });
}

/** A TalkBack whose commands have come differently far. */
async function talkback(server, ada, channel) {
  const controls = [
    { kind: "switch", label: "Pump", on: "PUMP_ON", off: "PUMP_OFF" },
    { kind: "switch", label: "Lamp over the seedlings", on: "LAMP_ON", off: "LAMP_OFF" },
    { kind: "slider", label: "Fan", command: "FAN {value}", min: 0, max: 100, step: 5 },
    { kind: "button", label: "Water now", command: "WATER" },
  ];
  const { id, api_key } = await ada.ask("POST", "/talkbacks", { name: "Beds", channel: channel.id, controls });
  const ask = (path, method = "GET") => fetch(`${server.url}/talkbacks/${id}/commands${path}?api_key=${api_key}`, { method });
  const send = (command_string) => ada.ask("POST", `/talkbacks/${id}/commands`, { command_string });
  for (const command of ["LAMP_ON", "PUMP_ON", "FAN 35", "WATER"]) {
    const sent = await send(command);
    await ask("/execute.json");
    if (command !== "WATER") await ask(`/${sent.id}/ack`, "POST");
  }
  for (const command of ["FAN 60", "PUMP_OFF"]) await send(command);
}

/** A plug that is here and says things, and a sensor that is not. */
async function devices(ada, channel) {
  const rights = [{ channel: null, publish: true, subscribe: true }];
  const { client_id, password } = await ada.ask("POST", "/devices", { name: "Tasmota plug", rights });
  await ada.ask("POST", "/devices", { name: "Kitchen sensor", rights: [{ channel: channel.id, publish: true, subscribe: false }] });
  const { port } = (await ada.ask("GET", "/server")).mqtt;
  const will = { topic: "tele/plug/LWT", payload: Buffer.from("Offline"), qos: 1, retain: true };
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { clientId: client_id, username: client_id, password, will });
  const says = { ENERGY: { Total: 12.4, Power: 31, Voltage: 229 }, AM2301: { Temperature: 21.4, Humidity: 55.1 } };
  await client.publishAsync("tele/plug/LWT", "Online", { qos: 1, retain: true });
  await client.publishAsync("stat/plug/POWER", "ON", { qos: 1 });
  await client.publishAsync("tele/plug/SENSOR", JSON.stringify(says), { qos: 1 });
  await ada.ask("PATCH", `/devices/${client_id}`, { maps: [{ topic: "tele/plug/SENSOR", path: "AM2301.Humidity", channel: channel.id, field: 2 }] });
  return client;
}

/** What happens by itself: on a value, and every morning. Each has acted once. */
async function automations(ada, house) {
  const react = { kind: "react", channel: house.id, condition: { kind: "number", field: 1, op: ">", value: 30 }, check: "insert", repeat: false };
  const morning = { kind: "time", zone: "Europe/Berlin", at: { kind: "day", time: "07:30" }, fuzz_minutes: 0 };
  const write = (status) => ({ kind: "write", channel: house.id, fields: {}, status });
  const made = [];
  for (const [name, when, status] of [["Too warm", react, "Too warm: %%trigger%%"], ["Good morning", morning, "Good morning"]]) {
    const automation = await ada.ask("POST", "/automations", { name, enabled: true, when, action: write(status) });
    await ada.ask("POST", `/automations/${automation.id}/test`);
    made.push(automation);
  }
  return made;
}

/** A server with people and channels as they would be after a while. */
async function furnish(server) {
  const ada = await setUp(server);
  const make = (channel) => ada.ask("POST", "/channels", channel);
  const house = await make({ name: "Tomato house", fields: ["Temperature (°C)", "Humidity (%)", "Window"], public: true });
  const answer = await fetch(`${server.url}/channels/${house.id}/bulk_update.json`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ write_api_key: house.keys.write_key, updates: tomatoes() }),
  });
  if (!answer.ok) throw new Error(`bulk update: ${answer.status} ${await answer.text()}`);
  const hive = await make({ name: "Bee hive", fields: ["Weight (kg)"] });
  await fetch(`${server.url}/update?api_key=${hive.keys.write_key}&field1=31.27`);
  // Somebody mistakes the read key for the write key.
  await fetch(`${server.url}/update?api_key=${house.keys.read_keys[0]?.key ?? "NOTAKEYATALL0000"}&field1=21.5`);
  const empty = await make({ name: "Attic", fields: ["Temperature (°C)", "Humidity (%)"] });
  await ada.ask("POST", "/users", { login: "grace", password: "a path along the river", admin: false });
  await ada.ask("PUT", `/channels/${house.id}/shares/grace`, { role: "viewer" });
  await ada.ask("POST", `/channels/${house.id}/links`, { note: "For the class", days: 30 });
  await ada.ask("POST", "/boards/start");
  await talkback(server, ada, house);
  const client = await devices(ada, house);
  return { ada, house, empty, client };
}

const browser = await startBrowser();
await mkdir(OUT, { recursive: true });
const servers = [];
const start = async (command) => {
  const server = await startServer(command, MQTT);
  servers.push(server);
  return server;
};

/** Takes a page in all sizes and colours, once `ready` says that it is there. */
async function take(name, server, path, { user, ready } = {}) {
  if (only.length > 0 && !only.includes(name)) return;
  for (const [size, options] of Object.entries(SIZES)) {
    for (const colorScheme of SCHEMES) {
      const signed = user ? asUser(user, server) : {};
      const { page, close } = await openPage(browser, server.url, { path, live: false, options: { ...signed, ...options, colorScheme } });
      await page.getByRole("heading", { level: 1 }).waitFor();
      await ready?.(page);
      // Charts draw in the next frame, and colours fade for a moment.
      await page.waitForTimeout(600);
      await page.screenshot({ path: `${OUT}${name}-${size}-${colorScheme}.png` });
      await page.screenshot({ path: `${OUT}${name}-${size}-${colorScheme}-whole.png`, fullPage: true });
      console.log(`results/${name}-${size}-${colorScheme}.png`);
      await close();
    }
  }
}

/** The boards have posted enough to fill a chart, and the light is on. */
async function boardsAreBusy(page) {
  await isLive(page);
  const enough = (least) => Number(/\d+/.exec(document.querySelector("[data-testid=last-entry]")?.textContent ?? "")?.[0]) >= least;
  await until(page, enough, ENTRIES, 120_000).catch(async () => {
    throw new Error(`too few entries in time: ${await page.getByTestId("last-entry").innerText()}\n${await boardsSay(page)}`);
  });
  if ((await page.getByTestId("sensor-led").getAttribute("data-on")) === "false") {
    await page.getByTestId("display-button").click();
    await page.locator('[data-testid="sensor-led"][data-on="true"]').waitFor({ timeout: 15_000 });
  }
}

try {
  const fresh = await start("serve");
  await take("start", fresh, "/");
  await take("setup", fresh, await fresh.setup());

  const server = await start("serve");
  const { ada: user, house, empty, client } = await furnish(server);
  const grace = await signIn(server, "grace", "a path along the river");
  await take("sign-in", server, "/sign-in");
  await take("lost", server, "/nothing");
  await take("public", server, "/channels/public", { ready: (page) => page.getByTestId("channel-card").first().waitFor() });
  await take("home", server, "/", { user, ready: (page) => page.getByTestId("channel-card").first().waitFor() });
  await take("home-shared", server, "/", { user: grace });
  await take("new", server, "/new", { user });
  await take("import", server, "/import", { user });
  await take("account", server, "/account", { user });
  await take("users", server, "/users", { user });
  await take("backups", server, "/backups", { user });
  await take("menu", server, "/", { user, ready: (page) => page.getByRole("button", { name: "ada" }).click() });
  for (const tab of ["", "/table", "/commands", "/connect", "/doctor", "/keys", "/share", "/settings"]) {
    await take(`channel${tab.replace("/", "-")}`, server, `/channels/${house.id}${tab}`, { user });
  }
  const { channel: old, spike } = await yearOf(server, user, { name: "Meadow" });
  const near = (minutes) => `?from=${new Date(spike.time - minutes * 60_000).toISOString()}&to=${new Date(spike.time + minutes * 60_000).toISOString()}`;
  const strip = (page) => page.getByTestId("strip").waitFor();
  /** The card of the newest point in sight. */
  const point = async (page) => {
    await strip(page);
    await page.getByTestId("chart-1").focus();
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await page.getByTestId("entry-card").waitFor();
  };
  await take("history-year", server, `/channels/${old.id}?range=1y`, { user, ready: strip });
  await take("history-year-one", server, `/channels/${old.id}?range=1y&charts=one`, { user, ready: strip });
  await take("history-month", server, `/channels/${old.id}${near(15 * 1440)}`, { user, ready: strip });
  await take("history-span", server, `/channels/${old.id}?range=1y`, { user, ready: point });
  await take("history-point", server, `/channels/${old.id}${near(60)}`, { user, ready: point });
  await take("history-edit", server, `/channels/${old.id}${near(60)}`, {
    user,
    ready: async (page) => {
      await point(page);
      await page.getByTestId("entry-card").getByRole("button", { name: "Edit" }).click();
    },
  });
  await take("history-table", server, `/channels/${old.id}/table`, {
    user,
    ready: async (page) => {
      await page.locator(".chosen input").nth(1).check();
      await page.locator(".chosen input").nth(2).check();
    },
  });
  await take("history-stretch", server, `/channels/${old.id}/table${near(60)}`, {
    user,
    ready: async (page) => {
      await page.getByRole("button", { name: "Delete a stretch" }).click();
      await page.getByRole("button", { name: "Count them" }).click();
      await page.getByRole("dialog", { name: /^Delete [\d,]+ entries/ }).waitFor();
    },
  });
  await take("channel-empty", server, `/channels/${empty.id}`, { user });
  await take("commands-none", server, `/channels/${empty.id}/commands`, { user, ready: (page) => page.locator("#no-commands").waitFor() });
  await take("devices", server, "/devices", {
    user,
    ready: async (page) => {
      await page.getByRole("button", { name: "Open Tasmota plug" }).click();
      await page.getByRole("button", { name: "Use as field… tele/plug/SENSOR" }).click();
    },
  });
  await take("device-new", server, "/devices", { user, ready: (page) => page.getByRole("button", { name: "New device" }).click() });
  await client.endAsync();
  const [warm] = await automations(user, house);
  await take("automations", server, "/automations", { user, ready: (page) => page.getByTestId("automations").waitFor() });
  await take("automation", server, `/automations/${warm.id}`, { user, ready: (page) => page.getByTestId("run").first().waitFor() });
  await take("automation-new", server, "/automations/new?recipe=silent", { user });
  await take("channel-stranger", server, `/channels/${house.id}`);
  await take("boards", server, "/boards", { user, ready: boardsAreBusy });
  await take("docs", server, "/docs");

  const bare = await start("serve");
  const begin = await setUp(bare);
  await take("doors", bare, "/", { user: begin });
  await take("automations-none", bare, "/automations", { user: begin });
  await take("devices-none", bare, "/devices", { user: begin });
  await take("boards-off", bare, "/boards", { user: begin });

  const demo = await start("demo");
  await take("demo", demo, "/", { ready: boardsAreBusy });
} finally {
  await browser.close();
  for (const server of servers) await server.stop();
}
