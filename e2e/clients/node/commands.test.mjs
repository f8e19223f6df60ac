// Programs that fetch commands, filled in for a TalkBack of the real server and run as their reader would run them: each
// must do what was asked, and say so.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Board } from '../boards/board.mjs';
import { start } from './fieldpost.mjs';
import { program, sketch } from './running.mjs';
import { commandKinds, downloadCommands } from './snippets.mjs';

let server, folder, ask;
before(async () => {
  server = await start();
  ask = await server.signIn();
  folder = mkdtempSync(join(tmpdir(), 'fieldpost-commands-'));
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** How each kind is run until it has done what it was asked. Each gives what ends it. */
const RUNS = {
  async micropython(files) {
    const board = new Board({ program: pathToFileURL(files['main.py']), secrets: readFileSync(files['secrets.py'], 'utf8') });
    await board.until('the pin is switched', () => board.level(2) === 1);
    return () => board.stop();
  },
  arduino: (files) => sketch(files['fieldpost_commands.ino'], 'pin 2 = 1'),
  curl: (files) => program('sh', [files['commands.sh']], 'is PUMP on', { detached: true }),
};

test('every kind that the page offers is run here', () => {
  assert.deepEqual(Object.keys(RUNS).toSorted(), commandKinds.map((kind) => kind.id).toSorted());
});

describe('the program for', () => {
  for (const kind of commandKinds) {
    test(`${kind.name} does what is asked, and says when it is done`, async () => {
      const controls = [{ kind: 'switch', label: 'Pump', on: 'PUMP on', off: 'PUMP off' }];
      const talkback = await ask('POST', '/talkbacks', { name: kind.name, controls });
      const files = downloadCommands(kind, join(folder, kind.id), talkback, server.http);
      const send = (command_string) => ask('POST', `/talkbacks/${talkback.id}/commands`, { command_string });
      const acknowledged = ({ id, command_string }) =>
        until(`${command_string} is acknowledged`, async () => (await known(talkback, id)).state === 'acknowledged');
      // One that waits already, and one that comes while the program waits.
      const on = await send('PUMP on');
      const stop = await RUNS[kind.id](files);
      try {
        await acknowledged(on);
        await acknowledged(await send('PUMP off'));
      } finally {
        await stop();
      }
    });
  }
});

async function known(talkback, id) {
  const commands = await ask('GET', `/talkbacks/${talkback.id}/commands?limit=10`);
  return commands.find((each) => each.id === id);
}

async function until(what, holds, seconds = 30) {
  for (const end = Date.now() + seconds * 1000; !(await holds()); ) {
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
