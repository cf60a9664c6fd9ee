import { join } from "node:path";
import type { BuildOptions } from "esbuild";
import manifest from "../../package.json" with { type: "json" };

/** The folder of the checkout. */
export const root = join(import.meta.dirname, "../..");

/** Stands in for what is left out. */
export const absentModule = join(root, "scripts/absent-module.ts");

/** What the modules and the script of the bundle have in common: everything that they are made of is inside. */
export const options = {
  absWorkingDir: root,
  // For proxies that ask for Kerberos, which the client of Sigstore's services supports where the package is installed.
  alias: { kerberos: absentModule },
  bundle: true,
  define: {
    ASSAYGATE_VERSION: JSON.stringify(manifest.version),
    // ws, which @kubernetes/client-node brings, would load native helpers if they were there; one file has none.
    "process.env.WS_NO_BUFFER_UTIL": '"1"',
    "process.env.WS_NO_UTF_8_VALIDATE": '"1"',
  },
  // The licences of what is inside go where the code goes.
  legalComments: "eof",
  logLevel: "warning",
  metafile: true,
  minify: true,
  platform: "node",
  sourcemap: "linked",
  sourcesContent: false,
  target: "node24",
} as const satisfies BuildOptions;
