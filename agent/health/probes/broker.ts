// The broker, from its name to its CONNACK: name, TCP, TLS with chain and dates, MQTT with the configured login. The
// way is gone under a client id of its own, so a running agent keeps its connection.

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Config, readSecret, type UplinkConfig } from '../../config/index.ts';
import { codeOf, messageOf } from '../../shared/errors.ts';
import { certificateFinding, daysLeft } from '../certificate-policy.ts';
import type { ConnackFacts, MqttTarget } from '../mqtt.ts';
import { type Probe, type ProbeResult, resultOf } from '../probe.ts';
import { resolveName } from '../resolve.ts';
import { lookAtTls, openTcp, type TlsFacts } from '../tls.ts';

const STEP_TIMEOUT_MS = 4000;
const DEFAULT_PORTS: Record<string, number> = { 'mqtt:': 1883, 'mqtts:': 8883 };

const findings = {
  good: { verdict: 'ok', cause: 'the broker accepts this box', advice: null },
  'no-secret': {
    verdict: 'fail',
    cause: 'a password, key or certificate file cannot be read',
    advice: 'Put it where the configuration says; run anpr doctor with sudo if only the agent may read it.',
  },
  'no-name': {
    verdict: 'fail',
    cause: "the broker's name does not resolve to an address",
    advice: 'Correct the name in uplink.url, or mend name resolution on this box.',
  },
  unreachable: {
    verdict: 'fail',
    cause: 'nothing answers at the address: no route, or a firewall drops the packets',
    advice:
      'Ask for TCP port {port} to {address} to be let through, and look at the link and the VPN of this box.',
  },
  'nothing-listens': {
    verdict: 'fail',
    cause: 'the address answers, but nothing listens on the port, or a firewall rejects it',
    advice: 'Correct the port in uplink.url, start the broker, or have port {port} opened.',
  },
  'no-tls': {
    verdict: 'fail',
    cause: 'no TLS handshake comes about',
    advice: 'Use mqtt:// if the broker has no TLS on this port, or correct the port in uplink.url.',
  },
  untrusted: {
    verdict: 'fail',
    cause: "the broker's certificate is signed by nobody that this box trusts",
    advice: "Get the certificate of the authority that signed the broker's, and name it as uplink.caFile.",
  },
  'wrong-name': {
    verdict: 'fail',
    cause: "the broker's certificate is for another name",
    advice: 'Use one of the names in the certificate in uplink.url.',
  },
  expired: {
    verdict: 'fail',
    cause: 'a certificate has run out',
    advice: 'Renew it; and look at the clock of this box (anpr doctor --only clock).',
  },
  'not-yet': {
    verdict: 'fail',
    cause: 'a certificate is not valid yet',
    advice: 'The clock of this box is probably wrong: anpr doctor --only clock.',
  },
  'client-certificate': {
    verdict: 'fail',
    cause: 'the broker wants a certificate of this box, or does not accept the one it has',
    advice: 'Set uplink.certFile and uplink.keyFile to a certificate that the broker knows.',
  },
  'no-mqtt': {
    verdict: 'fail',
    cause: 'the port answers, but not as an MQTT broker',
    advice: 'Correct uplink.url: mqtts:// is usually on port 8883, mqtt:// on 1883.',
  },
  'login-refused': {
    verdict: 'fail',
    cause: 'the broker refuses user name or password',
    advice: 'Correct uplink.username and the file that uplink.passwordFile names.',
  },
  'not-authorised': {
    verdict: 'fail',
    cause: 'the broker knows the login, but does not let it in',
    advice: 'Have the broker allow this user, and client ids that begin with the configured one.',
  },
  refused: {
    verdict: 'fail',
    cause: 'the broker refuses the connection for another reason',
    advice: "See the reason, and the broker's log at this minute.",
  },
  'expires-soon': {
    verdict: 'warn',
    cause: 'a certificate runs out within 21 days',
    advice: 'Have it renewed now: reads wait on this box from that day on.',
  },
} as const;

type Key = keyof typeof findings;

export const probe: Probe = {
  id: 'broker',
  group: 'uplink',
  title: 'broker',
  timeoutMs: 18_000,
  findings,
  applies: ({ config }) => config?.uplink !== undefined,
  run: ({ config }, signal) => probeBroker(config!, config!.uplink!, signal),
};

async function probeBroker(config: Config, uplink: UplinkConfig, signal: AbortSignal): Promise<ProbeResult> {
  const { protocol, hostname, port: portText } = new URL(uplink.url);
  const port = Number(portText) || DEFAULT_PORTS[protocol]!;
  const data: Record<string, unknown> = { host: hostname, port };
  const measured: string[] = [];
  const say = (key: Key, ...more: string[]) =>
    resultOf('broker', findings, key, [...measured, ...more].join(', '), data);

  let material: ReturnType<typeof materialOf>;
  try {
    material = materialOf(uplink);
  } catch (error) {
    return say('no-secret', messageOf(error));
  }
  const resolved = await resolveName(hostname, STEP_TIMEOUT_MS);
  if ('reason' in resolved) return say('no-name', `${hostname}: ${resolved.reason}`);
  data.address = resolved.address;
  const target = { ...material, timeoutMs: STEP_TIMEOUT_MS, signal };
  try {
    data.connectMs = (await openTcp({ ...target, host: resolved.address, port })).ms;
  } catch (error) {
    const refused = codeOf(error) === 'ECONNREFUSED';
    return say(
      refused ? 'nothing-listens' : 'unreachable',
      `${resolved.address}:${port}: ${messageOf(error)}`,
    );
  }
  measured.push(`${resolved.address}:${port} in ${(data.connectMs as number).toFixed(0)} ms`);

  let soon = false;
  if (protocol === 'mqtts:') {
    let tls: TlsFacts;
    try {
      tls = await lookAtTls({
        ...target,
        host: resolved.address,
        port,
        serverName: hostname.replace(/^\[|\]$/g, ''),
      });
    } catch (error) {
      return say('no-tls', messageOf(error));
    }
    data.tls = tls;
    const now = new Date();
    const dates = certificateFinding(tls.validFrom, tls.validTo, now);
    measured.push(`${tls.protocol}, certificate for ${daysLeft(tls.validTo, now)} more days`);
    if (dates === 'expired' || dates === 'not-yet') return say(dates, `of ${tls.subject}`);
    const distrust = distrustOf(tls);
    if (distrust)
      return say(distrust, `${tls.mistrust}: it is for ${tls.names ?? tls.subject}, by ${tls.issuer}`);
    const own = material.cert === undefined ? 'good' : ownFinding(material.cert, now);
    if (own === 'expired' || own === 'not-yet') return say(own, "it is this box's own");
    soon = dates === 'expires-soon' || own === 'expires-soon';
  }

  let facts: ConnackFacts;
  try {
    facts = await connackOf(uplink, {
      ...target,
      url: uplink.url,
      username: uplink.username,
      clientId: clientIdOf(config),
    });
  } catch (error) {
    const message = messageOf(error);
    const certificate = /alert|certificate/i.test(message) && protocol === 'mqtts:';
    return say(certificate ? 'client-certificate' : 'no-mqtt', message);
  }
  data.connack = facts;
  const { wordsOf } = await import('../../uplink/index.ts');
  if (facts.code !== 0) return say(refusalOf(facts.code), `refused: ${wordsOf(facts.code)}`);
  measured.push(`MQTT ${facts.version} in ${facts.ms.toFixed(0)} ms`);
  if (facts.receiveMaximum !== undefined) measured.push(`Receive Maximum ${facts.receiveMaximum}`);
  return say(soon ? 'expires-soon' : 'good');
}

/** MQTT 5 first when the configuration leaves it open; a broker that cannot may say so or just hang up. */
async function connackOf({ protocol }: UplinkConfig, target: MqttTarget): Promise<ConnackFacts> {
  const { askBroker, CLOSED } = await import('../mqtt.ts');
  const { isWrongVersion } = await import('../../uplink/index.ts');
  if (protocol === '3.1.1') return askBroker(target, '3.1.1');
  try {
    const facts = await askBroker(target, '5');
    if (protocol === '5' || !isWrongVersion(facts.code)) return facts;
  } catch (error) {
    if (protocol === '5' || messageOf(error) !== CLOSED) throw error;
  }
  return askBroker(target, '3.1.1');
}

function materialOf(uplink: UplinkConfig): Pick<MqttTarget, 'ca' | 'cert' | 'key' | 'password'> {
  const file = (path: string | undefined) => (path === undefined ? undefined : readFileSync(path, 'utf8'));
  return {
    ca: file(uplink.caFile),
    cert: file(uplink.certFile),
    key: uplink.keyFile === undefined ? undefined : readSecret(uplink.keyFile),
    password: uplink.passwordFile === undefined ? undefined : readSecret(uplink.passwordFile),
  };
}

function distrustOf({ mistrust }: TlsFacts): 'untrusted' | 'wrong-name' | 'expired' | 'not-yet' | undefined {
  if (mistrust === null) return undefined;
  if (mistrust === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'wrong-name';
  if (mistrust === 'CERT_HAS_EXPIRED') return 'expired';
  return mistrust === 'CERT_NOT_YET_VALID' ? 'not-yet' : 'untrusted';
}

function ownFinding(pem: string, now: Date) {
  const { validFromDate, validToDate } = new X509Certificate(pem);
  return certificateFinding(validFromDate, validToDate, now);
}

function refusalOf(code: number): Key {
  if (code === 4 || code === 134) return 'login-refused';
  if (code === 5 || code === 135) return 'not-authorised';
  return 'refused';
}

function clientIdOf({ site, box, uplink }: Config): string {
  return `${uplink?.clientId ?? `anpr-${site}-${box}`}-doctor`;
}
