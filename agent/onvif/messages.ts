// SOAP questions to a camera and what its answers say (ONVIF Core and Media, version 10). Pure, but for the nonce and
// the time of a login, which are handed in.

import { createHash } from 'node:crypto';
import { type Element, escapedXml, find, findAll, parseXml } from '../shared/xml.ts';

export interface OnvifLogin {
  username: string;
  password: string;
  /** 16 random bytes */
  nonce: Buffer;
  /** UTC epoch milliseconds on the camera's clock: a login that is too old or too new is refused */
  now: number;
}

/** A whole request with this body; `login` is proved by WS-Security's password digest (UsernameToken Profile 1.0). */
export function envelopeText(body: string, login?: OnvifLogin): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">${login ? `<s:Header>${securityText(login)}</s:Header>` : ''}<s:Body>${body}</s:Body></s:Envelope>`;
}

function securityText({ username, password, nonce, now }: OnvifLogin): string {
  const created = new Date(now).toISOString();
  const digest = createHash('sha1').update(nonce).update(created).update(password).digest('base64');
  const namespace = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss';
  return (
    `<Security s:mustUnderstand="1" xmlns="${namespace}-wssecurity-secext-1.0.xsd"><UsernameToken>` +
    `<Username>${escapedXml(username)}</Username>` +
    `<Password Type="${namespace}-username-token-profile-1.0#PasswordDigest">${digest}</Password>` +
    `<Nonce EncodingType="${namespace}-soap-message-security-1.0#Base64Binary">${nonce.toString('base64')}</Nonce>` +
    `<Created xmlns="${namespace}-wssecurity-utility-1.0.xsd">${created}</Created>` +
    `</UsernameToken></Security>`
  );
}

const DEVICE = 'xmlns="http://www.onvif.org/ver10/device/wsdl"';
const MEDIA = 'xmlns="http://www.onvif.org/ver10/media/wsdl"';
const SCHEMA = 'xmlns="http://www.onvif.org/ver10/schema"';

export const bodies = {
  time: `<GetSystemDateAndTime ${DEVICE}/>`,
  capabilities: `<GetCapabilities ${DEVICE}><Category>Media</Category></GetCapabilities>`,
  profiles: `<GetProfiles ${MEDIA}/>`,
  streamUri: (profile: string) =>
    `<GetStreamUri ${MEDIA}><StreamSetup><Stream ${SCHEMA}>RTP-Unicast</Stream><Transport ${SCHEMA}><Protocol>RTSP</Protocol></Transport></StreamSetup><ProfileToken>${escapedXml(profile)}</ProfileToken></GetStreamUri>`,
};

/** The body's first element. Throws a sentence for a fault or for what is no SOAP. */
export function answerOf(text: string): Element {
  const body = find(parseXml(text), 'Body');
  const fault = find(body, 'Fault');
  if (fault) {
    const reason = find(fault, 'Reason', 'Text')?.text || find(fault, 'faultstring')?.text;
    throw new Error(`the camera says: ${reason || findAll(fault, 'Value').at(-1)?.text || 'no'}`);
  }
  const [answer] = body?.children ?? [];
  if (!answer) throw new Error('the answer is no SOAP');
  return answer;
}

/** The camera's UTC clock, epoch milliseconds; undefined when it does not tell. */
export function timeIn(answer: Element): number | undefined {
  const utc = find(answer, 'UTCDateTime');
  const number = (name: string) => Number(find(utc, name)?.text || Number.NaN);
  const at = Date.UTC(
    ...([
      number('Year'),
      number('Month') - 1,
      number('Day'),
      number('Hour'),
      number('Minute'),
      number('Second'),
    ] as [number, number, number, number, number, number]),
  );
  return Number.isNaN(at) ? undefined : at;
}

export function mediaServiceIn(answer: Element): string | undefined {
  return find(answer, 'Media', 'XAddr')?.text || undefined;
}

export interface Profile {
  token: string;
  name: string | undefined;
  codec: string | undefined;
  width: number | undefined;
  height: number | undefined;
  fps: number | undefined;
}

export function profilesIn(answer: Element): Profile[] {
  return findAll(answer, 'Profiles').flatMap((profile) => {
    const video = find(profile, 'VideoEncoderConfiguration');
    const number = (...path: string[]) => Number(find(video, ...path)?.text) || undefined;
    const { token } = profile.attributes;
    if (!token || !video) return [];
    return [
      {
        token,
        name: profile.children.find(({ name }) => name === 'Name')?.text || undefined,
        codec: find(video, 'Encoding')?.text || undefined,
        width: number('Resolution', 'Width'),
        height: number('Resolution', 'Height'),
        fps: number('RateControl', 'FrameRateLimit'),
      },
    ];
  });
}

export function streamUriIn(answer: Element): string | undefined {
  return find(answer, 'Uri')?.text || undefined;
}
