// A camera's process that is killed with -9: what it had read of the recording is kept, once each, with the pictures that were
// on the disk. The process, its models and its disk are real; the journal is a list.

import { readdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type Test, test } from 'tap';
import type { CameraRead } from '../../agent/camera/index.ts';
import { createPassages } from '../../agent/camera/passages.ts';
import { useProcess } from '../../agent/camera/process.ts';
import { prepareProcesses } from '../../agent/camera/processes.ts';
import type { FromChild, ToChild } from '../../agent/camera/protocol.ts';
import { schema } from '../../agent/config/index.ts';
import { createEvidenceStore } from '../../agent/evidence/index.ts';
import { newRing } from '../../agent/seal/index.ts';
import { readTruth } from '../../scripts/lib/truth.ts';
import { noFfmpeg, noTraffic, trafficClip, trafficTruth } from '../fixtures/needs.ts';
import { silent } from '../journal/records.ts';

const options = { skip: noFfmpeg || noTraffic, timeout: 240_000 };

interface Killed {
  /** what went to the journal, in that order */
  kept: CameraRead[];
  /** all that the process said */
  told: FromChild[];
  /** names of the files that are left of pictures */
  files: string[];
}

/** Plays the recording to a process that is killed as soon as it has said something like that. */
async function killAfter(t: Test, isLast: (told: FromChild) => boolean): Promise<Killed> {
  const directory = t.testdir({});
  const camera = { id: 'pole', url: pathToFileURL(trafficClip).href };
  const config = schema.parse({
    version: 1,
    site: 's',
    box: 'b',
    cameras: [camera],
    evidence: { directory },
  });
  const keys = newRing();
  const kept: CameraRead[] = [];
  const told: FromChild[] = [];
  let killed = false;
  const own = useProcess(
    prepareProcesses(0).take(),
    (message) => {
      told.push(message);
      if (message.type !== 'report' && message.type !== 'models' && message.type !== 'finished')
        passages.hear(message as Parameters<typeof passages.hear>[0]);
      if (killed || !isLast(message)) return;
      killed = true;
      own.kill();
    },
    silent,
  );
  const passages = createPassages(
    { keep: async (read) => void kept.push(read), pictures: createEvidenceStore({ directory, keys }) },
    (message: ToChild) => own.send(message),
    silent,
  );
  own.send({
    ...{
      type: 'start',
      camera: config.cameras[0]!,
      models: config.models,
      reads: config.reads,
      earlyMs: null,
    },
    ...{ evidence: { ...config.evidence, keys }, log: { level: 'silent', bindings: {} } },
  });
  const { signal } = await own.ended;
  passages.ended();
  await passages.settled();
  t.equal(signal, 'SIGKILL');
  const files = readdirSync(directory, { recursive: true, withFileTypes: true });
  return { kept, told, files: files.filter((each) => each.isFile()).map(({ name }) => name) };
}

const plates = readTruth(trafficTruth).passages.map(({ plate }) => plate);

/** Each read is one of the recording's vehicles, in their order, and none is there twice. */
function areVehicles(t: Test, kept: readonly CameraRead[]): void {
  const found = kept.map(({ result }) => plates.indexOf(result.text));
  t.ok(
    found.every((place, n) => place > (found[n - 1] ?? -1)),
    `${kept.map(({ result }) => result.text).join(' ')}: of the recording, in order, once each`,
  );
}

const ended = (told: readonly FromChild[]) => told.filter((message) => message.type === 'ended');
const open = (told: readonly FromChild[]) =>
  told.filter((message) => message.type === 'open').at(-1)?.passages ?? [];

test('killed in the midst of a passage: it is kept as far as it was read', options, async (t) => {
  const { kept, told, files } = await killAfter(
    t,
    (message) => message.type === 'open' && (message.passages[0]?.framesUsed ?? 0) >= 2,
  );
  areVehicles(t, kept);
  const known = [...ended(told).map(({ result }) => result), ...open(told)];
  t.same(
    kept.map(({ result }) => result.id),
    known.map(({ id }) => id),
  );
  t.ok(kept.at(-1)!.result.framesUsed >= 2);
  namesFiles(t, kept, files);
});

test('killed between the end of a passage and its pictures: the whole read is kept', options, async (t) => {
  const { kept, told, files } = await killAfter(t, ({ type }) => type === 'ended');
  areVehicles(t, kept);
  const [whole] = ended(told);
  t.match(kept[0], { result: whole!.result, endedAt: whole!.endedAt });
  t.equal(kept.filter(({ result }) => result.id === whole!.result.id).length, 1);
  namesFiles(t, kept, files);
});

/** No picture is left that no read names, but a half-written one; none is named that is not there. */
function namesFiles(t: Test, kept: readonly CameraRead[], files: readonly string[]): void {
  const named = kept.flatMap(({ result, evidence }) =>
    evidence.map(({ kind }) => `${result.id}-${kind}.jpg`),
  );
  t.same(files.filter((name) => !name.endsWith('.part')).toSorted(), named.toSorted());
}
