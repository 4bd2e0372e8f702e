// The composition root: the one file that knows all stages. It opens the journal, starts the local API, the uplink and
// a child process for each camera, and ends them in the order in which nothing is lost.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type AgentStatus, lineOf, startApi } from './api/index.ts';
import { takeOver } from './audit/index.ts';
import { boundsOf } from './bounds.ts';
import { openBoxHits, picturesOf, seenIn } from './box-hits.ts';
import { type ReadFromChild, type SupervisedCamera, superviseCamera } from './camera/index.ts';
import { createCameras } from './cameras.ts';
import { type Config, configPath as chosenPath, loadConfig, readSecret } from './config/index.ts';
import type { ReadPayload, StatusMessage } from './contract/index.ts';
import { usableKey } from './enrol/index.ts';
import { createEvidenceStore } from './evidence/index.ts';
import { clockState } from './health/index.ts';
import { createHeld, type Held } from './held.ts';
import {
  auditRecordOf,
  changeRecordOf,
  exportLines,
  type Journal,
  type JournalCounts,
  type NewRecord,
  openJournal,
} from './journal/index.ts';
import { createKeeper, type Keeper } from './keeper.ts';
import { startLists } from './lists/index.ts';
import { type Listener, publishHealth, startListener, startWatch, type Watch } from './metrics/index.ts';
import { readPayload } from './passage/index.ts';
import { createReloader } from './reload.ts';
import { type KeyRing, loadKeys, openRing, usablePassword } from './seal/index.ts';
import { watchSent } from './sent.ts';
import { startService, statusLine } from './service/index.ts';
import { codeOf, messageOf } from './shared/errors.ts';
import { createLog, type Logger } from './shared/log.ts';
import { isoOf } from './shared/time.ts';
import {
  type Broker,
  startUplink,
  UPLINK_OFF,
  type Uplink,
  type UplinkSecrets,
  type UplinkState,
} from './uplink/index.ts';

export interface RunOptions {
  /** default: $ANPR_CONFIG, else /etc/anpr/agent.yaml */
  configPath?: string;
  /** aborted: open passages are closed and kept, then everything ends */
  signal: AbortSignal;
  /** gets what makes the agent look at its configuration again (SIGHUP) */
  onReload?(reload: () => void): void;
}

/** so that no read waits while the system is asked: what it said is good for 30 s */
const ASK_CLOCK_EVERY_MS = 5000;

const version: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;

/**
 * Runs the agent until `signal` is aborted.
 * @throws {AnprError} when it can't start: configuration, the journal (in use, damaged, newer), the local API's socket.
 *   A camera, a model or a broker that doesn't work stops nothing: it shows in the status and is tried again.
 */
export async function runAgent({ configPath, signal, onReload }: RunOptions): Promise<void> {
  const path = chosenPath(configPath);
  const load = () => loadConfig(path, { checkFiles: false });
  const config = load();
  const bindings = { site: config.site, box: config.box };
  const log = createLog(config.log.level, bindings);
  const startedAt = Date.now();
  const keys = boxKeys(config, log.child({ stage: 'seal' }));
  const journal = await openJournal({
    path: config.journal.path,
    keys: keys.ring,
    bounds: boundsOf(config),
    address: { site: config.site, box: config.box },
    log: log.child({ stage: 'journal' }),
  });
  await takeOverAudit(config, journal, keys.ring, log.child({ stage: 'audit' }));
  const evidence = createEvidenceStore({ ...config.evidence, keys: keys.ring });
  const held = createHeld<Together>({
    journalPath: config.journal.path,
    socketPath: config.api.socket,
    keys: keys.ring,
  });
  const keeper = createKeeper<Together>({
    append: ({ records }) => journal.appendAll(records),
    putAside: held.putAside,
    log,
  });
  const keep = (records: NewRecord[]) => keeper.keep({ id: records[0]?.id ?? '', records });
  const { hits, lists, earlyMs } = await openBoxHits(
    ...([config, journal, keep, keys.ring, log.child({ stage: 'hits' })] as const),
  );
  const sent = watchSent(journal);
  let uplink: Uplink | null = null;

  const cameras = createCameras((id) => {
    const { models, reads, evidence: pictures, ...now } = reloader.config;
    const camera = now.cameras.find((each) => each.id === id)!;
    const own = log.child({ stage: 'camera', camera: id });
    const pictured = { ...camera, overview: camera.overview ?? pictures.overview };
    return superviseCamera({
      start: {
        type: 'start',
        camera,
        models,
        reads,
        earlyMs,
        evidence: { ...pictures, keys: keys.ring },
        log: { ...config.log, bindings },
      },
      keep: async (read) => {
        const payload = await payloadOf(read, read.evidence, pictured, reloader.config);
        const raised = await hits.ofRead(read.result, seenIn(payload));
        // in one commit: after a crash there is neither a read without its hits nor a hit without its read
        await keep([recordOf(read, payload), ...raised.records]);
        raised.kept();
        watch.kept(id, read.result.confidence, Date.now() - read.endedAt);
        // never the text: what drove past belongs into the journal, not into a log
        own.info(
          { read: read.result.id, confidence: read.result.confidence, endedAt: isoOf(read.endedAt) },
          'read kept',
        );
      },
      async early(early, pictures) {
        const seen = seenIn(await payloadOf(early, [], pictured, reloader.config));
        await hits.early(early.result, seen, async (record) =>
          picturesOf(early, record, await pictures(record), evidence),
        );
      },
      dropped: hits.dropped,
      onChange: () => uplink?.publishStatus(),
      log: own,
    });
  });

  const reloader = createReloader({
    config,
    load,
    secretOf: (camera) => hashOfSecret(camera.passwordFile),
    async apply(changes) {
      await cameras.apply(changes);
      uplink?.publishStatus();
    },
    log: log.child({ stage: 'config' }),
  });

  const published = startLists({
    ...config.watchlists,
    address: bindings,
    ring: keys.ring,
    tell: (change) => journal.append(changeRecordOf(change, bindings)),
    note: (entry) => journal.append(auditRecordOf({ who: null, reason: null, ...entry }, bindings)),
    onChange: () => uplink?.publishStatus(),
    log: log.child({ stage: 'watchlist' }),
  });

  const status = async (): Promise<AgentStatus> => {
    const today = await journal.readsSince(new Date().setHours(0, 0, 0, 0));
    return {
      version,
      pid: process.pid,
      startedAt,
      site: config.site,
      box: config.box,
      configPath: path,
      cameras: cameras.all().map((camera) => ({
        id: camera.id,
        readsToday: today[camera.id] ?? 0,
        ...camera.report(),
      })),
      journal: await journal.counts(),
      waiting: keeper.waiting(),
      keys: { ...keys.status, problem: keys.status.problem ?? lostKeys(journal) },
      uplink: uplinkStatusOf(uplink?.state() ?? UPLINK_OFF),
      hits: hits.status(),
      models: modelsOf(reloader.config, cameras.all()),
      config: reloader.status(),
      watchlists: published.status(),
    };
  };

  const watch = startWatch({
    ...{ config: () => reloader.config, status, onSent: sent.onSent },
    follow: (listener) => journal.follow(listener),
    append: (record) => journal.append(record),
    log: log.child({ stage: 'metrics' }),
  });
  const listener = listenerOf(config, watch, log.child({ stage: 'metrics' }));

  const api = await startApi({
    socketPath: config.api.socket,
    handlers: {
      status,
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
      exportLines: (options) =>
        exportLines({ exportPage: journal.exportPage, picture: evidence.get }, options),
      hits: (filter) => hits.list(filter),
      hit: (id) => hits.show(id),
      decideHit: (id, { action, cause, note }, who) =>
        hits.decide({ hit: id, action, cause, note }, { via: 'command', name: who }),
      audits: (filter) => journal.audits(filter),
      audit: async (entry) => {
        await journal.append(auditRecordOf(entry, bindings));
      },
      snapshot: async (id) => cameras.find(id)?.snapshot(),
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
    },
    reasonRequired: () => reloader.config.audit.reasonRequired,
    log: log.child({ stage: 'api' }),
  }).catch(async (error) => {
    await published.close();
    watch.close();
    await listener?.close();
    await journal.close();
    throw error;
  });

  if (config.uplink !== undefined)
    uplink = startUplink({
      journal: sent.journal,
      config: config.uplink,
      evidence,
      address: { site: config.site, box: config.box },
      decideHit: (command) => hits.decide(command, { via: 'gateway', name: command.by }),
      secrets: async (broker) => uplinkSecrets(broker, keys.ring, config, log.child({ stage: 'uplink' })),
      status: async () => ({
        agent: version,
        epoch: journal.epoch,
        keys: keys.status.known,
        queue: queueOf(await journal.counts()),
        cameras: cameras.all().map((camera) => ({
          id: camera.id,
          state: camera.report().state,
          reason: camera.report().reason,
        })),
        watchlists: published.status(),
      }),
      onLink(link) {
        published.use(link);
        publishHealth(link, bindings, watch.facts, log.child({ stage: 'metrics' }));
      },
      log: log.child({ stage: 'uplink' }),
    });

  const ids = config.cameras.filter(({ enabled }) => enabled).map(({ id }) => id);
  await cameras.apply({ config, added: ids, removed: [], changed: [], atNextStart: [] });
  onReload?.(() => void reloader.reload().catch(() => {})); // it has said why in the log and the status

  void takeOverHeld(held, keeper, log);
  const asking = setInterval(() => void clockState(), ASK_CLOCK_EVERY_MS);
  const service = startService({
    askJournal: () => journal.answers(),
    cameras: () => cameras.all().map((camera) => ({ id: camera.id, hangsMs: camera.hangsMs() })),
    status: () =>
      statusLine({
        cameras: cameras.all().map((camera) => camera.report()),
        waiting: keeper.waiting(),
        uplink: uplink?.state().state ?? null,
      }),
    log: log.child({ stage: 'service' }),
  });
  log.info({ cameras: ids.length, version }, 'agent runs');
  const why = await Promise.race([aborted(signal), journal.ended]);

  log.info('agent stops');
  service.stopping();
  clearInterval(asking);
  if (keeper.waiting().reads > 0) void journal.releaseReserve().catch(() => {}); // reads that wait are worth more
  keeper.lastCall();
  await Promise.all([reloader.close(), cameras.close(), published.close()]);
  await hits.close();
  lists.close();
  await uplink?.close();
  await api.close();
  watch.close();
  await listener?.close();
  await journal.close();
  if (why !== undefined) throw why;
}

/** Records that belong together, by the id of the first. */
interface Together {
  id: string;
  records: NewRecord[];
}

/** What was looked at while no agent ran. */
async function takeOverAudit(config: Config, journal: Journal, keys: KeyRing, log: Logger): Promise<void> {
  try {
    const { taken, kept } = await takeOver(config.journal.path, keys, ({ id, at, audit }) =>
      journal.append(auditRecordOf(audit, { site: config.site, box: config.box }, at, id)),
    );
    if (taken > 0) log.info({ taken }, 'accesses noted while no agent ran are in the journal now');
    if (kept)
      log.error({ file: kept }, 'some accesses noted while no agent ran cannot be read: the file is kept');
  } catch (error) {
    log.error(
      { code: codeOf(error) },
      `accesses noted while no agent ran wait for the next start: ${messageOf(error)}`,
    );
  }
}

/** Reads that the journal did not take before the agent stopped. */
async function takeOverHeld(held: Held<Together>, keeper: Keeper<Together>, log: Logger): Promise<void> {
  try {
    const { taken, unreadable } = await held.takeOver(keeper.keep);
    if (taken > 0) log.info({ taken }, 'reads that were put aside are in the journal now');
    if (unreadable.length > 0)
      log.error({ files: unreadable }, 'some reads that were put aside cannot be read: the files are kept');
  } catch (error) {
    if (codeOf(error) !== 'journal.closed')
      log.error({ code: codeOf(error) }, `reads that were put aside wait on: ${messageOf(error)}`);
  }
}

/** A journal that was sealed with keys that are gone. */
function lostKeys({ chainBroken }: Journal): string | null {
  return chainBroken?.cause === 'key-lost' ? `${chainBroken.reason}: what it sealed cannot be read` : null;
}

/** The keys that seal and sign, and what is to be said of them. */
function boxKeys(config: Config, log: Logger): { ring: KeyRing; status: AgentStatus['keys'] } {
  const { ring, ...found } = loadKeys(config.journal.path);
  const open = openRing(ring);
  const known = open.ids.map((id) => ({ id, publicKey: open.get(id)!.publicKey }));
  const status = { ...found, current: open.current.id, known };
  log.info({ key: status.current, place: found.place, made: found.made }, 'keys of the box');
  if (found.problem)
    log.error(
      { reason: found.problem },
      'the keys that were there cannot be used: what they sealed stays unreadable',
    );
  if (found.place === 'file')
    log.warn(
      { path: found.path },
      'the keys lie in a file: whoever takes the disk can read everything on it; on a box with systemd: anpr keys seal',
    );
  return { ring, status };
}

/** Nobody listens to the network unless the configuration says so. */
function listenerOf({ metrics }: Config, { text }: Watch, log: Logger): Listener | null {
  return metrics.port === undefined ? null : startListener({ ...metrics, port: metrics.port, text, log });
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

async function payloadOf(
  { result, software }: Pick<ReadFromChild, 'result' | 'software'>,
  evidence: ReadFromChild['evidence'],
  camera: Config['cameras'][number],
  config: Config,
): Promise<ReadPayload> {
  return readPayload(result, {
    site: config.site,
    box: config.box,
    camera: camera.id,
    position: config.position ?? null,
    headingDegrees: camera.headingDegrees ?? null,
    clock: await clockState(),
    evidence,
    overview: camera.overview,
    software: { agent: version, ...software },
  });
}

function recordOf({ result, evidence }: ReadFromChild, payload: ReadPayload): NewRecord {
  const { id, text, confidence } = result;
  const at = result.best.capturedAt;
  const pictures = evidence.map(({ kind, sizeBytes, sha256 }) => ({ kind, at, sizeBytes, sha256 }));
  return {
    id,
    type: 'read',
    at,
    camera: payload.camera,
    text,
    confidence,
    payload: { ...payload },
    pictures,
  };
}

function uplinkStatusOf({ sentTotal, ...state }: UplinkState): AgentStatus['uplink'] {
  return { ...state, delivered: sentTotal };
}

/** The models by name, and what they are once a camera has loaded them. */
function modelsOf({ models }: Config, cameras: SupervisedCamera[]): AgentStatus['models'] {
  const software = cameras.map((camera) => camera.software()).find((loaded) => loaded !== null);
  return (
    software ?? {
      detector: { name: models.detector, sha256: null },
      reader: { name: models.reader, sha256: null },
    }
  );
}

function queueOf({ pending, sent, dead, oldestPendingAt }: JournalCounts): StatusMessage['queue'] {
  return { pending, sent, dead, oldestPendingAt: oldestPendingAt === null ? null : isoOf(oldestPendingAt) };
}

/** Tells one password from another, and nothing of it. */
function hashOfSecret(passwordFile: string | undefined): string {
  if (passwordFile === undefined) return '';
  try {
    return createHash('sha256').update(readSecret(passwordFile)).digest('hex');
  } catch {
    return 'unreadable'; // the camera itself says why
  }
}

/** Read anew for each connection: a renewed key is taken up without a restart. */
async function uplinkSecrets(
  { passwordFile, keyFile }: Broker,
  ring: KeyRing,
  { journal }: Config,
  log: Logger,
): Promise<UplinkSecrets> {
  const warn = (message: string) => log.warn(message);
  return {
    ...(passwordFile === undefined
      ? {}
      : { password: usablePassword(readSecret(passwordFile, { warn }), () => ring) }),
    ...(keyFile === undefined ? {} : { key: usableKey(readSecret(keyFile, { warn }), journal.path, ring) }),
  };
}
