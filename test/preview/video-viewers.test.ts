// How the video reaches viewers of different speed.

import { EventEmitter } from 'node:events';
import { test } from 'tap';
import { createVideoViewers } from '../../agent/preview/video-viewers.ts';

/** A page's end of the connection, as `ws` shows it. */
class Socket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  got: (Buffer | string)[] = [];
  send(data: Buffer | string): void {
    this.got.push(data);
  }
  confirmAll(): void {
    this.emit('message', String(this.got.reduce((sum, { length }) => sum + length, 0)));
  }
}

const whole = Buffer.from([0x47, 0, 0, 1, 0xb3, 9]);
const change = Buffer.from([0x47, 0, 0, 1, 0, 9]);

test('a viewer who does not keep up misses pictures, up to the next whole one; nobody else does', (t) => {
  let now = 0;
  const viewers = createVideoViewers(
    () => {},
    () => now,
  );
  const [quick, slow] = [new Socket(), new Socket()];
  for (const socket of [quick, slow]) viewers.server.emit('connection', socket);
  viewers.send(whole);
  for (let count = 0; count < 30; count++) {
    now += 83;
    quick.confirmAll();
    viewers.send(change);
  }
  t.equal(quick.got.length, 31);
  const missed = 31 - slow.got.length;
  t.ok(missed > 10 && missed < 25, `missed ${missed}: those after a second`);
  const before = slow.got.length;
  slow.confirmAll();
  viewers.send(change);
  t.equal(slow.got.length, before, 'a change of a picture that it has not got is of no use');
  viewers.send(whole);
  viewers.send(change);
  t.same(slow.got.slice(before), [whole, change], 'it goes on with the next whole one');
  t.end();
});

test('who comes later begins with the last whole picture; another stream begins anew', (t) => {
  let changes = 0;
  const viewers = createVideoViewers(() => changes++);
  const first = new Socket();
  viewers.server.emit('connection', first);
  for (const data of [whole, change, change, whole, change]) viewers.send(data);
  const late = new Socket();
  viewers.server.emit('connection', late);
  t.same(late.got, [whole, change]);
  viewers.restart();
  t.equal(late.got.at(-1), 'restart');
  const latest = new Socket();
  viewers.server.emit('connection', latest);
  t.same(latest.got, []);
  t.equal(viewers.count(), 3);
  late.emit('close');
  t.equal(viewers.count(), 2);
  t.equal(changes, 4, 'each coming and going is told');
  late.emit('message', '99999999');
  first.emit('message', 'nonsense');
  viewers.send(change);
  t.equal(first.got.at(-1), change, 'what a page says wrongly does no harm');
  t.end();
});
