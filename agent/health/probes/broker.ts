// Each broker, from its name to its permissions: name, TCP, TLS with chain and dates, MQTT with the configured login,
// each topic of the contract. The way is gone under a client id of its own, so a running agent keeps its connection.

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AgentStatus } from '../../api/index.ts';
import type { Config, UplinkConfig } from '../../config/index.ts';
import { type Channel, channels, topicPatternOf } from '../../contract/index.ts';
import { usableKey } from '../../enrol/index.ts';
import { ownKeys, usablePassword } from '../../seal/index.ts';
import { certificateFinding, daysLeft, SOON_DAYS } from '../../shared/certificate-policy.ts';
import { codeOf, messageOf } from '../../shared/errors.ts';
import { sizeText } from '../../shared/quantities.ts';
import { readSecret } from '../../shared/secret-file.ts';
import type { Broker } from '../../uplink/index.ts';
import { findings } from '../broker-findings.ts';
import type { ConnackFacts, MqttTarget, TopicsAsked } from '../mqtt.ts';
import { type Probe, type ProbeResult, resultOf } from '../probe.ts';
import { resolveName } from '../resolve.ts';
import { lookAtTls, openTcp, type TlsFacts } from '../tls.ts';

const STEP_TIMEOUT_MS = 4000;
/** an overview picture of a busy scene at the default quality */
const SMALL_PACKET_BYTES = 300_000;
const DEFAULT_PORTS: Record<string, number> = { 'mqtt:': 1883, 'mqtts:': 8883 };

/** what whoever may not open the keys of the box meets */
const SEALED = ['seal.no-keys', 'seal.key-file'];

type Key = keyof typeof findings;

export const probe: Probe = {
  id: 'broker',
  group: 'uplink',
  title: 'brokers',
  timeoutMs: 16_000,
  findings,
  applies: ({ config }) => config?.uplink !== undefined,
  async run({ config, agent }, signal) {
    const { brokersOf } = await import('../../uplink/index.ts');
    const brokers = brokersOf(config!.uplink!);
    const uplink = agent?.uplink;
    return Promise.all(brokers.map((broker, index) => probeBroker(config!, uplink, broker, index, signal)));
  },
};

/** @param index 0: the first; the others are those of `uplink.fallbacks` */
async function probeBroker(
  config: Config,
  running: AgentStatus['uplink'] | undefined,
  broker: Broker,
  index: number,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const { protocol, hostname, port: portText } = new URL(broker.url);
  const port = Number(portText) || DEFAULT_PORTS[protocol]!;
  const { site, box } = config;
  const id = index === 0 ? 'broker' : `broker/${index + 1}`;
  const place = index === 0 ? 'uplink' : `uplink.fallbacks[${index - 1}]`;
  const data: Record<string, unknown> = { host: hostname, port, site, box, broker: place };
  const measured: string[] = [];
  const say = (finding: Key, ...more: string[]) =>
    resultOf(id, findings, finding, [...measured, ...more].join(', '), data);

  let material: ReturnType<typeof materialOf>;
  try {
    material = materialOf(broker, config.journal.path);
  } catch (error) {
    // a member of the group anpr: the agent, which has the keys, is connected with what they open
    if (SEALED.includes(codeOf(error)) && isConnected(running, broker))
      return say(
        'good',
        'not asked (only root and the agent open its key or password)',
        'the agent is connected',
      );
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
    const own = material.cert === undefined ? undefined : new X509Certificate(material.cert);
    const days = [...tls.chain, ...(own ? [{ subject: 'own', validTo: own.validToDate }] : [])].map(
      ({ subject, validTo }) => ({ subject, days: daysLeft(validTo, now) }),
    );
    data.certificateDays = days;
    measured.push(
      `${tls.protocol}, certificates: ${days.map(({ subject, days }) => `${subject} ${days} d`).join(', ')}`,
    );
    if (dates === 'expired' || dates === 'not-yet') return say(dates, `of ${tls.subject}`);
    const distrust = distrustOf(tls);
    if (distrust)
      return say(distrust, `${tls.mistrust}: it is for ${tls.names ?? tls.subject}, by ${tls.issuer}`);
    const ours = own ? certificateFinding(own.validFromDate, own.validToDate, now) : 'good';
    if (ours === 'expired' || ours === 'not-yet') return say(ours, "it is this box's own");
    soon = days.some(({ days }) => days < SOON_DAYS);
  }

  let facts: ConnackFacts;
  try {
    facts = await connackOf(
      config.uplink!.protocol,
      { ...target, url: broker.url, username: broker.username, clientId: clientIdOf(config) },
      topicsOf(config),
    );
  } catch (error) {
    const message = messageOf(error);
    const { CLOSED_ASKING } = await import('../mqtt.ts');
    if (message === CLOSED_ASKING) return say('hung-up', message);
    const certificate = /alert|certificate/i.test(message) && protocol === 'mqtts:';
    return say(certificate ? 'client-certificate' : 'no-mqtt', message);
  }
  data.connack = facts;
  const { wordsOf } = await import('../../uplink/index.ts');
  if (facts.code !== 0) return say(refusalOf(facts.code), `refused: ${wordsOf(facts.code)}`);
  const { permissions, receiveMaximum, maximumPacketBytes } = facts;
  measured.push(`MQTT ${facts.version} in ${facts.ms.toFixed(0)} ms`);
  if (permissions) measured.push(`round trip ${permissions.roundTripMs.toFixed(0)} ms`);
  if (receiveMaximum !== undefined) measured.push(`Receive Maximum ${receiveMaximum}`);
  if (maximumPacketBytes !== undefined) measured.push(`packets up to ${sizeText(maximumPacketBytes)}`);
  const refused = (topics: { topic: string; code: number }[]) =>
    topics.map(({ topic, code }) => `${topic} (${wordsOf(code)})`).join(', ');
  if (permissions?.publishRefused.length)
    return say('may-not-publish', `no publishing on ${refused(permissions.publishRefused)}`);
  if (permissions?.subscribeRefused.length)
    return say('may-not-subscribe', `no subscribing to ${refused(permissions.subscribeRefused)}`);
  measured.push(
    permissions?.publishTold
      ? 'may publish and subscribe on all topics'
      : 'may subscribe; MQTT 3.1.1 does not tell about publishing',
  );
  if ((maximumPacketBytes ?? Number.POSITIVE_INFINITY) < SMALL_PACKET_BYTES) return say('small-packets');
  return say(soon ? 'expires-soon' : 'good');
}

/** Each topic of the contract that this box publishes or subscribes to; what stands for any level is filled in. */
/** Lists' topics only where this box takes lists over MQTT: elsewhere a broker may well keep them from it. */
function topicsOf({ site, box, watchlists }: Config): TopicsAsked {
  const named = Object.values<Channel>(channels).filter(
    ({ shared }) => !shared || watchlists.publishers.length > 0,
  );
  const of = (way: Channel['direction']) =>
    named
      .filter(({ direction }) => direction === way)
      .map((channel) =>
        topicPatternOf(channel)
          .replace('{site}/{box}', `${site}/${box}`)
          .replaceAll(/\{\w+\}/g, 'doctor'),
      );
  return { publish: of('out'), subscribe: of('in') };
}

/** MQTT 5 first when the configuration leaves it open; a broker that cannot may say so or just hang up. */
async function connackOf(
  protocol: UplinkConfig['protocol'],
  target: MqttTarget,
  topics: TopicsAsked,
): Promise<ConnackFacts> {
  const { askBroker, CLOSED } = await import('../mqtt.ts');
  const { isWrongVersion } = await import('../../uplink/index.ts');
  if (protocol === '3.1.1') return askBroker(target, '3.1.1', topics);
  try {
    const facts = await askBroker(target, '5', topics);
    if (protocol === '5' || !isWrongVersion(facts.code)) return facts;
  } catch (error) {
    if (protocol === '5' || messageOf(error) !== CLOSED) throw error;
  }
  return askBroker(target, '3.1.1', topics);
}

function isConnected(running: AgentStatus['uplink'] | undefined, broker: Broker): boolean {
  return (
    running?.state === 'connected' &&
    running.broker !== null &&
    new URL(running.broker).host === new URL(broker.url).host
  );
}

function materialOf(
  broker: Broker,
  journalPath: string,
): Pick<MqttTarget, 'ca' | 'cert' | 'key' | 'password'> {
  const file = (path: string | undefined) => (path === undefined ? undefined : readFileSync(path, 'utf8'));
  return {
    ca: file(broker.caFile),
    cert: file(broker.certFile),
    key: broker.keyFile === undefined ? undefined : usableKey(readSecret(broker.keyFile), journalPath),
    password:
      broker.passwordFile === undefined
        ? undefined
        : usablePassword(readSecret(broker.passwordFile), () => ownKeys(journalPath).ring),
  };
}

function distrustOf({ mistrust }: TlsFacts): 'untrusted' | 'wrong-name' | 'expired' | 'not-yet' | undefined {
  if (mistrust === null) return undefined;
  if (mistrust === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'wrong-name';
  if (mistrust === 'CERT_HAS_EXPIRED') return 'expired';
  return mistrust === 'CERT_NOT_YET_VALID' ? 'not-yet' : 'untrusted';
}

function refusalOf(code: number): Key {
  if (code === 4 || code === 134) return 'login-refused';
  if (code === 5 || code === 135) return 'not-authorised';
  return 'refused';
}

function clientIdOf({ site, box, uplink }: Config): string {
  return `${uplink?.clientId ?? `anpr-${site}-${box}`}-doctor`;
}
