// The canonical form against the samples of RFC 8785: its example (3.2.2), its order of names (3.2.3), its table of
// numbers (appendix B).

import { test } from 'tap';
import { canonical } from '../../agent/seal/index.ts';

test('the example of RFC 8785, 3.2.2', async (t) => {
  const input = String.raw`{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}`;
  t.equal(
    canonical(JSON.parse(input)),
    `{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],` +
      String.raw`"string":"€$\u000f\nA'B\"\\\\\"/"}`,
  );
});

test('names are in the order of their UTF-16 code units (3.2.3)', async (t) => {
  const names = {
    '€': 'Euro Sign',
    '\r': 'Carriage Return',
    '\ufb33': 'Hebrew Letter Dalet With Dagesh',
    '1': 'One',
    '\u{1f600}': 'Emoji: Grinning Face',
    '\u0080': 'Control',
    ö: 'Latin Small Letter O With Diaeresis',
  };
  t.same(Object.values(JSON.parse(canonical(names).replace('"1"', '"-"'))), [
    'Carriage Return',
    'One',
    'Control',
    'Latin Small Letter O With Diaeresis',
    'Euro Sign',
    'Emoji: Grinning Face',
    'Hebrew Letter Dalet With Dagesh',
  ]);
});

const numbers: [bits: string, text: string][] = [
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['8000000000000001', '-5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['ffefffffffffffff', '-1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'],
  ['c340000000000000', '-9007199254740992'],
  ['4430000000000000', '295147905179352830000'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'],
  ['44b52d02c7e14af7', '1.0000000000000001e+23'],
  ['444b1ae4d6e2ef4e', '999999999999999700000'],
  ['444b1ae4d6e2ef4f', '999999999999999900000'],
  ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
  ['41b3de4355555554', '333333333.33333325'],
  ['41b3de4355555555', '333333333.3333333'],
  ['41b3de4355555556', '333333333.3333334'],
  ['41b3de4355555557', '333333333.33333343'],
  ['becbf647612f3696', '-0.0000033333333333333333'],
  ['43143ff3c1cb0959', '1424953923781206.2'],
];

test('numbers as in appendix B', async (t) => {
  for (const [bits, text] of numbers) t.equal(canonical(Buffer.from(bits, 'hex').readDoubleBE()), text, bits);
});

test('what is in order already is written as it is; what is not, at any depth, is put in order', async (t) => {
  const table: [value: unknown, text: string][] = [
    [{ a: { c: [{ y: 1, z: 2 }], d: 1 }, b: null }, '{"a":{"c":[{"y":1,"z":2}],"d":1},"b":null}'],
    [{ a: { d: 1, c: [{ z: 2, y: 1 }] }, b: null }, '{"a":{"c":[{"y":1,"z":2}],"d":1},"b":null}'],
    [[{ b: 1, a: -0 }], '[{"a":0,"b":1}]'],
    // JavaScript has members that look like numbers in their order, the RFC in that of their characters
    [{ 1: 0, 2: 0, 10: 0 }, '{"1":0,"10":0,"2":0}'],
    [{ a: 1, b: Object.create(null, { x: { value: 1, enumerable: true } }) }, '{"a":1,"b":{"x":1}}'],
    [{ at: new Date(0) }, '{"at":{}}'],
  ];
  for (const [value, text] of table) {
    t.equal(canonical(value), text);
    t.equal(canonical(JSON.parse(text)), text);
  }
});

test('members without a value are left out, at every depth', async (t) => {
  t.equal(canonical({ b: { y: undefined, x: 1 }, a: undefined, c: [undefined] }), '{"b":{"x":1},"c":[null]}');
});

test('what JSON cannot say is refused', async (t) => {
  for (const value of [Number.NaN, Infinity, -Infinity, '\ud83d', { '\udc00': 1 }, { a: 1n }, { a: () => 1 }])
    t.throws(() => canonical(value), { code: 'seal.not-canonical' });
});
