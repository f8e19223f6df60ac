// A board on the bench: the pins one can press and look at, a sensor, an OLED, Wi-Fi, and a real socket
// for each connection the program makes.

import { readFileSync } from 'node:fs';
import net from 'node:net';
import { basename } from 'node:path';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ANSWERED, ANSWER_BYTES, LENGTH, PINS, WAKE, WORDS } from './shared.mjs';

const EHOSTUNREACH = 113;
const ETIMEDOUT = 116;
const ECONNREFUSED = 111;

export class Board {
  /**
   * @param program a file of MicroPython; the board runs exactly this file
   * @param secrets the text of the secrets.py next to it
   * @param firmware `today`, or `2020` with its older HTTP module only
   * @param speed how much faster than ours its clock runs
   */
  constructor({ program, secrets, firmware = 'today', speed = 20 }) {
    this.name = basename(fileURLToPath(program), '.py');
    this.levels = new Map();
    /** Every level a pin has been given, in order. */
    this.history = new Map();
    this.weather = { temperature: 24.9, humidity: 55.0, plugged: true };
    this.oled = { words: [], picture: Buffer.alloc(0) };
    this.wifi = { inReach: true, joined: false, asked: [] };
    this.log = [];
    this.links = new Map();
    this.opened = 0;
    this.problem = null;

    this.control = new Int32Array(new SharedArrayBuffer(WORDS * 4));
    this.answer = new Uint8Array(new SharedArrayBuffer(ANSWER_BYTES));
    this.worker = new Worker(new URL('interpreter.mjs', import.meta.url), {
      workerData: {
        control: this.control,
        answer: this.answer,
        program: this.name,
        files: { [`${this.name}.py`]: readFileSync(program, 'utf8'), 'secrets.py': secrets },
        hidden: firmware === '2020' ? ['requests.py'] : [],
        speed,
        begun: Date.now(),
      },
    });
    this.worker.on('message', (message) => this.#hear(message));
    this.worker.on('error', (error) => (this.problem = error));
    this.worker.on('exit', () => (this.problem ??= new Error('the program came to an end')));
  }

  /** Presses the button at a pin: the level falls, bounces, and rises again. */
  press(pin) {
    for (let bounce = 0; bounce < 3; bounce += 1) this.#interrupt(pin);
  }

  level(pin) {
    return this.levels.get(pin) ?? 0;
  }

  /** Waits until something is so, and tells what the board said when it never is. */
  async until(what, holds, seconds = 20) {
    const end = Date.now() + seconds * 1000;
    while (!(await holds())) {
      if (this.problem || Date.now() > end) {
        const why = this.problem?.message ?? `not within ${seconds} s`;
        throw new Error(`${what}: ${why}\n${this.name} said:\n  ${this.log.slice(-20).join('\n  ')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async stop() {
    this.worker.removeAllListeners('exit');
    await this.worker.terminate();
    for (const link of this.links.values()) link.close();
  }

  #interrupt(pin) {
    Atomics.or(this.control, PINS + (pin >> 5), 1 << (pin & 31));
    Atomics.add(this.control, WAKE, 1);
    Atomics.notify(this.control, WAKE);
  }

  async #hear({ said, question }) {
    if (said !== undefined) {
      this.log.push(said);
      return;
    }
    const [what, ...words] = JSON.parse(question);
    let answer;
    try {
      answer = { value: (await this[`ask_${what}`](...words)) ?? null };
    } catch (error) {
      answer = { errno: error.errno ?? ECONNREFUSED, why: error.message };
    }
    const bytes = Buffer.from(JSON.stringify(answer));
    this.answer.set(bytes);
    Atomics.store(this.control, LENGTH, bytes.length);
    Atomics.store(this.control, ANSWERED, 1);
    Atomics.notify(this.control, ANSWERED);
  }

  // What a program may ask of the world.

  ask_pin(pin, level) {
    if (level === undefined) return this.level(pin);
    this.levels.set(pin, level);
    this.history.set(pin, [...(this.history.get(pin) ?? []), level]);
  }

  ask_dht() {
    if (!this.weather.plugged) throw refusal(ETIMEDOUT, 'ETIMEDOUT');
    return [this.weather.temperature, this.weather.humidity].map((value) => Math.round(value * 10));
  }

  ask_oled(address, words, picture) {
    this.oled = { address, words, picture: Buffer.from(picture, 'base64') };
  }

  ask_join(name, password) {
    this.wifi.asked.push([name, password]);
    this.wifi.joined = this.wifi.inReach;
  }

  ask_joined() {
    if (this.wifi.inReach && this.wifi.asked.length > 0) this.wifi.joined = true;
    return this.wifi.joined && this.wifi.inReach;
  }

  async ask_connect(host, port, timeout) {
    if (!this.wifi.joined || !this.wifi.inReach) throw refusal(EHOSTUNREACH, 'EHOSTUNREACH');
    const link = await Link.open(host, port, timeout);
    this.opened += 1;
    this.links.set(this.opened, link);
    return this.opened;
  }

  ask_secure(number) {
    return this.links.get(number).secure();
  }

  ask_write(number, data) {
    return this.links.get(number).write(Buffer.from(data, 'base64'));
  }

  ask_readline(number) {
    return this.links.get(number).take((held) => held.indexOf(0x0a) + 1);
  }

  ask_read(number, size) {
    return this.links.get(number).take((held) => (size >= 0 && held.length >= size ? size : 0));
  }

  ask_close(number) {
    this.links.get(number).close();
    this.links.delete(number);
  }
}

/** A connection, and the bytes that came over it and have not been read. */
class Link {
  static open(host, port, timeout) {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ host, port, noDelay: true });
      socket.once('connect', () => resolve(new Link(socket, timeout)));
      socket.once('error', (error) => reject(refusal(ECONNREFUSED, error.code)));
    });
  }

  constructor(socket, timeout) {
    this.timeout = timeout;
    this.#adopt(socket);
  }

  #adopt(socket) {
    this.socket = socket;
    this.held = Buffer.alloc(0);
    this.over = false;
    const wake = () => this.wake?.();
    socket.on('data', (part) => {
      this.held = Buffer.concat([this.held, part]);
      wake();
    });
    socket.on('close', () => {
      this.over = true;
      wake();
    });
    socket.on('error', () => {});
  }

  secure() {
    return new Promise((resolve, reject) => {
      this.socket.removeAllListeners('data');
      const secured = tls.connect({ socket: this.socket, rejectUnauthorized: false });
      secured.once('error', (error) => reject(refusal(ECONNREFUSED, error.message)));
      secured.once('secureConnect', () => {
        this.#adopt(secured);
        resolve();
      });
    });
  }

  write(bytes) {
    return new Promise((resolve, reject) =>
      this.socket.write(bytes, (error) => (error ? reject(refusal(104, error.code)) : resolve())),
    );
  }

  /** Waits for as many bytes as `enough` says, 0 for not yet; at the end of the connection for what there is. */
  async take(enough) {
    const end = this.timeout ? Date.now() + this.timeout * 1000 : Infinity;
    for (;;) {
      const count = enough(this.held) || (this.over ? this.held.length : 0);
      if (count > 0 || this.over) {
        const taken = this.held.subarray(0, count);
        this.held = this.held.subarray(count);
        return taken.toString('base64');
      }
      if (Date.now() > end) throw refusal(ETIMEDOUT, 'ETIMEDOUT');
      await new Promise((resolve) => {
        this.wake = resolve;
        setTimeout(resolve, 100).unref();
      });
    }
  }

  close() {
    this.socket.destroy();
  }
}

function refusal(errno, why) {
  return Object.assign(new Error(why), { errno });
}
