/**
 * `npm run build`: the whole program as dist/assaygate.mjs and, beside it, `chunks/` with what only some commands load. It
 * needs nothing but Node.
 *
 * `--entry FILE` and `--outfile FILE` build another program or to another place. The version in package.json stands
 * in the bundle wherever the code says ASSAYGATE_VERSION.
 */
import { chmodSync, readFileSync, rmSync, statSync } from "node:fs";
import { builtinModules } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { build, type Metafile } from "esbuild";
import manifest from "../package.json" with { type: "json" };

const root = join(import.meta.dirname, "..");

const { values } = parseArgs({
  options: {
    entry: { type: "string", default: join(root, "cli/main.ts") },
    outfile: { type: "string", default: join(root, "dist/assaygate.mjs") },
  },
});

/** esbuild keeps the entry's own first line if it is a shebang; a second one would be a syntax error. */
function banner(entry: string): string {
  const shebang = readFileSync(entry, "utf8").startsWith("#!") ? [] : ["#!/usr/bin/env node"];
  // Dependencies in CommonJS call `require` for Node's own modules, which an ES module does not have.
  const require = [
    'import { createRequire as assaygateCreateRequire } from "node:module";',
    "const require = assaygateCreateRequire(import.meta.url);",
  ];
  return [...shebang, ...require].join("\n");
}

/** The image holds these files alone: an import of anything but Node itself would fail there at the latest. */
function strangers({ outputs }: Metafile): string[] {
  const imported = Object.values(outputs).flatMap((output) => output.imports.filter((each) => each.external === true));
  return imported
    .map((each) => each.path)
    .filter((path) => !path.startsWith("node:") && !builtinModules.includes(path));
}

const folder = dirname(values.outfile);
rmSync(join(folder, "chunks"), { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: [values.entry],
  outdir: folder,
  entryNames: basename(values.outfile, ".mjs"),
  chunkNames: "chunks/[name]-[hash]",
  outExtension: { ".js": ".mjs" },
  // What is imported on the way, the cluster's client above all, takes no memory of the commands that do without.
  splitting: true,
  // For proxies that ask for Kerberos, which the client of Sigstore's services supports where the package is installed.
  alias: { kerberos: join(root, "scripts/absent-module.ts") },
  banner: { js: banner(values.entry) },
  bundle: true,
  define: {
    ASSAYGATE_VERSION: JSON.stringify(manifest.version),
    // ws, which @kubernetes/client-node brings, would load native helpers if they were there; one file has none.
    "process.env.WS_NO_BUFFER_UTIL": '"1"',
    "process.env.WS_NO_UTF_8_VALIDATE": '"1"',
  },
  format: "esm",
  // The licences of what is inside go where the code goes.
  legalComments: "eof",
  logLevel: "warning",
  metafile: true,
  minify: true,
  platform: "node",
  sourcemap: "linked",
  sourcesContent: false,
  target: "node24",
}).catch(() => {
  // esbuild has said what is wrong, with the place.
  process.exit(1);
});

const outside = strangers(metafile);
if (outside.length > 0) throw new Error(`The bundle still imports ${outside.join(", ")}`);
chmodSync(values.outfile, 0o755);
console.log(`${relative(process.cwd(), values.outfile)}: ${Math.round(statSync(values.outfile).size / 1024)} KiB`);
