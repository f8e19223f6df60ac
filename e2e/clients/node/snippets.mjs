// The wizard's snippets, filled as the page fills them, each kind in a folder of its own.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandValues, deviceValues, fill, valuesFor } from '../../../web/src/pages/connect/snippets/fill.mjs';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
const sources = new URL('../../../web/src/pages/connect/snippets/', import.meta.url);

const list = (name) => JSON.parse(readFileSync(new URL(name, sources), 'utf8'));

/** What there is for a board that sends, for one that fetches commands, and for a device that speaks MQTT. */
export const kinds = list('kinds.json');
export const commandKinds = list('command-kinds.json');
export const mqttKinds = list('mqtt-kinds.json');

/** Writes a kind's files as its reader would have downloaded them; gives their paths by name. */
export const download = (kind, folder, channel, address) => write(kind, '', folder, valuesFor(channel, address));

/** The same for a TalkBack's programs. */
export const downloadCommands = (kind, folder, talkback, address) => write(kind, 'commands/', folder, commandValues(talkback, address));

/** The same for a device's. */
export const downloadMqtt = (kind, folder, device, channel, address, port) =>
  write(kind, 'mqtt/', folder, deviceValues(device, channel, address, port));

function write(kind, shelf, folder, values) {
  mkdirSync(folder, { recursive: true });
  return Object.fromEntries(
    kind.files.map((name) => {
      const path = join(folder, name);
      const text = fill(readFileSync(source(`${shelf}${kind.id}`, name), 'utf8'), values);
      if (text.includes('{{')) throw new Error(`${name} has a placeholder left`);
      writeFileSync(path, text);
      return [name, path];
    }),
  );
}

/** The library is the one of the examples, as it is. */
function source(folder, name) {
  return name === 'Fieldpost.h' ? join(root, 'examples/arduino/Fieldpost/src', name) : new URL(`${folder}/${name}`, sources);
}
