// What the wizard offers, filled in for a channel of the real server and run as its reader would run it:
// each kind must bring the channel its first value. What needs a chip is run by what stands in for one.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { Board } from '../boards/board.mjs';
import { start } from './fieldpost.mjs';
import { esphome, here, program, python, run, sketch } from './running.mjs';
import { download, kinds, root } from './snippets.mjs';

let server, folder;
before(async () => {
  server = await start();
  folder = mkdtempSync(join(tmpdir(), 'fieldpost-snippets-'));
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/**
 * How each kind is run, and the values it sends where they are known. A run that goes on for ever gives
 * what ends it.
 */
const RUNS = {
  micropython: {
    sends: ['24.9', '55.0'],
    async run(files) {
      const secrets = readFileSync(files['secrets.py'], 'utf8');
      const board = new Board({ program: pathToFileURL(files['main.py']), secrets });
      await board.until('the server answers', () => board.log.some((line) => line.includes('the server says 200')));
      assert.deepEqual(board.wifi.asked, [['my network', 'my password']]);
      assert.equal(board.links.size, 0, 'connections are closed');
      board.weather.plugged = false;
      await board.until('it goes on without its sensor', () => board.log.some((line) => line.includes('trying again')));
      return () => board.stop();
    },
  },
  arduino: { sends: ['42.5', '-61'], run: (files) => sketch(files['fieldpost_board.ino'], 'entry 1') },
  'arduino-plain': { sends: ['42.5', '-61'], run: (files) => sketch(files['fieldpost_board.ino'], 'the server says 1') },
  esphome: {
    sends: ['21.5', '63.0'],
    async run(files, { at }) {
      const path = files['fieldpost-board.yaml'];
      const text = readFileSync(path, 'utf8');
      await esphome(at, path);
      // The request is made by ESPHome's own code; what is ours is its address.
      const bodies = { CONDITION: /lambda: (return .*)$/m, ADDRESS: /url: !lambda \|-\n((?: {18}.*\n)+)/ };
      const given = Object.entries(bodies).map(([name, body]) => {
        const [, code] = body.exec(text);
        writeFileSync(join(at, name), code);
        return `-D${name}="${join(at, name)}"`;
      });
      const program = join(at, 'lambda');
      await run('c++', ['-std=c++17', '-Wall', '-Wextra', '-Werror', ...given, join(here, 'arduino/lambda.cpp'), '-o', program]);
      const { stdout } = await run(program);
      assert.equal((await fetch(stdout.trim())).status, 200);
    },
  },
  python: { run: (files) => program(python, [files['send.py']], 'entry 1') },
  rust: { sends: ['21.5', '63'], run: rust },
  'node-red': { oneField: true, run: (files) => flow(JSON.parse(readFileSync(files['flow.json'], 'utf8'))) },
  curl: {
    oneField: true,
    sends: ['21.5', null],
    async run(files) {
      const { stdout } = await run('bash', ['-e', files['send.sh']]);
      const [, number, entry] = /^(\d+)(\{.*\})$/s.exec(stdout.trim());
      assert.equal(number, '1');
      assert.equal(JSON.parse(entry).entry_id, 1);
    },
  },
  firmware: { run: firmware },
};

test('every kind that the wizard offers is run here', () => {
  assert.deepEqual(Object.keys(RUNS).toSorted(), kinds.map((kind) => kind.id).toSorted());
  for (const kind of kinds) assert.ok(kind.files.length > 0, `${kind.id} has files`);
});

describe('the snippet for', () => {
  for (const kind of kinds) {
    for (const fields of [{ field1: 'Temperature', field2: 'Humidity' }, { field3: 'Soil */ \\ "wet"' }]) {
      const count = Object.keys(fields).length;
      // Building it twice tells nothing new.
      if (kind.id === 'rust' && count === 1) continue;
      test(`${kind.name} brings a channel of ${count === 1 ? 'one field' : 'two fields'} its first value`, async () => {
        const { sends, oneField, run } = RUNS[kind.id];
        const channel = server.channel(fields);
        const labels = Object.entries(fields).map(([name, label]) => ({ no: Number(name.slice(5)), label }));
        const at = join(folder, `${kind.id}-${count}`);
        const files = download(kind, at, { ...channel, fields: labels }, server.http);
        const stop = await run(files, { at, channel });
        const entry = await server.first(channel);
        await stop?.();
        // Our firmware's node has its fields by its nature.
        if (kind.id === 'firmware') return;
        for (const [index, { no }] of labels.entries()) {
          const value = entry[`field${no}`];
          if (index === 0 || !oneField) assert.match(String(value), /^-?\d+(\.\d+)?$/);
          if (sends) assert.equal(value, sends[index]);
        }
      });
    }
  }
});

/** The package as its reader lays it out, with the client from this tree and what the tree's own build has at hand. */
async function rust(files, { at }) {
  const manifest = readFileSync(files['Cargo.toml'], 'utf8');
  const client = `path = "${join(root, 'crates/fieldpost-client')}"`;
  assert.match(manifest, /git = "https:\/\/[^"]+"/);
  writeFileSync(files['Cargo.toml'], `${manifest.replace(/git = "[^"]+"/, client)}\n[[bin]]\nname = "board"\npath = "main.rs"\n\n[workspace]\n`);
  writeFileSync(join(at, 'Cargo.lock'), readFileSync(join(root, 'Cargo.lock')));
  const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target');
  return program('cargo', ['run', '--quiet', '--target-dir', join(target, 'snippets')], 'entry 1', { cwd: at, patience: 600_000 });
}

/** The flow's own nodes, wired as they say: what the function makes is what the request sends. */
async function flow(nodes) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const start = nodes.find((node) => node.type === 'inject');
  assert.ok(start.once, 'it begins by itself');
  let message = {};
  let node = start;
  const passed = [];
  while (node) {
    passed.push(node.type);
    if (node.type === 'function') message = vm.runInNewContext(`(function (msg) {${node.func}\n})`)(message);
    if (node.type === 'http request') {
      const answer = await fetch(node.url, { method: node.method, headers: message.headers, body: JSON.stringify(message.payload) });
      message = { payload: await answer.text(), statusCode: answer.status };
    }
    if (node.type === 'debug') assert.equal(message.payload, '1');
    const [[next] = []] = node.wires;
    assert.ok(next === undefined || byId.has(next), `there is no node ${next}`);
    node = byId.get(next);
  }
  assert.deepEqual(passed, ['inject', 'function', 'http request', 'debug']);
}

/**
 * The line is run as it stands, but for a cargo that hands the settings to the same node on virtual pins. That the
 * firmware's image works with such settings is seen on an emulated board, in the suite `firmware`.
 */
async function firmware(files, { at }) {
  const aliases = readFileSync(join(root, 'firmware/.cargo/config.toml'), 'utf8');
  const names = [...readFileSync(join(root, 'firmware/shell/src/settings.rs'), 'utf8').matchAll(/^ {4}\("([A-Z_]+)", "/gm)];
  const cargo = join(at, 'cargo');
  writeFileSync(cargo, '#!/bin/sh\nprintf "%s\\n" "alias=$1" "folder=$(pwd)"\nenv\n');
  chmodSync(cargo, 0o755);
  const env = { PATH: `${at}${delimiter}/usr/bin:/bin` };
  const said = execFileSync('sh', ['-e', files['build.sh']], { cwd: root, env, encoding: 'utf8' });
  const told = Object.fromEntries(said.split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2)));
  assert.equal(told.folder, join(root, 'firmware'));
  assert.match(aliases, new RegExp(`^${told.alias} = "run .*--bin sensor_node `, 'm'));
  const settings = Object.keys(told).filter((name) => /^[A-Z_]+$/.test(name) && !['PATH', 'PWD', 'OLDPWD', 'SHLVL', '_'].includes(name));
  for (const name of settings) assert.ok(names.some(([, known]) => known === name), `the firmware knows no ${name}`);
  for (const name of ['SSID', 'SERVER', 'READINGS_CHANNEL', 'READINGS_WRITE_KEY', 'COMMANDS_CHANNEL']) assert.ok(told[name], `it needs ${name}`);
  const words = ['board', 'sensor', '--server', told.SERVER, '--readings', told.READINGS_CHANNEL, '--write-key', told.READINGS_WRITE_KEY];
  words.push('--command', told.COMMANDS_CHANNEL, '--read-key', told.COMMANDS_READ_KEY, '--json');
  return program(process.env.FIELDPOST_BIN, words, 'entry');
}
