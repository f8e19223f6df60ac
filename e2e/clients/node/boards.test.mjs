// The two example programs on two boards: the interpreter is MicroPython itself, the server is the real
// one, the sockets between them are real; the hardware around the interpreter is ours.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import { Board } from '../boards/board.mjs';
import { start } from './fieldpost.mjs';

const examples = new URL('../../../examples/micropython/', import.meta.url);
const BUTTON = 21;
const LAMP = 22;
const SENSOR_ALIVE = 2;
const DISPLAY_ALIVE = 25;

let server;
before(async () => {
  server = await start();
});
after(() => server.stop());

/** Two channels, and the two boards that talk through them, with the right keys or with none that fits. */
function bench({ firmware, keys = (key) => key } = {}) {
  const readings = server.channel({ name: 'Readings', field1: 'Temperature', field2: 'Humidity' });
  const button = server.channel({ name: 'Button', field1: 'Lamp' });
  const secrets = fill(readFileSync(new URL('secrets.py.example', examples), 'utf8'), {
    WIFI_NAME: 'bench',
    WIFI_PASSWORD: 'a secret',
    HOST: server.host,
    READINGS_CHANNEL: readings.id,
    READINGS_WRITE_KEY: keys(readings.write_key),
    READINGS_READ_KEY: keys(readings.read_key),
    BUTTON_CHANNEL: button.id,
    BUTTON_WRITE_KEY: keys(button.write_key),
    BUTTON_READ_KEY: keys(button.read_key),
  });
  const board = (name) => new Board({ program: new URL(name, examples), secrets, firmware });
  const sensor = board('sensor_node.py');
  const display = board('display_node.py');
  boards.push(sensor, display);
  return { readings, button, sensor, display };
}

const boards = [];
afterEach(() => Promise.all(boards.splice(0).map((board) => board.stop())));

/** Fills in the example as its reader would; each value has its place and no place stays as it was. */
function fill(text, values) {
  const filled = text.replace(/^(\w+) = .*$/gm, (_, name) => {
    assert.ok(name in values, `${name} is not told`);
    const line = `${name} = ${JSON.stringify(values[name])}`;
    delete values[name];
    return line;
  });
  assert.deepEqual(values, {}, 'every value has a place');
  return filled;
}

const shows = (board, ...parts) => parts.every((part) => board.oled.words.join('\n').includes(part));

for (const firmware of ['today', '2020']) {
  describe(`the pair of boards with the HTTP of ${firmware}`, () => {
    test('the readings of one are on the screen of the other', async () => {
      const { sensor, display, readings } = bench({ firmware });
      await display.until('the readings appear', () => shows(display, '24.9', '55'));
      assert.deepEqual(display.oled.address, [0x3c, 15, 4]);
      assert.ok(display.oled.picture.some((byte) => byte !== 0), 'there is light on the screen');

      Object.assign(sensor.weather, { temperature: -3.5, humidity: 80.2 });
      await display.until('new readings follow', () => shows(display, '-3.5', '80.2'));
      const entries = await server.entries(readings);
      assert.deepEqual([entries[0].field1, entries[0].field2], ['24.9', '55.0'], 'the texts are those that were sent');
      assert.deepEqual([entries.at(-1).field1, entries.at(-1).field2], ['-3.5', '80.2']);
      assert.deepEqual(entries.map((entry) => entry.entry_id), entries.map((_, n) => n + 1));
    });

    test('the button of one lights the lamp of the other, and puts it out', async () => {
      const { sensor, display, button } = bench({ firmware });
      for (const level of [1, 0, 1]) {
        display.press(BUTTON);
        await sensor.until(`the lamp is ${level}`, () => sensor.level(LAMP) === level);
      }
      const wishes = (await server.entries(button)).map((entry) => entry.field1);
      assert.match(wishes.join(''), /^0*1+0+1+$/, 'a button that bounces is pressed once');
    });

    test('both blink while they are alive, and leave no connection open', async () => {
      const { sensor, display } = bench({ firmware });
      for (const [board, pin] of [[sensor, SENSOR_ALIVE], [display, DISPLAY_ALIVE]]) {
        await board.until('it blinks', () => (board.history.get(pin) ?? []).length >= 6);
        const levels = board.history.get(pin);
        assert.deepEqual(levels, levels.map((_, n) => (n + 1) % 2));
        assert.ok(board.opened >= 10, `${board.opened} connections`);
        assert.ok(board.links.size <= 1, `${board.links.size} are open`);
      }
    });
  });
}

test('both outlive a server that goes away, and go on where they were', async () => {
  const { sensor, display, readings } = bench();
  await display.until('the readings appear', () => shows(display, '24.9'));
  await server.pause();
  await display.until('the screen says so', () => shows(display, 'No answer'));
  await sensor.until('the sensor node says so', () => sensor.log.at(-1).includes('send_readings'));
  const before = sensor.history.get(SENSOR_ALIVE).length;
  await sensor.until('it is still alive', () => sensor.history.get(SENSOR_ALIVE).length > before + 1);

  display.press(BUTTON);
  await server.begin();
  await display.until('the readings are back', () => shows(display, '24.9'));
  await sensor.until('the button was not forgotten', () => sensor.level(LAMP) === 1);
  const ids = (await server.entries(readings)).map((entry) => entry.entry_id);
  assert.deepEqual(ids, ids.map((_, n) => n + 1));
});

test('both join the network again when it was lost', async () => {
  const { sensor, display } = bench();
  await display.until('the readings appear', () => shows(display, '24.9'));
  assert.deepEqual(display.wifi.asked, [['bench', 'a secret']]);
  for (const board of [sensor, display]) Object.assign(board.wifi, { inReach: false, joined: false });
  await display.until('the screen says so', () => shows(display, 'Looking for', 'bench'));
  sensor.weather.temperature = 30.5;
  for (const board of [sensor, display]) board.wifi.inReach = true;
  await display.until('the readings are back', () => shows(display, '30.5'));
});

test('a sensor that is not plugged in does not keep the lamp from its work', async () => {
  const { sensor, display, readings } = bench();
  sensor.weather.plugged = false;
  await sensor.until('it says so', () => sensor.log.some((line) => line.includes('could not send_readings')));
  display.press(BUTTON);
  await sensor.until('the lamp is lit', () => sensor.level(LAMP) === 1);
  await display.until('there is nothing to show', () => shows(display, 'No readings yet'));
  const begun = (await server.entries(readings)).length;
  assert.ok(begun <= 1);
  sensor.weather.plugged = true;
  await display.until('readings come', () => shows(display, '24.9'));
});

test('a wrong key is said and not fatal', async () => {
  const { display } = bench({ keys: () => '0000000000000000' });
  await display.until('it says so', () => display.log.some((line) => line.includes('the server said 400')));
  await display.until('it goes on', () => (display.history.get(DISPLAY_ALIVE) ?? []).length > 3);
});
