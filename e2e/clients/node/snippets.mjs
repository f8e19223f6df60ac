// The wizard's snippets, filled as the page fills them, each kind in a folder of its own.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fill, valuesFor } from '../../../web/src/pages/connect/snippets/fill.mjs';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
const sources = new URL('../../../web/src/pages/connect/snippets/', import.meta.url);

export const kinds = JSON.parse(readFileSync(new URL('kinds.json', sources), 'utf8'));

/** Writes a kind's files as its reader would have downloaded them; gives their paths by name. */
export function download(kind, folder, channel, address) {
  const values = valuesFor(channel, address);
  mkdirSync(folder, { recursive: true });
  return Object.fromEntries(
    kind.files.map((name) => {
      const path = join(folder, name);
      writeFileSync(path, fill(readFileSync(source(kind.id, name), 'utf8'), values));
      return [name, path];
    }),
  );
}

/** The library is the one of the examples, as it is. */
function source(kind, name) {
  return name === 'Fieldpost.h' ? join(root, 'examples/arduino/Fieldpost/src', name) : new URL(`${kind}/${name}`, sources);
}
