// What platforms call the countries that a plate tells by its distinguishing sign (United Nations, Conventions on Road Traffic):
// the two letters of ISO 3166-1, and the number in Hikvision's ISAPI (`country`, `CRIndex`). Türkiye has two numbers there
// (46, 81); its cameras send 46. XK (Kosovo) is not ISO's own: it is what the European Union uses.

const TABLE: Record<string, readonly [iso: string, hikvision: number]> = {
  A: ['AT', 37],
  AL: ['AL', 36],
  AM: ['AM', 51],
  AND: ['AD', 50],
  AZ: ['AZ', 28],
  B: ['BE', 13],
  BG: ['BG', 14],
  BIH: ['BA', 38],
  BR: ['BR', 220],
  BY: ['BY', 9],
  CDN: ['CA', 169],
  CH: ['CH', 44],
  CY: ['CY', 45],
  CZ: ['CZ', 1],
  D: ['DE', 3],
  DK: ['DK', 15],
  DZ: ['DZ', 108],
  E: ['ES', 4],
  EST: ['EE', 35],
  F: ['FR', 2],
  FIN: ['FI', 16],
  FL: ['LI', 53],
  GB: ['GB', 17],
  GE: ['GE', 29],
  GR: ['GR', 18],
  H: ['HU', 20],
  HR: ['HR', 19],
  I: ['IT', 5],
  IL: ['IL', 21],
  IRL: ['IE', 39],
  IS: ['IS', 40],
  KZ: ['KZ', 30],
  L: ['LU', 22],
  LT: ['LT', 31],
  LV: ['LV', 34],
  M: ['MT', 42],
  MA: ['MA', 109],
  MC: ['MC', 52],
  MD: ['MD', 10],
  MEX: ['MX', 174],
  MNE: ['ME', 48],
  N: ['NO', 24],
  NL: ['NL', 6],
  NMK: ['MK', 23],
  P: ['PT', 25],
  PL: ['PL', 7],
  RKS: ['XK', 49],
  RO: ['RO', 26],
  RSM: ['SM', 54],
  RUS: ['RU', 11],
  S: ['SE', 43],
  SK: ['SK', 8],
  SLO: ['SI', 47],
  SRB: ['RS', 27],
  TN: ['TN', 107],
  TR: ['TR', 46],
  UA: ['UA', 12],
  UK: ['GB', 17],
  USA: ['US', 172],
  V: ['VA', 41],
  VN: ['VN', 91],
};

/** ISAPI's number for a country that was not recognised, and for one that it has no number for. */
const UNRECOGNISED = 254;
const UNSUPPORTED = 0;

/** ISO 3166-1 alpha-2; undefined: unknown, or no country that this table has. */
export const isoCountryOf = (sign: string): string | undefined => TABLE[sign]?.[0];

/** The number in ISAPI. */
export const hikvisionCountryOf = (sign: string): number =>
  sign === 'unknown' ? UNRECOGNISED : (TABLE[sign]?.[1] ?? UNSUPPORTED);
