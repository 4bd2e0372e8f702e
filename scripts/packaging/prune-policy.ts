// Which files of an npm package go into the package: what runs on the target, and licences. Everything else – other
// platforms' binaries, C sources, types, maps, bundles for browsers, tests, words for developers – stays behind.

import type { Target } from './target.ts';

const LICENCE = /(^|\/)(licen[cs]e|notice|copying|third-?party-?notices?)[^/]*$/i;
const FOR_DEVELOPERS = [
  /\.(d\.[cm]?ts|ts|map|md|markdown|flow|gyp|gypi|cc?|cpp|h|hpp|tsbuildinfo)$/i,
  /(^|\/)(tests?|__tests__|benchmarks?|bench|examples?|docs|coverage|\.github)\//i,
  /(^|\/)\.[^/]+$/,
];
/** Folders that only building, another module system or a browser needs. */
const UNUSED: readonly RegExp[] = [
  /^@types\//,
  /^better-sqlite3\/(deps|src)\//,
  /^zod\/(src\/|.*\.cjs$)/,
  /^yaml\/browser\//,
  /^@babel\/runtime\/helpers\/esm\//,
  /^mqtt\/dist\//,
  /^sharp\/(src|install)\//,
  /^onnxruntime-node\/(script|lib)\//,
  /^onnxruntime-common\/(dist\/esm|lib)\//,
  /^@img\/sharp-libvips-[^/]+\/lib\/glib-2\.0\//,
];

/**
 * Whether a file belongs into the package.
 * @param path below node_modules, `better-sqlite3/prebuilds/linux-x64.node`
 */
export function wanted(path: string, { cpu }: Target): boolean {
  if (LICENCE.test(path)) return true;
  const sqlite = /^better-sqlite3\/prebuilds\/(.+)\.node$/.exec(path);
  if (sqlite) return sqlite[1] === `linux-${cpu}`;
  const onnx = /^onnxruntime-node\/bin\/napi-v\d+\/([^/]+)\/([^/]+)\/(.+)$/.exec(path);
  if (onnx)
    return onnx[1] === 'linux' && onnx[2] === cpu && !/webgpu|dawn|cuda|tensorrt/i.test(onnx[3] ?? '');
  return ![...UNUSED, ...FOR_DEVELOPERS].some((pattern) => pattern.test(path));
}

/** Licences that may be in the package; LGPL only where a library can be exchanged (libvips, a shared object). */
export function licenceAllowed(name: string, licence: string): boolean {
  if (name.startsWith('@img/sharp-libvips-')) return licence === 'LGPL-3.0-or-later';
  const free = /^(MIT|ISC|0BSD|CC0-1\.0|Apache-2\.0|BSD-[23]-Clause|BlueOak-1\.0\.0|Python-2\.0)$/;
  return licence
    .replace(/[()]/g, '')
    .split(/ (?:AND|OR) /)
    .every((one) => free.test(one));
}
