// The keys of the box: whether a stolen disk keeps its secrets.

import { codeOf, messageOf } from '../../shared/errors.ts';
import { type Probe, type ProbeContext, resultOf } from '../probe.ts';

const findings = {
  sealed: { verdict: 'ok', cause: 'the keys are sealed to this machine', advice: null },
  none: { verdict: 'ok', cause: 'there are none yet: the agent makes them at its first start', advice: null },
  file: {
    verdict: 'warn',
    cause: 'the keys lie in a file beside the journal: whoever takes the disk can read everything on it',
    advice:
      'Seal them to this machine: sudo anpr keys seal, then systemctl restart anpr (it needs systemd 250).',
  },
  replaced: {
    verdict: 'warn',
    cause: 'the keys that were there could not be used: what they sealed cannot be read',
    advice: 'Put the old keys back if there is a copy; tell the centre the new public key: anpr keys show.',
  },
  hidden: {
    verdict: 'ok',
    cause: 'this user may not look, and no agent runs that could say',
    advice: null,
  },
} as const;

export const probe: Probe = {
  id: 'keys',
  group: 'software',
  title: 'keys',
  timeoutMs: 5000,
  findings,
  applies: ({ config }) => config !== undefined,
  async run(context) {
    const found = await keysOf(context);
    if (found === 'hidden') return resultOf('keys', findings, 'hidden', 'not looked at: no permission');
    if (found === undefined) return resultOf('keys', findings, 'none', 'none yet');
    const { place, path, current, problem } = found;
    const finding = problem ? 'replaced' : place === 'credential' ? 'sealed' : 'file';
    const measured = problem ?? `${current} ${place === 'credential' ? 'sealed in' : 'in the file'} ${path}`;
    return resultOf('keys', findings, finding, measured, { place, path, current });
  },
};

interface Found {
  place: 'credential' | 'file';
  path: string;
  current: string;
  problem: string | null;
}

async function keysOf({ agent, config }: ProbeContext): Promise<Found | 'hidden' | undefined> {
  if (agent) return agent.keys;
  const { CREDENTIAL_FILE, findKeys, hasCredential, keyFileOf, openRing } = await import(
    '../../seal/index.ts'
  );
  const journalPath = config!.journal.path;
  if (hasCredential()) return { place: 'credential', path: CREDENTIAL_FILE, current: 'keys', problem: null };
  try {
    const found = findKeys(journalPath);
    return found && { ...found, current: openRing(found.ring).current.id };
  } catch (error) {
    if (codeOf(error) === 'seal.key-file') return 'hidden';
    return { place: 'file', path: keyFileOf(journalPath), current: '', problem: messageOf(error) };
  }
}
