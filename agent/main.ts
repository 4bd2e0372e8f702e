// The composition root: the one file that knows all stages. It opens the journal, starts the local API, the uplink and
// a child process for each camera, and ends them in the order in which nothing is lost.

import { startApi } from './api/index.ts';
import { boundsOf, wantedPictures } from './box/bounds.ts';
import { createCameras } from './box/cameras.ts';
import { apiHandlers } from './box/handlers.ts';
import { createHeld } from './box/held.ts';
import { openBoxHits, picturesOf, seenIn, startBoxAlarms } from './box/hits.ts';
import { createKeeper } from './box/keeper.ts';
import { boxKeys } from './box/keys.ts';
import { payloadOf, recordOf } from './box/read.ts';
import { createReloader } from './box/reload.ts';
import { hashOfSecret, hashOfUplinkSecrets, uplinkSecrets } from './box/secrets.ts';
import { watchSent } from './box/sent.ts';
import { agentStatus, centreStatus } from './box/status.ts';
import { type Together, takeOverAudit, takeOverHeld } from './box/take-over.ts';
import type { Box } from './box/types.ts';
import { createBoxUplink } from './box/uplink.ts';
import { version } from './box/version.ts';
import { prepareProcesses, superviseCamera } from './camera/index.ts';
import { type Config, configPath as chosenPath, loadConfig } from './config/index.ts';
import { createEvidenceStore } from './evidence/index.ts';
import { clockState } from './health/facts.ts';
import { auditRecordOf, changeRecordOf, type NewRecord, openJournal } from './journal/index.ts';
import { startLists } from './lists/index.ts';
import { type Listener, publishHealth, startListener, startWatch, type Watch } from './metrics/index.ts';
import { startService, statusLine } from './service/index.ts';
import { createLog, type Logger } from './shared/log.ts';
import { isoOf } from './shared/time.ts';
import { startUplink } from './uplink/index.ts';

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
  const keys = boxKeys(config, log.child({ stage: 'seal' }));
  const ids = config.cameras.filter(({ enabled }) => enabled).map(({ id }) => id);
  const processes = prepareProcesses(ids.length);
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
  const alarmLog = log.child({ stage: 'alarms' });
  const alarms = startBoxAlarms(
    config,
    journal,
    (files) => uplinkSecrets(files, keys.ring, config, alarmLog),
    alarmLog,
  );
  const sent = watchSent(journal);
  const uplink = createBoxUplink((config) =>
    startUplink({
      journal: sent.journal,
      config,
      evidence,
      address: { site: bindings.site, box: bindings.box },
      decideHit: (command) => hits.decide(command, { via: 'gateway', name: command.by }),
      secrets: async (broker) => uplinkSecrets(broker, keys.ring, box.config, log.child({ stage: 'uplink' })),
      status: () => centreStatus(box),
      onLink(link) {
        published.use(link);
        publishHealth(link, bindings, watch.facts, log.child({ stage: 'metrics' }));
      },
      log: log.child({ stage: 'uplink' }),
    }),
  );

  const cameras = createCameras((id) => {
    const { models, reads, evidence: pictures, ...now } = reloader.config;
    const camera = now.cameras.find((each) => each.id === id)!;
    const own = log.child({ stage: 'camera', camera: id });
    const pictured = { ...camera, overview: camera.overview ?? pictures.overview };
    return superviseCamera({
      processes,
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
      pictures: evidence,
      onChange: uplink.publishStatus,
      log: own,
    });
  });

  const reloader = createReloader({
    config,
    load,
    secretOf: (camera) => hashOfSecret(camera.passwordFile),
    secretsOf: hashOfUplinkSecrets,
    async apply(changes) {
      const connected = changes.uplink ? uplink.use(changes.config.uplink) : undefined;
      const told = journal.wantPictures(wantedPictures(changes.config.uplink));
      await Promise.all([cameras.apply(changes), connected, told]);
      uplink.publishStatus();
    },
    log: log.child({ stage: 'config' }),
  });

  const published = startLists({
    ...config.watchlists,
    address: bindings,
    ring: keys.ring,
    takeUp: lists.takeUp,
    tell: (change) => journal.append(changeRecordOf(change, bindings)),
    note: (entry) => journal.append(auditRecordOf({ who: null, reason: null, ...entry }, bindings)),
    onChange: uplink.publishStatus,
    log: log.child({ stage: 'watchlist' }),
  });

  const watch = startWatch({
    ...{ config: () => reloader.config, status: () => agentStatus(box), onSent: sent.onSent },
    follow: (listener) => journal.follow(listener),
    append: (record) => journal.append(record),
    log: log.child({ stage: 'metrics' }),
  });
  const listener = listenerOf(config, watch, log.child({ stage: 'metrics' }));

  const box: Box = {
    ...{ configPath: path, config, startedAt: Date.now(), keys, journal, evidence, keeper },
    ...{ hits, alarms, published, cameras, reloader, sent, watch, uplink },
  };
  const api = await startApi({
    socketPath: config.api.socket,
    handlers: apiHandlers(box),
    reasonRequired: () => reloader.config.audit.reasonRequired,
    log: log.child({ stage: 'api' }),
  }).catch(async (error) => {
    await published.close();
    watch.close();
    await listener?.close();
    await journal.close();
    throw error;
  });

  await uplink.use(config.uplink);
  await cameras.apply({ config, added: ids, removed: [], changed: [], uplink: false, atNextStart: [] });
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
        uplink: uplink.state().state,
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
  await alarms.close();
  lists.close();
  await uplink.close();
  await api.close();
  watch.close();
  await listener?.close();
  await journal.close();
  if (why !== undefined) throw why;
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
