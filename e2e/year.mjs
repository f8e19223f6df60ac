// A channel with a year behind it, for stories about history: warm by day and in summer, and one value that can't be.

import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const YEAR = 365 * 86_400_000;
/** A value every 15 s all the year, or as many as a store of rows takes in a few seconds. */
const ENTRIES = process.env.FIELDPOST_YEAR ? YEAR / 15_000 : 200_000;

/** The value that stands out, by far. */
export const SPIKE = "61.70";

/** Makes the channel and brings it its year from a file, as an operator would. Tells the spike's id and time. */
export async function yearOf(server, ada, { name = "Greenhouse", entries = ENTRIES } = {}) {
  const channel = await ada.ask("POST", "/channels", { name, fields: ["Temperature (°C)", "Humidity (%)"] });
  const folder = await mkdtemp(join(tmpdir(), "fieldpost-year-"));
  const file = join(folder, "year.csv");
  const spike = Math.floor(entries * 0.62);
  const step = YEAR / entries;
  const until = Math.floor(Date.now() / 1000) * 1000;
  const at = (index) => Math.round((until - (entries - index) * step) / 1000) * 1000;
  const csv = await open(file, "w");
  let lines = ["created_at,entry_id,field1,field2"];
  for (let index = 0; index < entries; index += 1) {
    const time = at(index);
    const day = Math.cos(((time / 3_600_000) % 24) * (Math.PI / 12) - 0.6);
    const season = Math.cos((time / YEAR) * 2 * Math.PI - 0.4);
    const weather = Math.sin(index * step * 3e-9) * 2.2 + Math.sin(index * step * 1.1e-8) * 1.4;
    const noise = Math.sin(index * 12.9898) * 0.2;
    const temperature = index === spike ? SPIKE : (14 - 9 * season - 4 * day + weather + noise).toFixed(2);
    lines.push(`${new Date(time).toISOString()},${index + 1},${temperature},${(64 + 11 * day + 6 * season - 2 * weather + noise).toFixed(1)}`);
    if (lines.length === 20_000) {
      await csv.write(`${lines.join("\n")}\n`);
      lines = [];
    }
  }
  await csv.write(`${lines.join("\n")}\n`);
  await csv.close();
  server.manage("import", "csv", file, "--channel", String(channel.id));
  await rm(folder, { recursive: true });
  return { channel, entries, spike: { id: spike + 1, time: at(spike) } };
}
