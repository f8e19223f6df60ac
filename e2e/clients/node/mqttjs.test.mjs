// The `mqtt` package as published (MQTT.js), in both versions, over TCP as programs use it and over WebSockets as pages do.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import mqtt from 'mqtt';
import { start } from './fieldpost.mjs';

let server;
before(async () => {
  server = await start({ FIELDPOST_MQTT_LISTEN: '127.0.0.1:0' });
});
after(() => server.stop());

/** A client that has come in as a device. */
function come(address, protocolVersion, options = {}) {
  const { client_id: clientId, username, password } = server.device('Page');
  return mqtt.connectAsync(address, { clientId, username, password, protocolVersion, reconnectPeriod: 0, ...options });
}

/** The first message that a client hears. */
const message = (client) =>
  new Promise((resolve) => {
    client.once('message', (topic, payload, { retain, qos }) => resolve({ topic, text: String(payload), retain, qos }));
  });

describe('MQTT.js', () => {
  for (const protocolVersion of [4, 5]) {
    for (const way of ['TCP', 'WebSockets']) {
      test(`version ${protocolVersion} over ${way}: what is acknowledged is stored, and heard`, async () => {
        const channel = server.channel();
        const address = way === 'TCP' ? server.mqtt : `ws://${server.host}/mqtt`;
        const client = await come(address, protocolVersion);
        const topic = `channels/${channel.id}/subscribe/fields/field1`;
        const [granted] = await client.subscribeAsync(topic, { qos: 2 });
        assert.equal(granted.qos, 1, 'two is granted as one');
        const heard = message(client);
        await client.publishAsync(`channels/${channel.id}/publish`, 'field1=21.50&field2=63', { qos: 2 });
        const [entry] = await server.entries(channel);
        assert.deepEqual([entry.field1, entry.field2], ['21.50', '63']);
        assert.deepEqual(await heard, { topic, text: '21.50', retain: false, qos: 1 });

        const late = await come(address, protocolVersion);
        const last = message(late);
        await late.subscribeAsync(topic);
        assert.deepEqual(await last, { topic, text: '21.50', retain: true, qos: 0 });
        const next = message(late);
        assert.equal(await server.write(channel, { field1: '22' }), 2);
        assert.equal((await next).text, '22');
        await Promise.all([client.endAsync(), late.endAsync()]);
      });
    }
  }

  test('a will goes to who listens when a page is closed, and a wrong password is said', async () => {
    const watch = await come(server.mqtt, 5);
    await watch.subscribeAsync('page/status');
    const heard = message(watch);
    const will = { topic: 'page/status', payload: 'gone', qos: 1, retain: true };
    const page = await come(`ws://${server.host}/mqtt`, 5, { will });
    page.stream.destroy();
    assert.equal((await heard).text, 'gone');
    await page.endAsync(true);
    await watch.endAsync();
    await assert.rejects(come(server.mqtt, 4, { password: 'wrong' }), /not authori[sz]ed/i);
  });
});
