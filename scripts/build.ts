/**
 * `npm run build`: the whole program as dist/assaygate.mjs and, beside it, `chunks/` with what only some commands load, and with
 * most commands once more as one script. It needs nothing but Node.
 *
 * `--outfile FILE` builds to another place. The version in package.json stands in the bundle wherever the code says
 * ASSAYGATE_VERSION, and the script's name where it says ASSAYGATE_SCRIPT.
 */
import { chmodSync, rmSync, statSync } from "node:fs";
import { builtinModules } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { build, type Metafile } from "esbuild";
import { options, root } from "./bundle/options.ts";
import { buildScript, doorEntries, doorFiles } from "./bundle/script.ts";

const { values } = parseArgs({ options: { outfile: { type: "string", default: join(root, "dist/assaygate.mjs") } } });

/** The image holds these files alone: an import of anything but Node itself would fail there at the latest. */
function strangers({ outputs }: Metafile): string[] {
  const imported = Object.values(outputs).flatMap((output) => output.imports.filter((each) => each.external === true));
  return imported
    .map((each) => each.path)
    .filter((path) => !path.startsWith("node:") && !builtinModules.includes(path) && !doorFiles.has(path));
}

/** Dependencies in CommonJS call `require` for Node's own modules, which an ES module does not have. */
const requireForModules = [
  'import { createRequire as assaygateCreateRequire } from "node:module";',
  "const require = assaygateCreateRequire(import.meta.url);",
].join("\n");

async function buildAll(): Promise<string[]> {
  const folder = dirname(values.outfile);
  rmSync(join(folder, "chunks"), { recursive: true, force: true });
  const script = await buildScript(folder);
  const modules = await build({
    ...options,
    define: { ...options.define, ASSAYGATE_SCRIPT: JSON.stringify(script.path) },
    entryPoints: [{ in: join(root, "cli/main.ts"), out: basename(values.outfile, ".mjs") }, ...doorEntries],
    outdir: folder,
    chunkNames: "chunks/[name]-[hash]",
    outExtension: { ".js": ".mjs" },
    // What is imported on the way, the cluster's client above all, takes no memory of the commands that do without.
    splitting: true,
    format: "esm",
    banner: { js: requireForModules },
  });
  return [script.metafile, modules.metafile].flatMap(strangers);
}

const outside = await buildAll().catch((cause: unknown) => {
  // esbuild has said what is wrong, with the place.
  if (cause instanceof Error && "errors" in cause) process.exit(1);
  throw cause;
});
if (outside.length > 0) throw new Error(`The bundle still imports ${outside.join(", ")}`);
chmodSync(values.outfile, 0o755);
console.log(`${relative(process.cwd(), values.outfile)}: ${Math.round(statSync(values.outfile).size / 1024)} KiB`);
