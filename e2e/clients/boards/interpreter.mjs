// One board's processor: MicroPython itself, in a thread of its own that may wait as long as a board waits.
// It knows the world only through `_wire`: a question goes out as a message, and the thread sleeps until
// the answer lies in the shared memory.

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { loadMicroPython } from '@micropython/micropython-webassembly-pyscript/micropython.mjs';
import { ANSWERED, LENGTH, PINS, WAKE } from './shared.mjs';

const { control, answer, program, files, hidden, speed, begun } = workerData;
const say = (line) => parentPort.postMessage({ said: line });

const ticks = () => Math.floor((Date.now() - begun) * speed);

const wire = {
  call(question) {
    Atomics.store(control, ANSWERED, 0);
    parentPort.postMessage({ question });
    Atomics.wait(control, ANSWERED, 0);
    return Buffer.from(answer.buffer, 0, control[LENGTH]).toString();
  },
  // A program that looks at the clock and nothing else shall not keep a processor of ours busy.
  ticks() {
    Atomics.wait(control, WAKE, Atomics.load(control, WAKE), 1);
    return ticks();
  },
  sleep(duration) {
    const woken = Atomics.load(control, WAKE);
    if (!pending()) Atomics.wait(control, WAKE, woken, Math.max(1, duration / speed));
  },
  interrupt() {
    const pin = pending();
    if (!pin) return -1;
    Atomics.and(control, PINS + (pin >> 5), ~(1 << (pin & 31)));
    return pin;
  },
};

function pending() {
  for (let pin = 1; pin < 64; pin += 1) {
    if (Atomics.load(control, PINS + (pin >> 5)) & (1 << (pin & 31))) return pin;
  }
  return 0;
}

const board = await loadMicroPython({ linebuffer: true, stdout: say, stderr: say });
board.registerJsModule('_wire', wire);

const modules = new URL('modules/', import.meta.url);
for (const entry of readdirSync(modules, { withFileTypes: true, recursive: true })) {
  const path = join(entry.parentPath ?? entry.path, entry.name);
  const name = relative(fileURLToPath(modules), path);
  if (entry.isDirectory()) board.FS.mkdir(`/${name}`);
  else if (!hidden.includes(name)) board.FS.writeFile(`/${name}`, readFileSync(path));
}
for (const [name, text] of Object.entries(files)) board.FS.writeFile(`/${name}`, text);

// The program is imported, as a board imports main.py; it is expected never to come back.
board.runPython(`__import__(${JSON.stringify(program)})`);
