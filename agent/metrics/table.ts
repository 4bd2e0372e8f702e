// Every metric there is, with its name, kind, unit and meaning: what Prometheus gets and what docs/metrics.md says both come
// from here. Labels name cameras and states; never a plate, never a person.

import { type AgentStatus, uplinkStates } from '../api/index.ts';
import { cameraStates } from '../contract/index.ts';
import type { HistogramState } from './histogram.ts';
import type { HostFacts } from './host.ts';

export interface Facts {
  status: AgentStatus;
  host: HostFacts;
  /** whether the camera has been without a passage for longer than it may, by its id; only those that are to be watched */
  quiet: ReadonlyMap<string, boolean>;
  /** by the camera's id */
  confidence: ReadonlyMap<string, HistogramState>;
  /** from the end of a passage until its read is on the disk */
  journalSeconds: HistogramState;
  /** from there until the broker has acknowledged it */
  deliverySeconds: HistogramState;
  now: number;
}

export type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [Labels, number | null | undefined];

interface Words {
  name: string;
  help: string;
  /** names of its labels, for the documentation */
  labels?: readonly string[];
}
export type Metric =
  | (Words & { type: 'counter' | 'gauge'; samples(facts: Facts): readonly Sample[] })
  | (Words & { type: 'histogram'; samples(facts: Facts): readonly (readonly [Labels, HistogramState])[] });

type Camera = AgentStatus['cameras'][number];

const perCamera =
  (value: (camera: Camera, facts: Facts) => number | null | undefined) =>
  (facts: Facts): Sample[] =>
    facts.status.cameras.map((camera) => [{ camera: camera.id }, value(camera, facts)]);
const one =
  (value: (facts: Facts) => number | null | undefined) =>
  (facts: Facts): Sample[] => [[{}, value(facts)]];
const camera = ['camera'] as const;
const yesNo = (value: boolean | null) => (value === null ? null : Number(value));

const DAY_SECONDS = 86_400;

export const metrics: readonly Metric[] = [
  {
    name: 'anpr_info',
    type: 'gauge',
    help: 'Always 1: which box this is, and which version it runs',
    labels: ['site', 'box', 'version'],
    samples: ({ status: { site, box, version } }) => [[{ site, box, version }, 1]],
  },
  {
    name: 'anpr_start_timestamp_seconds',
    type: 'gauge',
    help: 'When the agent started, seconds since 1970',
    samples: one(({ status }) => status.startedAt / 1000),
  },
  {
    name: 'anpr_camera_state',
    type: 'gauge',
    help: `1 for the state that the camera is in: ${cameraStates.join(', ')}`,
    labels: ['camera', 'state'],
    samples: ({ status }) =>
      status.cameras.flatMap(({ id, state }) =>
        cameraStates.map((each): Sample => [{ camera: id, state: each }, Number(each === state)]),
      ),
  },
  {
    name: 'anpr_camera_frames_total',
    type: 'counter',
    help: "Frames decoded since the camera's process started",
    labels: camera,
    samples: perCamera(({ framesDecoded }) => framesDecoded),
  },
  {
    name: 'anpr_camera_frames_dropped_total',
    type: 'counter',
    help: 'Of these, overtaken by a newer one before anybody looked',
    labels: camera,
    samples: perCamera(({ framesDropped }) => framesDropped),
  },
  {
    name: 'anpr_camera_frames_per_second',
    type: 'gauge',
    help: 'Frames a second lately',
    labels: camera,
    samples: perCamera(({ fps }) => fps),
  },
  {
    name: 'anpr_camera_looks_total',
    type: 'counter',
    help: 'Frames that the detector looked at',
    labels: camera,
    samples: perCamera(({ looks }) => looks),
  },
  {
    name: 'anpr_camera_passages_total',
    type: 'counter',
    help: 'Passages since the agent started',
    labels: camera,
    samples: perCamera(({ passages }) => passages),
  },
  {
    name: 'anpr_camera_reads_total',
    type: 'counter',
    help: 'Reads since the agent started',
    labels: camera,
    samples: perCamera(({ reads }) => reads),
  },
  {
    name: 'anpr_camera_last_read_timestamp_seconds',
    type: 'gauge',
    help: 'When the last read was, seconds since 1970; absent before the first',
    labels: camera,
    samples: perCamera(({ lastReadAt }) => lastReadAt && lastReadAt / 1000),
  },
  {
    name: 'anpr_camera_quiet',
    type: 'gauge',
    help: '1 while there has been no passage for longer than cameras[].quietMinutes; absent where that is not set',
    labels: camera,
    samples: ({ quiet }) => [...quiet].map(([id, value]): Sample => [{ camera: id }, Number(value)]),
  },
  {
    name: 'anpr_read_confidence',
    type: 'histogram',
    help: 'Confidence of the reads, 0 to 1',
    labels: camera,
    samples: ({ confidence }) => [...confidence].map(([id, state]) => [{ camera: id }, state] as const),
  },
  {
    name: 'anpr_read_journal_seconds',
    type: 'histogram',
    help: 'From the end of a passage until its read is on the disk',
    samples: ({ journalSeconds }) => [[{}, journalSeconds]],
  },
  {
    name: 'anpr_read_delivery_seconds',
    type: 'histogram',
    help: 'From there until the broker has acknowledged it; reads that wait offline for long are left out',
    samples: ({ deliverySeconds }) => [[{}, deliverySeconds]],
  },
  {
    name: 'anpr_reads_waiting',
    type: 'gauge',
    help: 'Reads that the journal does not take now, held in memory',
    samples: one(({ status }) => status.waiting.reads),
  },
  {
    name: 'anpr_journal_records',
    type: 'gauge',
    help: 'Records in the journal, by how far they are: pending, sent (acknowledged by the broker), confirmed, dead',
    labels: ['delivery'],
    samples: ({ status: { journal } }) =>
      (['pending', 'sent', 'confirmed', 'dead'] as const).map((delivery) => [
        { delivery },
        journal[delivery],
      ]),
  },
  {
    name: 'anpr_journal_oldest_pending_age_seconds',
    type: 'gauge',
    help: 'How long the oldest record that is not sent has waited; 0 when none waits',
    samples: one(({ status: { journal }, now }) =>
      journal.oldestPendingAt === null ? 0 : Math.max(0, now - journal.oldestPendingAt) / 1000,
    ),
  },
  {
    name: 'anpr_journal_size_bytes',
    type: 'gauge',
    help: "Size of the journal's file",
    samples: one(({ status }) => status.journal.sizeBytes),
  },
  {
    name: 'anpr_uplink_state',
    type: 'gauge',
    help: `1 for the state that the uplink is in: ${uplinkStates.join(', ')}`,
    labels: ['state'],
    samples: ({ status: { uplink } }) =>
      uplinkStates.map((state): Sample => [{ state }, Number(state === uplink.state)]),
  },
  {
    name: 'anpr_uplink_delivered_records_total',
    type: 'counter',
    help: 'Records that the broker has acknowledged since the agent started',
    samples: one(({ status }) => status.uplink.delivered),
  },
  {
    name: 'anpr_uplink_inflight_records',
    type: 'gauge',
    help: 'Records that wait for their acknowledgement',
    samples: one(({ status }) => status.uplink.inFlight),
  },
  {
    name: 'anpr_certificate_left_seconds',
    type: 'gauge',
    help: "How long until a certificate runs out: own (this box's), authority (uplink.caFile); negative once it has",
    labels: ['certificate'],
    samples: ({ host }) =>
      host.certificates.map(({ certificate, days }): Sample => [{ certificate }, days * DAY_SECONDS]),
  },
  {
    name: 'anpr_temperature_celsius',
    type: 'gauge',
    help: 'The hottest sensor of the box; absent where none tells',
    samples: one(({ host }) => host.celsius),
  },
  {
    name: 'anpr_memory_resident_bytes',
    type: 'gauge',
    help: "Resident memory of the agent's main process; its cameras and ffmpeg are processes of their own",
    samples: one(({ host }) => host.residentBytes),
  },
  {
    name: 'anpr_disk_free_bytes',
    type: 'gauge',
    help: 'Free on the file system of the journal',
    samples: one(({ host }) => host.diskFreeBytes),
  },
  {
    name: 'anpr_disk_size_bytes',
    type: 'gauge',
    help: 'Size of the file system of the journal',
    samples: one(({ host }) => host.diskSizeBytes),
  },
  {
    name: 'anpr_clock_synchronised',
    type: 'gauge',
    help: '1 while a time service keeps the clock right; absent where the system does not tell',
    samples: one(({ host }) => yesNo(host.clock.synchronised)),
  },
  {
    name: 'anpr_clock_offset_seconds',
    type: 'gauge',
    help: 'Distance from true time, when the system tells',
    samples: one(({ host }) => host.clock.offsetMs && host.clock.offsetMs / 1000),
  },
];
