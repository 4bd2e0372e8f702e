// How worn a medium is, where it tells: eMMC and SD in /sys, NVMe and SATA through smartctl. Pure.

import { parsedJson } from '../shared/json.ts';

export interface Wear {
  /** share of its life that is used up, 0..1 and beyond */
  used: number | null;
  /** the medium's own verdict that it is near its end */
  nearEnd: boolean;
  /** it failed its own self-assessment */
  failed: boolean;
  source: 'emmc' | 'smart';
}

export type WearFinding = 'good' | 'worn' | 'failing';

const WORN_SHARE = 0.8;

export function wearFinding({ used, nearEnd, failed }: Wear): WearFinding {
  if (failed || (used !== null && used >= 1)) return 'failing';
  return nearEnd || (used !== null && used >= WORN_SHARE) ? 'worn' : 'good';
}

/**
 * /sys/block/mmcblkN/device/life_time (`0x01 0x02`: types A and B, in tenths; 0x0b: beyond its life) and pre_eol_info
 * (1 normal, 2 80 % of the reserve used, 3 urgent): JESD84-B51, EXT_CSD 267 to 269. Undefined when it tells nothing.
 */
export function emmcWear(lifeTime: string | undefined, preEndOfLife: string | undefined): Wear | undefined {
  const tenths = (lifeTime ?? '')
    .trim()
    .split(/\s+/)
    .map((value) => Number.parseInt(value, 16))
    .filter((value) => value > 0);
  const end = Number.parseInt(preEndOfLife ?? '', 16);
  if (tenths.length === 0 && !(end > 0)) return undefined;
  // A value of 1 means 0 to 10 % used.
  const used = tenths.length ? Math.max(...tenths) / 10 : null;
  return { used, nearEnd: end === 2, failed: end === 3, source: 'emmc' };
}

/** `smartctl -j -a DEVICE` of an NVMe or SATA disk; undefined when it says nothing about wear or health. */
export function smartWear(json: string): Wear | undefined {
  const report = parsedJson(json) as SmartReport | null | undefined;
  if (typeof report !== 'object' || report === null) return undefined;
  const nvme = report.nvme_smart_health_information_log;
  const passed = report.smart_status?.passed;
  // What is left of an SSD's life, normalised from 100 down; makers differ in the number they give it.
  const left = report.ata_smart_attributes?.table?.find(({ id }) => LIFE_ATTRIBUTES.has(id))?.value;
  const used = nvme?.percentage_used ?? (left === undefined ? undefined : 100 - left);
  if (used === undefined && passed === undefined) return undefined;
  const spareLow =
    nvme?.available_spare !== undefined &&
    nvme.available_spare_threshold !== undefined &&
    nvme.available_spare < nvme.available_spare_threshold;
  return {
    used: used === undefined ? null : used / 100,
    nearEnd: spareLow,
    failed: passed === false,
    source: 'smart',
  };
}

/** Wear_Leveling_Count, SSD_Life_Left, Media_Wearout_Indicator, Percent_Lifetime_Remain (smartmontools drivedb) */
const LIFE_ATTRIBUTES = new Set([177, 202, 231, 233]);

interface SmartReport {
  smart_status?: { passed?: boolean };
  nvme_smart_health_information_log?: {
    percentage_used?: number;
    available_spare?: number;
    available_spare_threshold?: number;
  };
  ata_smart_attributes?: { table?: { id: number; value: number }[] };
}
