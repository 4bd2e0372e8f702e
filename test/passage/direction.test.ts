import { test } from 'tap';
import { addToTrend, directionOf, startTrend } from '../../agent/passage/direction.ts';

/** Sightings as [seconds, x, y, width]. */
const direction = (sightings: [number, number, number, number][], standing = false) => {
  const trend = startTrend();
  for (const [seconds, x, y, widthPx] of sightings) addToTrend(trend, seconds, [x, y], widthPx);
  return directionOf(trend, standing);
};

test('direction by growth and by the way down the picture', (t) => {
  t.equal(
    direction([
      [0, 500, 300, 60],
      [0.1, 500, 400, 72],
      [0.2, 500, 500, 90],
    ]),
    'approaching',
  );
  t.equal(
    direction([
      [0, 500, 500, 90],
      [0.1, 500, 400, 72],
      [0.2, 500, 300, 60],
    ]),
    'receding',
  );
  t.equal(
    direction([
      [0, 500, 300, 60],
      [0.1, 500, 302, 61],
      [0.2, 500, 303, 60],
    ]),
    'unknown',
    'hardly moved',
  );
  t.equal(
    direction([
      [0, 100, 300, 60],
      [0.2, 400, 301, 61],
      [0.4, 900, 300, 60],
    ]),
    'unknown',
    'drives across',
  );
  t.equal(direction([[0, 500, 300, 60]]), 'unknown', 'one sighting');
  t.equal(
    direction([
      [0, 500, 300, 60],
      [0, 500, 300, 60],
    ]),
    'unknown',
    'no time between',
  );
  t.end();
});

test('one bad box turns no direction round', (t) => {
  t.equal(
    direction([
      [0, 500, 300, 60],
      [0.1, 500, 360, 66],
      [0.2, 500, 430, 74],
      [0.3, 500, 500, 60],
    ]),
    'approaching',
  );
  t.end();
});

test('stationary when it has not moved, its drive when it drove and stopped', (t) => {
  const stands: [number, number, number, number][] = Array.from({ length: 20 }, (_, i) => [
    i,
    500 + (i % 2),
    300,
    60,
  ]);
  t.equal(direction(stands, true), 'stationary');
  const drove: [number, number, number, number][] = [
    [0, 500, 100, 40],
    [0.5, 500, 200, 50],
    [1, 500, 300, 60],
  ];
  t.equal(
    direction([...drove, ...stands.map(([s, ...rest]) => [s + 1, ...rest] as (typeof stands)[0])], true),
    'approaching',
  );
  t.end();
});
