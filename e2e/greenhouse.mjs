// A channel with a day behind it, for stories about channels.

import assert from "node:assert/strict";

/** Minutes of a day that was, and what a greenhouse measured in each: warm by day, and a pump that runs now and then. */
export function day(until = Date.now(), minutes = 24 * 60) {
  return Array.from({ length: minutes }, (_, index) => {
    const at = Math.floor(until / 60_000) * 60_000 - (minutes - index) * 60_000;
    const angle = ((at / 3_600_000) % 24) * (Math.PI / 12);
    const wobble = Math.sin(index * 1.7) * 0.3;
    return {
      created_at: new Date(at).toISOString(),
      field1: (21 - 5 * Math.cos(angle - 0.6) + wobble).toFixed(1),
      field2: (58 + 14 * Math.cos(angle - 0.6) - wobble * 3).toFixed(1),
      field3: index % 180 < 25 ? "1" : "0",
    };
  });
}

/** Makes the channel and brings it its day. */
export async function greenhouse(server, ada, more = {}) {
  const channel = await ada.ask("POST", "/channels", {
    name: "Greenhouse",
    fields: ["Temperature (°C)", "Humidity (%)", "Pump"],
    ...more,
  });
  const updates = day();
  for (let at = 0; at < updates.length; at += 480) await bulk(server, channel, updates.slice(at, at + 480));
  return channel;
}

async function bulk(server, channel, updates) {
  const answer = await fetch(`${server.url}/channels/${channel.id}/bulk_update.json`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ write_api_key: channel.keys.write_key, updates }),
  });
  assert.equal(answer.status, 202, await answer.text());
}

/** Posts as a board would; the number of the entry, or 0. */
export async function update(server, key, fields) {
  const answer = await fetch(`${server.url}/update?api_key=${key}&${new URLSearchParams(fields)}`);
  return Number(await answer.text());
}
