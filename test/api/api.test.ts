// The local API over a real socket: what a command asks, the agent answers; sockets of the dead are taken over,
// sockets of the living are not.

import { spawn } from 'node:child_process';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import { test } from 'tap';
import { type ApiHandlers, apiDescription, apiPaths, connectApi, startApi } from '../../agent/api/index.ts';
import type { JournalRecord, ReadFilter } from '../../agent/journal/index.ts';
import { handlersOf, record, status } from './answers.ts';
import { shortFolder } from './short-folder.ts';

const log = pino({ level: 'silent' });

test('a command gets the status and the reads it asked for', async (t) => {
  const socketPath = join(shortFolder(t), 'deep/down/anpr.sock');
  const asked: ReadFilter[] = [];
  const reads = async (filter: ReadFilter) => {
    asked.push(filter);
    return [record(2, '1ABC234'), record(1, 'XYZ')];
  };
  const api = await startApi({ socketPath, handlers: handlersOf({ reads }), log });
  t.teardown(() => api.close());
  t.equal(statSync(socketPath).mode & 0o777, 0o660, 'owner and group only');

  const client = await connectApi(socketPath);
  t.same(await client.status(), status);
  const filter = { plate: '1AB*', camera: 'cam', from: 1, to: 2, minConfidence: 0.5, hits: true, limit: 7 };
  t.same(await client.reads(filter), [record(2, '1ABC234'), record(1, 'XYZ')]);
  await client.reads();
  t.same(asked, [filter, {}]);
});

test('a follower gets each read that it wants, as it comes', async (t) => {
  const socketPath = join(shortFolder(t), 'anpr.sock');
  const followers = new Set<(record: JournalRecord) => void>();
  let onFollow = () => {};
  const followed = new Promise<void>((resolve) => {
    onFollow = resolve;
  });
  const ended = new Promise<void>((resolve) => {
    const followRecords: ApiHandlers['followRecords'] = (onRecord, signal) => {
      followers.add(onRecord);
      signal.addEventListener('abort', () => {
        followers.delete(onRecord);
        resolve();
      });
      onFollow();
    };
    void startApi({ socketPath, handlers: handlersOf({ followRecords }), log }).then((api) =>
      t.teardown(() => api.close()),
    );
  });
  while (!statSync(socketPath, { throwIfNoEntry: false }))
    await new Promise((resolve) => setImmediate(resolve));

  const client = await connectApi(socketPath);
  const abort = new AbortController();
  const got: string[] = [];
  const reading = (async () => {
    for await (const { text } of await client.followReads({ plate: '1?B*' }, abort.signal)) {
      got.push(text!);
      if (got.length === 2) abort.abort();
    }
  })();
  await followed;
  for (const emit of followers) {
    emit(record(1, '1ABC234'));
    emit(record(2, '2ABC234'));
    emit({ ...record(3, '1AB'), type: 'hit' });
    emit(record(4, '1XB'));
  }
  await reading;
  await ended;
  t.same(got, ['1ABC234', '1XB']);
  t.equal(followers.size, 0, 'a follower that leaves is forgotten');
});

test('a follower of hits gets each read that raised one, whichever of the two is told first', async (t) => {
  const socketPath = join(shortFolder(t), 'anpr.sock');
  const hitOn = (seq: number) => ({
    ...record(100 + seq, '1ABC'),
    type: 'hit' as const,
    readId: `id-${seq}`,
  });
  const api = await startApi({
    socketPath,
    handlers: handlersOf({
      followRecords(tell) {
        tell(record(1, 'NOHIT'));
        tell(record(2, 'READFIRST'));
        tell(hitOn(2));
        tell(hitOn(3));
        tell(hitOn(3));
        tell(record(3, 'HITFIRST'));
        tell(record(4, 'ELSEWHERE', 'other'));
        tell(hitOn(4));
        tell(record(5, 'LAST'));
        tell(hitOn(5));
      },
    }),
    log,
  });
  t.teardown(() => api.close());
  const client = await connectApi(socketPath);
  const abort = new AbortController();
  const got: string[] = [];
  for await (const { text } of await client.followReads({ hits: true, camera: 'cam' }, abort.signal)) {
    got.push(text!);
    if (text === 'LAST') abort.abort();
  }
  t.same(got, ['READFIRST', 'HITFIRST', 'LAST']);
});

test('a follower learns that the agent stopped', async (t) => {
  const socketPath = join(shortFolder(t), 'anpr.sock');
  let onFollow = () => {};
  const followed = new Promise<void>((resolve) => {
    onFollow = resolve;
  });
  const api = await startApi({ socketPath, handlers: handlersOf({ followRecords: () => onFollow() }), log });
  const client = await connectApi(socketPath);
  const news = await client.followReads({}, new AbortController().signal);
  await followed;
  const refused = t.rejects(news.next(), { code: 'api.lost' });
  await api.close();
  await refused;
  t.notOk(statSync(socketPath, { throwIfNoEntry: false }), 'the socket went with the agent');
  await t.rejects(connectApi(socketPath), { code: 'api.not-running' });
});

test('a second agent is told that one runs, and leaves it alone', async (t) => {
  const socketPath = join(shortFolder(t), 'anpr.sock');
  const first = await startApi({ socketPath, handlers: handlersOf(), log });
  t.teardown(() => first.close());
  await t.rejects(startApi({ socketPath, handlers: handlersOf(), log }), { code: 'api.in-use' });
  t.same(await (await connectApi(socketPath)).status(), status);
});

test('a socket that a killed agent left is taken over', async (t) => {
  const socketPath = join(shortFolder(t), 'anpr.sock');
  const child = spawn(process.execPath, [
    '-e',
    `require('node:net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`,
  ]);
  await new Promise((resolve) => child.once('exit', resolve));
  t.ok(statSync(socketPath).isSocket(), 'the dead one left its socket');
  await t.rejects(connectApi(socketPath), { code: 'api.not-running' });
  const api = await startApi({ socketPath, handlers: handlersOf(), log });
  t.teardown(() => api.close());
  t.same(await (await connectApi(socketPath)).status(), status);
});

test('an agent whose socket was taken over does not remove the new one', async (t) => {
  const socketPath = join(shortFolder(t), 'anpr.sock');
  const old = await startApi({ socketPath, handlers: handlersOf(), log });
  rmSync(socketPath);
  const api = await startApi({ socketPath, handlers: handlersOf(), log });
  t.teardown(() => api.close());
  await old.close();
  t.same(await (await connectApi(socketPath)).status(), status);
});

test('a place where no socket can be says so', async (t) => {
  const folder = shortFolder(t);
  writeFileSync(join(folder, 'file'), 'not a socket');
  await t.rejects(startApi({ socketPath: join(folder, 'file'), handlers: handlersOf(), log }), {
    code: 'api.socket',
    message: /no socket/,
  });
  t.equal(statSync(join(folder, 'file')).size, 12, 'and leaves the file alone');
  await t.rejects(startApi({ socketPath: join(folder, 'x'.repeat(120)), handlers: handlersOf(), log }), {
    code: 'api.socket',
    message: /at most/,
  });
  await t.rejects(startApi({ socketPath: join(folder, 'file/anpr.sock'), handlers: handlersOf(), log }), {
    code: 'api.socket',
  });
});

test('what the agent cannot do is an error with its code, and the agent goes on', async (t) => {
  const socketPath = join(shortFolder(t), 'anpr.sock');
  const reads = async () => {
    throw new Error('the journal is gone');
  };
  const api = await startApi({ socketPath, handlers: handlersOf({ reads }), log });
  t.teardown(() => api.close());
  const client = await connectApi(socketPath);
  await t.rejects(client.reads(), { code: 'internal', message: /the journal is gone/ });
  await t.rejects(client.reads({ limit: -1 }), { message: /limit/ });
  t.same(await client.status(), status);
});

test('something that is no agent at the socket is told apart', async (t) => {
  const socketPath = join(shortFolder(t), 'anpr.sock');
  const garbage = createServer((socket) => socket.on('error', () => {}).end('\0\0\0 not HTTP'));
  await new Promise<void>((resolve) => garbage.listen(socketPath, resolve));
  t.teardown(() => garbage.close());
  const client = await connectApi(socketPath);
  await t.rejects(client.status(), { code: 'api.lost' });
});

test('the published description has every address, and no other', (t) => {
  const { paths } = apiDescription('1') as { paths: Record<string, unknown> };
  t.same(Object.keys(paths).sort(), apiPaths().sort());
  t.end();
});
