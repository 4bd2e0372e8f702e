// Everything that can be found at a broker, in the words of the doctor and of docs/doctor.md. {broker} is where it stands in the
// configuration: uplink, or uplink.fallbacks[0].

export const findings = {
  good: { verdict: 'ok', cause: 'the broker accepts this box', advice: null },
  'no-secret': {
    verdict: 'fail',
    cause: 'a password, key or certificate file cannot be read',
    advice: 'Put it where the configuration says; run anpr doctor with sudo if only the agent may read it.',
  },
  'no-name': {
    verdict: 'fail',
    cause: "the broker's name does not resolve to an address",
    advice: 'Correct the name in {broker}.url, or mend name resolution on this box.',
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
    advice: 'Correct the port in {broker}.url, start the broker, or have port {port} opened.',
  },
  'no-tls': {
    verdict: 'fail',
    cause: 'no TLS handshake comes about',
    advice: 'Use mqtt:// if the broker has no TLS on this port, or correct the port in {broker}.url.',
  },
  untrusted: {
    verdict: 'fail',
    cause: "the broker's certificate is signed by nobody that this box trusts",
    advice: "Get the certificate of the authority that signed the broker's, and name it as {broker}.caFile.",
  },
  'wrong-name': {
    verdict: 'fail',
    cause: "the broker's certificate is for another name",
    advice: 'Use one of the names in the certificate in {broker}.url.',
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
    advice: 'Set {broker}.certFile and {broker}.keyFile to a certificate that the broker knows.',
  },
  'no-mqtt': {
    verdict: 'fail',
    cause: 'the port answers, but not as an MQTT broker',
    advice: 'Correct {broker}.url: mqtts:// is usually on port 8883, mqtt:// on 1883.',
  },
  'login-refused': {
    verdict: 'fail',
    cause: 'the broker refuses user name or password',
    advice: 'Correct {broker}.username and the file that {broker}.passwordFile names.',
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
  'may-not-publish': {
    verdict: 'fail',
    cause: 'the broker does not let this box publish on a topic that it needs',
    advice: 'Have the broker allow this user to publish below anpr/1/{site}/{box}/.',
  },
  'hung-up': {
    verdict: 'fail',
    cause: 'the broker accepts the login, and ends the connection when it is asked for the topics',
    advice:
      'Have the broker allow this user to publish and subscribe below anpr/1/{site}/{box}/; see its log.',
  },
  'may-not-subscribe': {
    verdict: 'warn',
    cause: 'the broker does not let this box subscribe: receipts and commands do not reach it',
    advice: 'Have the broker allow this user to subscribe below anpr/1/{site}/{box}/.',
  },
  'small-packets': {
    verdict: 'warn',
    cause: 'the broker takes packets of less than 300 kB: pictures do not get through',
    advice: "Have the broker's maximum packet size raised, or keep smaller pictures: evidence.jpegQuality.",
  },
  'expires-soon': {
    verdict: 'warn',
    cause: 'a certificate runs out within 21 days',
    advice: 'Have it renewed now: reads wait on this box from that day on.',
  },
} as const;
