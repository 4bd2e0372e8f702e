// Words: the nearest one to a mistyped one, and texts without their secrets.

import { test } from 'tap';
import { editDistance, nearest } from '../../agent/shared/nearest.ts';
import { redactQuery, redactUrl } from '../../agent/shared/redact.ts';

const distances: [a: string, b: string, edits: number][] = [
  ['', '', 0],
  ['url', 'url', 0],
  ['url', 'urll', 1],
  ['lgo', 'log', 1],
  ['camera', 'camra', 1],
  ['kitten', 'sitting', 3],
  ['', 'abc', 3],
];

for (const [a, b, edits] of distances)
  test(`"${a}" and "${b}" are ${edits} edits apart`, (t) => {
    t.equal(editDistance(a, b), edits);
    t.equal(editDistance(b, a), edits);
    t.end();
  });

const keys = ['url', 'username', 'passwordFile', 'stallSeconds', 'lanes', 'log'];
const meant: [word: string, candidate: string | undefined][] = [
  ['urll', 'url'],
  ['user_name', 'username'],
  ['StallSecond', 'stallSeconds'],
  ['password', 'passwordFile'],
  ['lane', 'lanes'],
  ['lgo', 'log'],
  ['resolution', undefined],
  ['x', undefined],
];

for (const [word, candidate] of meant)
  test(`"${word}" is ${candidate ? `meant to be ${candidate}` : 'near nothing'}`, (t) => {
    t.equal(nearest(word, keys), candidate);
    t.end();
  });

const texts: [text: string, clean: string][] = [
  ['rtsp://camera/stream', 'rtsp://camera/stream'],
  ['rtsp://admin:hunter2@camera/stream', 'rtsp://***@camera/stream'],
  ['rtsp://admin:hun@ter/2@camera/stream', 'rtsp://***@camera/stream'],
  ['cannot open mqtts://a:b@c and rtsp://d:e@f!', 'cannot open mqtts://***@c and rtsp://***@f!'],
  ['rtsp://camera/s?user=a&password=b&x=1', 'rtsp://camera/s?user=a&password=***&x=1'],
  ['rtsp://camera/user=a;passwd=b;x', 'rtsp://camera/user=a;passwd=***;x'],
];

for (const [text, clean] of texts)
  test(`${text} is shown as ${clean}`, (t) => {
    t.equal(redactUrl(text), clean);
    t.end();
  });

test('an @ in the path stays where the address is known to have no login', (t) => {
  t.equal(redactQuery('rtsp://camera/live@main?pwd=x'), 'rtsp://camera/live@main?pwd=***');
  t.end();
});
