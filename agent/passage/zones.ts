// Where in the picture a plate is: inside the region of interest, under a mask, in which lane. Polygons come as shares
// of the picture, so that they survive a change of the camera's resolution.

import { inside, type Point, type Polygon } from '../shared/geometry.ts';

export interface Zones {
  lanes: { id: string; polygon: Polygon }[];
  region?: Polygon | undefined;
  masks: Polygon[];
}

export interface PictureSize {
  width: number;
  height: number;
}

/** Plates are followed here: inside the region, when there is one, and under no mask. */
export function inPlay(zones: Zones, point: Point, size: PictureSize): boolean {
  const share = shareOf(point, size);
  if (zones.region !== undefined && !inside(share, zones.region)) return false;
  return !zones.masks.some((mask) => inside(share, mask));
}

/** The first lane that holds the point, which is where the plate is nearest to the road: its bottom centre. */
export function laneAt(zones: Zones, point: Point, size: PictureSize): string | undefined {
  const share = shareOf(point, size);
  return zones.lanes.find((lane) => inside(share, lane.polygon))?.id;
}

function shareOf([x, y]: Point, { width, height }: PictureSize): Point {
  return [x / width, y / height];
}
