import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";
import { modulesOnly } from "../../cli/script.ts";
import { absentModule, options, root } from "./options.ts";

/** Where large libraries come in. The script takes these from the modules, when they are needed. */
const doors = [
  "certs/x509.ts",
  "evidence/signature/notation/x509.ts",
  "publish/sign/sigstore-sign.ts",
  "registry/remote/network/undici.ts",
  "webhook/cluster/kube-config-class.ts",
];

/** The doors as entries of the modules, in `chunks/`. */
export const doorEntries = doors.map((door) => ({ in: join(root, door), out: `chunks/${toName(door)}` }));

/** What the script may import besides Node. */
export const doorFiles: ReadonlySet<string> = new Set(doors.map(toFile));

function toName(door: string): string {
  return door.slice(0, -".ts".length).replaceAll("/", "-");
}

function toFile(door: string): string {
  return `./${toName(door)}.mjs`;
}

/** Leaves the doors where they are, and the commands out that `cli/script.ts` lists. */
const besidesScript: Plugin = {
  name: "besides-script",
  setup({ onResolve }) {
    onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, resolveDir }) => {
      const file = relative(root, join(resolveDir, path)).replaceAll("\\", "/");
      if (doors.includes(file)) return { path: toFile(file), external: true };
      return modulesOnly.some((command) => file === `cli/${command}.ts`) ? { path: absentModule } : undefined;
    });
  },
};

/** A script that was built. */
export interface BuiltScript {
  /** From the bundle's folder; its content is part of it. */
  readonly path: string;
  readonly metafile: Metafile;
}

/**
 * Makes the script of most commands, a function of `require` and `module`, in `chunks/` of the bundle's folder. It is in Latin-1,
 * which V8 takes as it is.
 */
export async function buildScript(folder: string): Promise<BuiltScript> {
  const { outputFiles, metafile } = await build({
    ...options,
    plugins: [besidesScript],
    entryPoints: [join(root, "cli/run.ts")],
    outdir: join(folder, "chunks"),
    entryNames: "commands-[hash]",
    outExtension: { ".js": ".cjs" },
    format: "cjs",
    // `import()` becomes `require`: everything is at hand, and V8 runs a part when it is first asked for.
    supported: { "dynamic-import": false },
    banner: { js: "(function(require,module){" },
    footer: { js: "})" },
    write: false,
  });
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, path.endsWith(".cjs") ? toLatin1(text) : text);
  }
  const script = outputFiles.find(({ path }) => path.endsWith(".cjs"));
  if (script === undefined) throw new Error("esbuild made no script");
  return { path: `chunks/${basename(script.path)}`, metafile };
}

function toLatin1(text: string): Buffer {
  // oxlint-disable-next-line no-control-regex -- all of Latin-1
  const foreign = /[^\u0000-\u00ff]/.exec(text);
  if (foreign === null) return Buffer.from(text, "latin1");
  throw new Error(`the script has a character outside Latin-1 at ${foreign.index}: ${foreign[0]}`);
}
