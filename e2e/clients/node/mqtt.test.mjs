// What a device that speaks MQTT is set up with, filled in for a device of the real server and run as its reader would run
// it: each kind must bring its channel a value. What needs a chip is run by what stands in for one.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';
import mqtt from 'mqtt';
import { Board } from '../boards/board.mjs';
import { start } from './fieldpost.mjs';
import { esphome, here, program, python, sketch } from './running.mjs';
import { downloadMqtt, mqttKinds } from './snippets.mjs';

const FIELDS = { field1: 'Temperature', field2: 'Humidity' };

let server, folder, port, ask;
before(async () => {
  server = await start({ FIELDPOST_MQTT_LISTEN: '127.0.0.1:0' });
  ask = await server.signIn();
  ({ port } = (await ask('GET', '/server')).mqtt);
  folder = mkdtempSync(join(tmpdir(), 'fieldpost-mqtt-'));
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** How each kind is run, and the values it sends where they are known. A run that goes on for ever gives what ends it. */
const RUNS = {
  mosquitto: {
    sends: ['21.5', null],
    // The second line goes on for ever: it is there once a word comes, and it comes for each field.
    async run(files, { channel }) {
      const running = program('sh', ['-e', files['mqtt.sh']], `channels/${channel.id}/subscribe/fields/field2 63`, { detached: true });
      const again = setInterval(() => void server.write(channel, { field2: '63' }), 500);
      try {
        return await running;
      } finally {
        clearInterval(again);
      }
    },
  },
  micropython: {
    sends: ['24.9', '55.0'],
    async run(files) {
      const board = new Board({ program: pathToFileURL(files['main.py']), secrets: readFileSync(files['secrets.py'], 'utf8') });
      await board.until('the server has it', () => board.log.some((line) => line.includes('the server has')));
      return () => board.stop();
    },
  },
  arduino: { sends: ['42.5', '-61'], run: (files) => sketch(files['fieldpost_mqtt.ino'], 'sent field1') },
  esphome: {
    sends: ['21.5', null],
    // ESPHome says whether the configuration is one. What it then does is: comes in so, and puts each value under its topic.
    async run(files, { at }) {
      const path = files['fieldpost-mqtt.yaml'];
      await esphome(at, path);
      const [, text] = readFileSync(path, 'utf8').split(/^mqtt:$/m);
      const said = (name) => new RegExp(`${name}: "?([^"\\s]+)"?`).exec(text)[1];
      await publish(said('broker'), said('port'), said('client_id'), said('username'), said('password'), said('state_topic'), '21.5');
    },
  },
  tasmota: {
    sends: ['21.5', null],
    // Its console takes one line of settings; what it says then, on topics of its own, is used as a field.
    async run(files, { channel, device }) {
      const settings = Object.fromEntries(
        readFileSync(files['console.txt'], 'utf8')
          .replace(/^Backlog /, '')
          .split(';')
          .map((each) => each.trim().split(' ')),
      );
      const maps = [{ topic: 'tele/plug/SENSOR', path: 'AM2301.Temperature', channel: channel.id, field: 1 }];
      await ask('PATCH', `/devices/${device.client_id}`, { maps });
      const { MqttHost, MqttPort, MqttClient, MqttUser, MqttPassword } = settings;
      const says = '{"Time":"2026-11-25T19:40:00","AM2301":{"Temperature":21.5,"Humidity":55.1},"TempUnit":"C"}';
      await publish(MqttHost, MqttPort, MqttClient, MqttUser, MqttPassword, 'tele/plug/SENSOR', says);
    },
  },
  python: { run: (files) => program(python, [files['mqtt_send.py']], 'sent field1') },
  mqttjs: {
    run(files) {
      // Its reader has installed the package beside it.
      symlinkSync(join(here, 'node_modules'), join(dirname(files['send.mjs']), 'node_modules'));
      return program('node', [files['send.mjs']], 'sent field1');
    },
  },
  'node-red': { oneField: true, run: (files) => flow(JSON.parse(readFileSync(files['flow.json'], 'utf8'))) },
};

test('every kind that the page offers is run here', () => {
  assert.deepEqual(Object.keys(RUNS).toSorted(), mqttKinds.map((kind) => kind.id).toSorted());
});

describe('what a device is given for', () => {
  for (const kind of mqttKinds) {
    test(`${kind.name} brings its channel a value`, async () => {
      const { sends, run } = RUNS[kind.id];
      const device = server.device(kind.name);
      const channel = server.channel(FIELDS);
      const fields = Object.entries(FIELDS).map(([name, label]) => ({ no: Number(name.slice(5)), label }));
      const at = join(folder, kind.id);
      const files = downloadMqtt(kind, at, device, { ...channel, fields }, server.http, port);
      const stop = await run(files, { at, channel, device });
      try {
        const entry = await server.first(channel);
        assert.match(String(entry.field1), /^-?\d+(\.\d+)?$/);
        for (const [index, value] of (sends ?? []).entries()) {
          if (value !== null) assert.equal(entry[`field${index + 1}`], value);
        }
      } finally {
        await stop?.();
      }
    });
  }
});

/** Comes in as a device and says one thing. */
async function publish(host, port, clientId, username, password, topic, payload) {
  const client = await mqtt.connectAsync(`mqtt://${host}:${port}`, { clientId, username, password, reconnectPeriod: 0 });
  await client.publishAsync(topic, payload, { qos: 1 });
  await client.endAsync();
}

/** The flow's own nodes, wired as they say: what the function makes is what goes to the broker. */
async function flow(nodes) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const begin = nodes.find((node) => node.type === 'inject');
  assert.ok(begin.once, 'it begins by itself');
  const make = byId.get(begin.wires[0][0]);
  const message = vm.runInNewContext(`(function (msg) {${make.func}\n})`)({});
  const send = byId.get(make.wires[0][0]);
  assert.equal(send.type, 'mqtt out');
  const { broker, port, clientid, credentials } = byId.get(send.broker);
  await publish(broker, port, clientid, credentials.user, credentials.password, send.topic, message.payload);
}
