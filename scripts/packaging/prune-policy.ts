// Which files of an npm package go into the package: what runs on the target, and licences. Everything else – other
// platforms' binaries, C sources, types, maps, bundles for browsers, tests, words for developers – stays behind.

import type { Target } from './target.ts';

const LICENCE = /(^|\/)(licen[cs]e|notice|copying|third-?party-?notices?)[^/]*$/i;
const FOR_DEVELOPERS = [
  /\.(d\.[cm]?ts|ts|map|md|markdown|flow|gyp|gypi|cc?|cpp|h|hpp|tsbuildinfo)$/i,
  /(^|\/)(tests?|__tests__|benchmarks?|bench|examples?|docs|coverage|\.github)\//i,
  /(^|\/)\.[^/]+$/,
  /\.(min|umd)\.js$|\/favicon\.ico$/,
  // beside a package's own package.json: its tests, measurements, settings, and what stands in for it in a browser
  /^(@[^/]+\/)?[^/]+\/(test\w*|bench(mark)?|example|browser|polyfill|eslint\.config)\.m?js$/,
  /\/(tsconfig\.json|CNAME|Cakefile|[\w-]+\.(sh|bnf)|\.husky\/.*)$/,
];
/** Folders that only building, another module system or a browser needs. */
const UNUSED: readonly RegExp[] = [
  /^@types\//,
  /^better-sqlite3\/(deps|src)\//,
  // one for each platform, for bundles
  /^better-sqlite3\/lib\/\w+-(x64|arm64)\.js$/,
  /^zod\/(src|v3|mini|v4-mini|v4\/mini|locales)\//,
  /^zod\/.*\.cjs$/,
  /^yaml\/browser\//,
  /^@babel\/runtime\/helpers\/esm\//,
  /^mqtt\/(dist|build\/bin|help)\//,
  /^sharp\/(src|install)\//,
  // the agent takes it as a module
  /^sharp\/dist\/.*\.cjs$/,
  /^pino\/((bin|file)\.js$|build\/|index\.html$)/,
  /^(sonic-boom\/(check\.js|fixtures\/)|tslib\/|@pinojs\/redact\/scripts\/)/,
  /^(worker-factory|fast-unique-numbers|worker-timers-worker)\/build\/es5\/(?!bundle\.js$)/,
  /^semver\/bin\//,
  /^@cycjimmy\/jsmpeg-player\/dist\/.*\.cjs$/,
  /^lru-cache\/dist\/esm\//,
  /^tslib\/tslib\.es6\./,
  /^event-target-shim\/dist\/.*\.mjs$/,
  /\/build\/es20\d\d\//,
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

const NAMED_HELPER = /require\(["'](?:\.\/(\w+)|(?:\.\.|@babel\/runtime)\/helpers\/(\w+))(?:\.js)?["']\)/g;

/**
 * Babel's helpers are a file each, 120 of them; the bundles that use them name a handful.
 * @param texts file → content, of the helpers (`@babel/runtime/helpers/x.js`) and of everything that may name one
 * @returns the helpers that nothing names, directly or through others
 */
export function unnamedHelpers(texts: ReadonlyMap<string, string>): string[] {
  const folder = '@babel/runtime/helpers/';
  const isHelper = (path: string) => path.startsWith(folder) && path.endsWith('.js');
  const named = new Set<string>();
  const follow = (path: string, text: string): void => {
    for (const [, inside, outside] of text.matchAll(NAMED_HELPER)) {
      if (inside !== undefined && !isHelper(path)) continue;
      const helper = `${folder}${inside ?? outside}.js`;
      const content = texts.get(helper);
      if (content === undefined || named.has(helper)) continue;
      named.add(helper);
      follow(helper, content);
    }
  };
  for (const [path, text] of texts) if (!isHelper(path)) follow(path, text);
  return [...texts.keys()].filter((path) => isHelper(path) && !named.has(path));
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
