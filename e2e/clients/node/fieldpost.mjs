// The real server on a free port and a folder of its own, for the stories told in JavaScript.

import { spawn, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const binary = process.env.FIELDPOST_BIN;

export const owner = 'anna';

/** Starts a server with one user, and with more set in its environment; `stop` ends it as an operator would. */
export async function start(env = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'fieldpost-clients-'));
  const data = join(folder, 'data');
  const command = (...words) =>
    JSON.parse(execFileSync(binary, [...words, '--data', data, '--json'], { encoding: 'utf8' }));

  const { api_key: ownerKey } = command('user', 'add', owner);
  let server = await serve(data, '127.0.0.1:0', env);
  const { http, mqtt } = server;

  return {
    http,
    /** Where MQTT is spoken, if it is. */
    mqtt,
    host: new URL(http).host,
    ownerKey,
    /** Makes a channel; options are those of `channel create`, spelled as there. */
    channel(options = { field1: 'Air temp', field2: 'Humidity' }) {
      const words = Object.entries({ name: 'Greenhouse', ...options }).map(
        ([option, value]) => `--${option}=${value}`,
      );
      return command('channel', 'create', '--user', owner, ...words);
    },
    /** Makes a device that may send to and hear all channels of the owner. */
    device(name) {
      return command('device', 'add', name, '--user', owner, '--channel', 'all:rw');
    },
    /** Signs the owner in; what is returned asks the web app's interface and fails on a "no". */
    async signIn() {
      const password = 'a kettle on a cold morning';
      execFileSync(binary, ['user', 'passwd', owner, '--password-stdin', '--data', data], { input: `${password}\n`, stdio: 'pipe' });
      const headers = { 'Content-Type': 'application/json', 'X-Fieldpost': '1' };
      const ask = async (method, path, body) => {
        const answer = await fetch(`${http}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
        const text = await answer.text();
        if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
        headers.cookie ??= answer.headers.get('set-cookie')?.split(';')[0];
        return text === '' ? null : JSON.parse(text);
      };
      await ask('POST', '/session', { login: owner, password });
      return ask;
    },
    async entries(channel, query = {}) {
      const search = new URLSearchParams({ api_key: channel.read_key, ...query });
      const reply = await fetch(`${http}/channels/${channel.id}/feeds.json?${search}`);
      return (await reply.json()).feeds;
    },
    /** Waits for a channel's first entry. */
    async first(channel, seconds = 20) {
      for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
        const [entry] = await this.entries(channel);
        if (entry) return entry;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error('no entry came');
    },
    async write(channel, values) {
      const body = new URLSearchParams({ api_key: channel.write_key, ...values });
      return Number(await (await fetch(`${http}/update`, { method: 'POST', body })).text());
    },
    /** Ends the server; its data stays, and `begin` starts it again at the same address. */
    async pause() {
      await server.end();
    },
    async begin() {
      server = await serve(data, new URL(http).host, env);
    },
    async stop() {
      await server.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function serve(data, listen, env) {
  const server = spawn(binary, ['serve', '--data', data, '--listen', listen], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // Many servers run at once, and only one can have the usual ports.
    env: { FIELDPOST_MQTT_LISTEN: 'off', FIELDPOST_MQTTS_LISTEN: 'off', ...process.env, ...env },
  });
  const ended = new Promise((resolve) => server.once('exit', (code) => resolve(code)));
  const [, http, mqtt] = await firstLine(server.stdout, /^ready (http:\S+)(?:.* (mqtt:\S+))?/);
  return {
    http,
    mqtt,
    async end() {
      server.kill('SIGTERM');
      const code = await ended;
      if (code !== 0) throw new Error(`the server ended with ${code}`);
    },
  };
}

function firstLine(stream, wanted) {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: stream });
    lines.once('line', (line) => {
      const found = wanted.exec(line);
      if (found) resolve(found);
      else reject(new Error(`the server did not get ready: ${line}`));
    });
    lines.once('close', () => reject(new Error('the server said nothing')));
  });
}
