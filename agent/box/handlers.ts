// What the local API's questions are answered with.

import { dirname } from 'node:path';
import { type ApiHandlers, lineOf } from '../api/index.ts';
import type { SupervisedCamera } from '../camera/index.ts';
import { auditRecordOf, exportLines } from '../journal/index.ts';
import { agentStatus } from './status.ts';
import type { Box } from './types.ts';

export function apiHandlers(box: Box): ApiHandlers {
  const { config, journal, evidence, hits, cameras, sent, reloader, watch } = box;
  return {
    status: () => agentStatus(box),
    metrics: () => watch.text(),
    reads: (filter) => journal.reads(filter),
    followRecords(tell, until) {
      const stop = journal.follow((record) => {
        if (record.type === 'read' || record.type === 'hit') tell(record);
      });
      until.addEventListener('abort', stop, { once: true });
    },
    read: (id) => journal.get(id),
    erase: (id) => journal.erase(id),
    picture: (read, kind) => evidence.get(read.id, kind, read.at),
    queue: () => journal.queue(),
    retryDead: (id) => journal.retryDead(id),
    dropDead: (id) => journal.dropDead(id),
    exportLines: (options) => exportLines({ exportPage: journal.exportPage, picture: evidence.get }, options),
    hits: (filter) => hits.list(filter),
    hit: (id) => hits.show(id),
    decideHit: (id, { action, cause, note }, who) =>
      hits.decide({ hit: id, action, cause, note }, { via: 'command', name: who }),
    audits: (filter) => journal.audits(filter),
    audit: async (entry) => {
      await journal.append(auditRecordOf(entry, { site: config.site, box: config.box }));
    },
    snapshot: async (id, maxWidthPx) => cameras.find(id)?.snapshot(maxWidthPx),
    aim: (id, tell, until) => cameras.follow(id, (camera) => camera.aim(tell, until), until),
    preview: (id, tell, until) =>
      cameras.follow(id, (camera) => camera.preview(dirname(config.api.socket), tell, until), until),
    witness(id, tell, until) {
      const hear = (camera: SupervisedCamera) =>
        camera.witness((note) => tell(note.type === 'camera' ? note : lineOf(note)), until);
      if (!cameras.follow(id, hear, until)) return false;
      sent.follow(id, (line) => tell({ type: 'sent', ...line }), until);
      return true;
    },
    reload: reloader.reload,
  };
}
