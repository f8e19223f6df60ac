// How programs that the web app hands out are run: as they are, or on what stands in for their chip.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const here = fileURLToPath(new URL('..', import.meta.url));
export const run = promisify(execFile);
export const python = process.env.PYTHON ?? 'python3';

/** Starts a program and waits until it says something; gives what ends it. A `detached` one takes along what it has begun. */
export async function program(command, words, says, options = {}) {
  const child = spawn(command, words, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = () => (options.detached ? process.kill(-child.pid, 'SIGKILL') : child.kill('SIGKILL'));
  let said = '';
  try {
    await new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`it never said ${says}`)), options.patience ?? 20_000);
      const hear = (text) => {
        said += text;
        if (!said.includes(says)) return;
        clearTimeout(late);
        resolve();
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
    });
  } catch (error) {
    kill();
    throw new Error(`${error.message}; it said:\n${said}`);
  }
  return () => {
    child.removeAllListeners('exit');
    const gone = new Promise((resolve) => child.once('exit', resolve));
    kill();
    return gone;
  };
}

/** An Arduino sketch, translated for this machine. */
export async function sketch(path, says) {
  const { stdout } = await run(python, ['-m', 'harness.arduino', path], { cwd: here });
  return program(stdout.trim(), [], says);
}

/** ESPHome's own check of the whole configuration. */
export async function esphome(at, path) {
  const checker = join(here, '.venv-esphome/bin/esphome');
  if (!existsSync(checker)) {
    assert.ok(!process.env.CI, 'ESPHome is not there to check its configuration');
    console.log('left out: ESPHome’s own check, for it is not installed');
    return;
  }
  writeFileSync(join(at, 'secrets.yaml'), 'wifi_ssid: my network\nwifi_password: my password\n');
  const { stdout, stderr } = await run(checker, ['config', path]).catch((wrong) => wrong);
  assert.match(`${stdout}${stderr}`, /Configuration is valid/);
}
