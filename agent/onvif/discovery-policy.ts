// WS-Discovery as ONVIF uses it (ONVIF Core, 7.3): the question as text, the answers as cameras. Pure.

import { find, findAll, parseXml } from '../shared/xml.ts';

export interface FoundCamera {
  /** its own unchanging name, usually a UUID */
  endpoint: string;
  /** where it is, taken from its answer's addresses; else where the answer came from */
  address: string;
  /** ONVIF device services, as the camera gives them */
  services: string[];
  /** what it says of itself in its scopes */
  name: string | undefined;
  hardware: string | undefined;
  location: string | undefined;
}

/** @param id a UUID: answers relate to it */
export function probeText(id: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl">
<e:Header><w:MessageID>urn:uuid:${id}</w:MessageID><w:To e:mustUnderstand="true">urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To><w:Action e:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header>
<e:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></e:Body>
</e:Envelope>`;
}

/**
 * The cameras that an answer names; none for what is no answer to this question.
 * @param from the address that it came from
 */
export function camerasIn(answer: string, id: string, from: string): FoundCamera[] {
  const envelope = parseXml(answer);
  const relatesTo = find(envelope, 'Header', 'RelatesTo')?.text ?? '';
  if (!relatesTo.endsWith(id)) return [];
  return findAll(envelope, 'ProbeMatch').map((match) => {
    const services = (find(match, 'XAddrs')?.text ?? '').split(/\s+/).filter((url) => URL.canParse(url));
    const scopes = (find(match, 'Scopes')?.text ?? '').split(/\s+/);
    const scope = (kind: string) => {
      const found = scopes.find((each) => each.startsWith(`onvif://www.onvif.org/${kind}/`));
      return found && text(found.slice(`onvif://www.onvif.org/${kind}/`.length));
    };
    const hosts = services.map((url) => new URL(url).hostname);
    return {
      endpoint: find(match, 'EndpointReference', 'Address')?.text || from,
      address: hosts.includes(from) ? from : (hosts[0] ?? from),
      services,
      name: scope('name'),
      hardware: scope('hardware'),
      location: scope('location'),
    };
  });
}

function text(scope: string): string | undefined {
  try {
    return decodeURIComponent(scope.replaceAll('+', ' ')) || undefined;
  } catch {
    return scope;
  }
}
