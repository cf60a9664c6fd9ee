import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { unpack, withPackages } from "./apt.ts";
import { catalogue, type ComponentName } from "./catalogue.ts";
import { answers, findProgram } from "./locate.ts";
import { debianRootName } from "./node-root.ts";
import { renameUnlessThere } from "./rename.ts";

const suite = "trixie";

/**
 * Unpacks a component that is a root folder into `<parent>/<debianRootName()>`, which is whole when it exists. Does nothing
 * for other components, and without apt or a network.
 */
export function unpackDebianRoot(name: ComponentName, parent: string): void {
  const { source } = catalogue[name];
  if (!("debianRoot" in source)) return;
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, ".unpacking-"));
  const unpacked = new Set<string>();
  try {
    for (const [link, target] of links) symlinkSync(target, join(folder, link));
    withPackages(source.debianRoot, suite, (downloaded) => {
      if (unpack(downloaded.file, folder)) unpacked.add(downloaded.name);
    });
    const isWhole = source.debianRoot.every((wanted) => unpacked.has(wanted));
    if (isWhole && answers(findProgram(folder, catalogue[name]), catalogue[name])) {
      renameUnlessThere(folder, join(parent, debianRootName(name, source.debianRoot)));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** In an installed system a package's script makes these. */
const links = ["bin", "sbin", "lib", "lib64"].map((link) => [link, `usr/${link}`] as const);
