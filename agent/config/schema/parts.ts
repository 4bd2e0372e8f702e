// What several parts of the configuration have in common: names, shares of the picture, addresses.

import { z } from 'zod';

export const id = z
  .string()
  .regex(/^[A-Za-z0-9_-]+$/, 'letters, digits, "_" and "-" only')
  .max(64);
export const share = z.number().min(0).max(1);
export const polygon = z
  .array(z.tuple([share, share]))
  .min(3)
  .describe('corners as [x, y], each a share of the picture: 0 is left or top, 1 is right or bottom');

/** An `@` behind the host's part may belong to the path; one before it, or after an impossible port, hides a password. */
export const withoutSecret = [
  (url: string) => !/^[a-z]+:\/\/[^/?#]*@/.test(url) && (URL.canParse(url) || !url.includes('@')),
  'an address without user and password (those go to username and passwordFile)',
] as const;
export const validAddress = [
  (url: string) => (URL.canParse(url) && isEncodedRight(url)) || url.includes('@'),
  'an address that can be understood, like scheme://host:port/path',
] as const;

/** A file's path is taken out of its address: a lone % in it has to be written as %25. */
function isEncodedRight(url: string): boolean {
  try {
    return !url.startsWith('file:') || decodeURIComponent(url) !== '';
  } catch {
    return false;
  }
}

export const OVERVIEWS = ['none', 'masked', 'full'] as const;

export const brokerUrl = z
  .string()
  .regex(/^mqtts?:\/\//, 'an address that starts with mqtt:// or mqtts://')
  .refine(...withoutSecret)
  .refine(...validAddress);
export const brokerLogin = {
  username: z.string().optional().describe('user name for the broker'),
  passwordFile: z.string().optional().describe('file with the password, or the name of a systemd credential'),
  caFile: z.string().optional().describe("certificate authority that signed the broker's certificate (PEM)"),
  certFile: z.string().optional().describe("this box's certificate (PEM)"),
  keyFile: z
    .string()
    .optional()
    .describe("this box's private key (PEM), or the name of a systemd credential"),
};
