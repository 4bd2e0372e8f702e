// MQTT's reason codes in words, and what the uplink does about each. Pure tables: what a code means is decided here
// and nowhere else. Numbers are those of MQTT 5 (2.4); CONNACK codes 1 to 5 are those of MQTT 3.1.1 (3.2.2.3).

const words: Record<number, string> = {
  1: 'protocol version not supported',
  2: 'client id rejected',
  3: 'server unavailable',
  4: 'bad user name or password',
  5: 'not authorised',
  128: 'unspecified error',
  129: 'malformed packet',
  130: 'protocol error',
  131: 'implementation specific error',
  132: 'protocol version not supported',
  133: 'client id not valid',
  134: 'bad user name or password',
  135: 'not authorised',
  136: 'server unavailable',
  137: 'server busy',
  138: 'banned',
  139: 'server shutting down',
  140: 'bad authentication method',
  141: 'keep-alive timeout',
  142: 'session taken over: another client uses this client id',
  144: 'topic name not accepted',
  145: 'packet identifier in use',
  147: 'receive maximum exceeded',
  148: 'topic alias invalid',
  149: 'packet too large',
  150: 'message rate too high',
  151: 'quota exceeded',
  152: 'administrative action',
  153: 'payload format invalid',
  154: 'retain not supported',
  155: 'QoS not supported',
  156: 'use another server',
  157: 'server moved',
  159: 'connection rate exceeded',
  160: 'maximum connect time',
};

/** `quota exceeded (0x97)` */
export function wordsOf(code: number): string {
  return `${words[code] ?? 'unknown reason'} (0x${code.toString(16).padStart(2, '0')})`;
}

/**
 * What a PUBACK says about its message: the broker has it; it will never be taken (a dead letter); this box may not
 * publish to this topic (nothing of the kind goes until somebody changes that); or not now.
 */
export type Verdict = 'taken' | 'dead' | 'denied' | 'later';

export function verdictOf(pubackCode: number): Verdict {
  if (pubackCode < 0x80) return 'taken';
  if (pubackCode === 149 || pubackCode === 153) return 'dead';
  // A topic that is not accepted says nothing against the record: every record of its kind has it, and would be buried.
  if (pubackCode === 135 || pubackCode === 144 || pubackCode === 138) return 'denied';
  return 'later';
}

/** CONNACK and DISCONNECT codes that trying again soon does not change: somebody has to act. */
export function needsSomebody(code: number): boolean {
  return [2, 4, 5, 133, 134, 135, 138, 140, 142, 152, 154, 155].includes(code);
}

/** CONNACK codes of a broker that does not speak the version it was asked for. */
export function isWrongVersion(code: number): boolean {
  return code === 1 || code === 132;
}
