// The `thingspeakclient` package as published, told nothing but where the server is. It uses the old
// singular addresses and the parameter `key`, and takes an update for stored if the body is above 0.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { owner, start } from './fieldpost.mjs';

// The package is of a time before some of what Node has since put out of use.
process.noDeprecation = true;
const ThingSpeakClient = createRequire(import.meta.url)('thingspeakclient');

let server;
before(async () => {
  server = await start();
});
after(() => server.stop());

/** A client that knows these channels, each with the keys named. */
async function clientOf(channels, options = {}) {
  const client = new ThingSpeakClient({ server: server.http, useTimeoutMode: false, ...options });
  for (const [channel, ...kinds] of channels) {
    const keys = {};
    if (kinds.includes('write')) keys.writeKey = channel.write_key;
    if (kinds.includes('read')) keys.readKey = channel.read_key;
    await call(client, 'attachChannel', channel.id, keys);
  }
  return client;
}

/** Calls a method that takes a callback, and waits for it. */
function call(client, method, ...words) {
  return new Promise((resolve, reject) => {
    client[method](...words, (error, body) => (error ? reject(error) : resolve(body)));
  });
}

test('an update gives its number, and the channel knows when it was', async () => {
  const channel = server.channel();
  const client = await clientOf([[channel, 'write', 'read']]);
  assert.equal(await call(client, 'updateChannel', channel.id, { field1: 21.5, field2: 'a & b +50 %' }), '1');
  assert.ok(client.channels[channel.id].lastUpdate > 0);
  const [entry] = await server.entries(channel);
  assert.deepEqual([entry.field1, entry.field2], ['21.5', 'a & b +50 %']);
});

test('an update carries status, place and time', async () => {
  const channel = server.channel();
  const client = await clientOf([[channel, 'write']]);
  const values = { field1: 7, status: 'up ☀', lat: 47.5, long: 8.25, elevation: 431, created_at: '2024-05-06T07:08:09Z' };
  await call(client, 'updateChannel', channel.id, values);
  assert.deepEqual(await server.entries(channel, { status: true, location: true }), [
    {
      created_at: '2024-05-06T07:08:09Z',
      entry_id: 1,
      field1: '7',
      field2: null,
      latitude: '47.5',
      longitude: '8.25',
      elevation: '431',
      status: 'up ☀',
    },
  ]);
});

test('its own queue sends them all, and each gets its own number', async () => {
  const channel = server.channel();
  const client = await clientOf([[channel, 'write']], { useTimeoutMode: true, updateTimeout: 50 });
  const answers = await Promise.all([1, 2, 3].map((n) => call(client, 'updateChannel', channel.id, { field1: n })));
  // The queue waits for its clock and not for answers, so on a busy machine one may overtake another.
  assert.deepEqual(answers.toSorted(), ['1', '2', '3']);
  const values = (await server.entries(channel)).map((entry) => entry.field1);
  assert.deepEqual(values.toSorted(), ['1', '2', '3']);
});

test('an update with a wrong key is not stored', async () => {
  const channel = server.channel();
  const client = await clientOf([[{ ...channel, write_key: '0000000000000000' }, 'write']]);
  assert.equal(await call(client, 'updateChannel', channel.id, { field1: 1 }), '0');
  assert.equal(client.channels[channel.id].lastUpdate, undefined);
  assert.deepEqual(await server.entries(channel), []);
});

test('an update that came too soon is not stored', async () => {
  const channel = server.channel({ field1: 'x', 'update-interval': 15 });
  const client = await clientOf([[channel, 'write']]);
  assert.equal(await call(client, 'updateChannel', channel.id, { field1: 1 }), '1');
  assert.equal(await call(client, 'updateChannel', channel.id, { field1: 2 }), '0');
});

test('a feed, the last entry, a field and its last entry', async () => {
  const channel = server.channel();
  for (const n of [1, 2, 3]) await server.write(channel, { field1: n });
  await server.write(channel, { field2: 'only' });
  const client = await clientOf([[channel, 'read']]);

  const feed = await call(client, 'getChannelFeeds', channel.id, { results: 2 });
  assert.equal(feed.channel.name, 'Greenhouse');
  assert.deepEqual(feed.feeds.map((entry) => [entry.field1, entry.field2]), [['3', null], [null, 'only']]);
  assert.equal((await call(client, 'getChannelFeeds', channel.id)).feeds.length, 4);

  assert.equal((await call(client, 'getLastEntryInChannelFeed', channel.id)).entry_id, 4);

  const field = await call(client, 'getFieldFeed', channel.id, 1, { results: 3 });
  assert.deepEqual(field.feeds.map((entry) => entry.field1), ['2', '3', null]);
  assert.ok(!('field2' in field.feeds[0]));

  const last = await call(client, 'getLastEntryInFieldFeed', channel.id, 1);
  assert.deepEqual([last.entry_id, last.field1], [3, '3']);
});

test('the status updates', async () => {
  const channel = server.channel();
  await server.write(channel, { field1: 1, status: 'boot' });
  await server.write(channel, { status: 'going to sleep' });
  const client = await clientOf([[channel, 'read']]);
  const status = await call(client, 'getStatusUpdates', channel.id);
  assert.equal(status.channel.name, 'Greenhouse');
  assert.deepEqual(status.feeds.map((entry) => [entry.entry_id, entry.status]), [[1, 'boot'], [2, 'going to sleep']]);
  assert.ok(!('field1' in status.feeds[0]));
});

test('a private channel says -1 to strangers', async () => {
  const channel = server.channel();
  await server.write(channel, { field1: 1, status: 'secret' });
  const stranger = await clientOf([]);
  const guesser = await clientOf([[{ ...channel, read_key: '0000000000000000' }, 'read']]);
  for (const client of [stranger, guesser]) {
    for (const [method, ...words] of [
      ['getChannelFeeds'],
      ['getLastEntryInChannelFeed'],
      ['getFieldFeed', 1],
      ['getLastEntryInFieldFeed', 1],
      ['getStatusUpdates'],
    ]) {
      assert.equal(await call(client, method, channel.id, ...words), -1, method);
    }
  }
});

test('a public channel is open to all', async () => {
  const channel = server.channel({ field1: 'x', public: true });
  await server.write(channel, { field1: 'seen' });
  const stranger = await clientOf([]);
  assert.equal((await call(stranger, 'getLastEntryInFieldFeed', channel.id, 1)).field1, 'seen');
});

test('the public channels, by page and by tag', async () => {
  const channel = server.channel({ field1: 'x', public: true, tags: 'orchard' });
  for (const n of [1, 2]) await server.write(channel, { field1: n });
  const client = await clientOf([]);
  const all = await call(client, 'listPublicChannels');
  assert.deepEqual([all.pagination.current_page, all.pagination.per_page], [1, 15]);
  const tagged = await call(client, 'listPublicChannels', { tag: 'orchard', page: 1 });
  assert.deepEqual(tagged.channels.map((found) => found.id), [channel.id]);
  assert.deepEqual(tagged.channels[0].tags.map((tag) => tag.name), ['orchard']);
  assert.deepEqual((await call(client, 'listPublicChannels', { page: 99 })).channels, []);
});

test('a user, and the channels the user shows', async () => {
  const shown = server.channel({ field1: 'x', public: true });
  const hidden = server.channel();
  const client = await clientOf([]);
  const user = await call(client, 'listUserInfo', owner);
  assert.equal(user.login, owner);
  assert.ok(!('email' in user));
  const ids = (await call(client, 'listUserChannels', owner)).channels.map((channel) => channel.id);
  assert.ok(ids.includes(shown.id) && !ids.includes(hidden.id));
  const own = await call(client, 'listUserChannels', owner, { key: server.ownerKey });
  assert.ok(own.channels.some((channel) => channel.id === hidden.id));
});
