// The process of one camera: capture, vision and passage in one loop, reads out over IPC. It stays until the agent has each
// of them in the journal, and ends when the agent is gone.

import { randomUUIDv7 } from 'node:crypto';
import { type Camera, findTools, isFile, openCamera } from '../capture/index.ts';
import { startEvidenceMaker } from '../evidence/index.ts';
import { loadGrammars } from '../grammar/index.ts';
import { createTracker, type PassageResult } from '../passage/index.ts';
import { usablePassword } from '../seal/index.ts';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import { createLastLog, createLog, type Logger } from '../shared/log.ts';
import { readSecret } from '../shared/secret-file.ts';
import { loadVision, smallLimitsOf } from '../vision/live.ts';
import { type Aiming, createAiming } from './aiming.ts';
import { type BestPicture, keepBestPictures } from './best-picture.ts';
import { followCamera, type LoopCounts } from './loop.ts';
import { isNews, NOTHING_TOLD } from './open-policy.ts';
import { createPicturesOfReads } from './pictures-of-read.ts';
import { createPreviewing, type Previewing } from './previewing.ts';
import type { CameraReport, FromChild, Software, StartMessage, ToChild } from './protocol.ts';
import { createSnapshots } from './snapshot.ts';
import { createWitness, together, type Witness } from './witness.ts';

/** A stream that is silent for eight seconds is ended: what comes after these ten is not from before. */
const QUIET_MS = 10_000;
const REPORT_EVERY_MS = 1000;

/** A fault that another try may not have: the agent starts this process again after a while. */
const EXIT_FAULT = 1;

// asked while nothing is to be done yet; who opens the camera hears what is wrong
const tools = findTools(process.env.PATH);
tools.catch(() => {});
const stopping = new AbortController();
const snapshots = createSnapshots();
/** once the camera is known */
let aiming: Aiming | undefined;
let witness: Witness | undefined;
let previewing: Previewing | undefined;
let giveEarlyPictures: ((passage: string, record: string) => Promise<void>) | undefined;
/** reads that the journal has not confirmed */
const unkept = new Set<string>();
let allKept: (() => void) | null = null;

function send(message: FromChild): void {
  if (process.connected) process.send!(message);
}

process.on('message', (message: ToChild) => {
  if (message.type === 'start')
    run(message).catch((error) => {
      const { level, bindings } = message.log;
      createLastLog(level, bindings).error({ stage: 'camera', code: codeOf(error) }, messageOf(error));
      process.exit(EXIT_FAULT);
    });
  else if (message.type === 'snapshot') {
    const { maxWidthPx } = message;
    void snapshots.next(maxWidthPx).then((snapshot) => send({ type: 'snapshot', maxWidthPx, snapshot }));
  } else if (message.type === 'aim') aiming?.set(message.on);
  else if (message.type === 'witness') witness?.set(message.on);
  else if (message.type === 'preview') previewing?.set(message.key, message.folder);
  else if (message.type === 'early-pictures') void giveEarlyPictures?.(message.passage, message.record);
  else if (message.type === 'stop') stopping.abort();
  else {
    unkept.delete(message.id);
    if (unkept.size === 0) allKept?.();
  }
});
// Ctrl-C in a terminal reaches the whole group: the agent decides when its children stop.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('disconnect', () => process.exit(0));

async function run(start: StartMessage): Promise<void> {
  const { camera, models, reads, evidence } = start;
  const watcher = createAiming({ camera: camera.id, uncertainBelow: reads.uncertainBelow }, (report) =>
    send({ type: 'aim', report }),
  );
  aiming = watcher;
  const own = createWitness(camera, (note) => send({ type: 'witness', note }));
  witness = own;
  const shown = createPreviewing({ camera: camera.id, uncertainBelow: reads.uncertainBelow }, (key, note) =>
    send({ type: 'preview', key, note }),
  );
  previewing = shown;
  const common = createLog(start.log.level, start.log.bindings);
  const log = common.child({ stage: 'camera', camera: camera.id });
  const counts: LoopCounts = { looks: 0, sightings: 0, passages: 0, dropped: 0, detectMs: 0, readMs: 0 };
  const kept = { reads: 0, lastReadAt: null as number | null };
  const startedAt = Date.now();
  let telling: Promise<void> = Promise.resolve();
  /** once the detector's manifest is read: what it delivers depends on what that looks at */
  let source: Camera | undefined;

  const report = (): CameraReport => {
    const status = source?.state();
    return {
      ...{
        state: status?.state ?? 'starting',
        reason: status?.reason ?? null,
        since: status?.since ?? startedAt,
        codec: status?.codec ?? null,
        width: status?.widthPx ?? null,
        height: status?.heightPx ?? null,
        fps: status?.fps.received ?? null,
        decode: status?.decode.used ?? null,
      },
      framesDecoded: status?.counters.decoded ?? 0,
      framesDropped: status?.counters.dropped ?? 0,
      restarts: status?.counters.restarts ?? 0,
      looks: counts.looks,
      sightings: counts.sightings,
      passages: counts.passages,
      dropped: counts.dropped,
      ...kept,
    };
  };

  try {
    const small = await smallLimitsOf(models);
    const loading = Promise.all([
      loadVision({ ...models, log }),
      startEvidenceMaker({ ...evidence, overview: camera.overview ?? evidence.overview }),
    ]);
    // A recording waits until somebody looks; a camera does not, and answers in the meantime.
    if (isFile(camera.url)) await loading;
    const opened = openCamera(camera, {
      ...(camera.passwordFile === undefined
        ? {}
        : {
            password: usablePassword(
              readSecret(camera.passwordFile, { warn: (message) => log.warn(message) }),
              () => evidence.keys,
            ),
          }),
      signal: stopping.signal,
      log: common,
      ...{ small, tools },
    });
    source = opened;
    const [vision, maker] = await loading;
    const { detector, straightener, reader } = vision.info;
    const software: Software = {
      detector: { name: detector.name, sha256: detector.sha256 },
      ...(straightener && { straightener: { name: straightener.name, sha256: straightener.sha256 } }),
      reader: { name: reader.name, sha256: reader.sha256 },
    };
    send({ type: 'models', software });
    const tracker = createTracker(
      {
        ...{ ...camera, reads, grammars: loadGrammars(), calibration: vision.calibration },
        earlyMs: start.earlyMs ?? undefined,
      },
      randomUUIDv7,
    );

    const make = async (readId: string, { planes, best }: BestPicture) => {
      const { capturedAt, corners } = best;
      const { items, problem } = await maker
        .make({ readId, capturedAt, planes, corners })
        .catch((error) => ({ items: [], problem: { code: codeOf(error), message: messageOf(error) } }));
      if (problem !== null)
        log.error({ code: problem.code, read: readId }, `read goes without its picture: ${problem.message}`);
      return items.map(({ file, ...item }) => item);
    };
    const pictures = createPicturesOfReads({
      make,
      remove: (readId, capturedAt) =>
        maker.remove(readId, capturedAt).catch((error) => {
          log.warn(
            { code: codeOf(error), read: readId },
            `a picture without a read stays: ${messageOf(error)}`,
          );
        }),
    });

    const best = keepBestPictures();
    /** open passages that the agent knows of */
    const known = new Set<string>();
    let toldOpen = NOTHING_TOLD;
    giveEarlyPictures = async (passage, record) => {
      const picture = best.copy(passage);
      const begun = pictures.begun(passage);
      if (picture) {
        const at = picture.best.capturedAt;
        send({ type: 'early-pictures', record, of: 'record', at, items: await make(record, picture) });
      } else {
        const items = (await begun?.items) ?? [];
        send({ type: 'early-pictures', record, of: 'passage', at: begun?.capturedAt ?? 0, items });
      }
    };

    const ended = (result: PassageResult, picture: BestPicture | null): void => {
      const endedAt = Date.now();
      kept.reads++;
      kept.lastReadAt = result.lastSeen;
      known.delete(result.id);
      unkept.add(result.id);
      send({ type: 'ended', result, endedAt, software });
      const making = pictures.finish(result.id, picture);
      // one after the other: reads reach the journal in the order in which their passages ended
      telling = telling.then(async () => send({ type: 'pictured', id: result.id, evidence: await making }));
    };

    opened.onState(() => send({ type: 'report', report: report() }));
    const reporting = setInterval(() => send({ type: 'report', report: report() }), REPORT_EVERY_MS);
    try {
      await followCamera({
        camera,
        frames: shown.watching(own.watching(watcher.watching(snapshots.watching(opened.frames())))),
        vision,
        tracker,
        pictures: best,
        early(result) {
          known.add(result.id);
          send({ type: 'early', result, software });
        },
        open(passages, at) {
          if (!isNews(toldOpen, passages, at)) return;
          toldOpen = { at, passages };
          for (const { id } of passages) known.add(id);
          send({ type: 'open', passages, software });
        },
        ripe(id, picture) {
          known.add(id);
          send({ type: 'picture', id, best: picture.best });
          pictures.begin(id, picture);
        },
        ended,
        dropped(id) {
          pictures.forget(id);
          if (known.delete(id)) send({ type: 'dropped', id });
        },
        quietMs: QUIET_MS,
        watcher: together(watcher, own, shown),
        counts,
      });
    } finally {
      clearInterval(reporting);
      shown.close();
      log.info({ ...counts, ...vision.runs() }, 'looked');
      await telling;
      await journalled();
      await maker.close();
      await vision.close();
    }
    send({ type: 'report', report: report() });
  } catch (error) {
    fail(error, log, report());
    await source?.close();
    process.exit(EXIT_FAULT);
  }
  await source.close();
  send({ type: 'finished' });
  process.disconnect();
}

/** Waits until the agent has every read that was told in its journal. */
async function journalled(): Promise<void> {
  if (unkept.size > 0) await new Promise<void>((resolve) => (allKept = resolve));
}

function fail(error: unknown, log: Logger, last: CameraReport): void {
  const remedy = error instanceof AnprError && error.remedy !== undefined ? ` ${error.remedy}` : '';
  log.error(
    { code: codeOf(error), err: error instanceof AnprError ? undefined : error },
    messageOf(error) + remedy,
  );
  send({ type: 'report', report: { ...last, state: 'failed', reason: messageOf(error), since: Date.now() } });
}
