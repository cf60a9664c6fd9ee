import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { withLock } from "../../../../scripts/components/lock.ts";
import { getComponentsFolder } from "../../../../scripts/components/locate.ts";

/** How many archives of one image are kept, the newest: branches with other sources take turns. */
const kept = 3;

/** Where archives of images are kept between runs, beside the components. */
const imagesFolder = (): string => join(dirname(getComponentsFolder()), "images");

/**
 * The archive of an image, made by `build` where there is none for these `ingredients`: whatever the image depends on.
 *
 * `build` writes `archive` and may use the empty folder `work`. Several processes may ask at once.
 */
export function keptArchive(
  name: string,
  ingredients: readonly (string | Uint8Array)[],
  build: (archive: string, work: string) => void,
): string {
  const hash = createHash("sha256");
  for (const ingredient of ingredients) hash.update(String(ingredient.length)).update("\n").update(ingredient);
  const archive = join(imagesFolder(), `${name}-${hash.digest("hex").slice(0, 12)}.tar`);
  mkdirSync(imagesFolder(), { recursive: true });
  withLock(`${archive}.lock`, () => {
    if (existsSync(archive)) return;
    const work = mkdtempSync(join(imagesFolder(), `.${name}-`));
    try {
      build(join(work, "image.tar"), work);
      renameSync(join(work, "image.tar"), archive);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
    removeOld(name);
  });
  return archive;
}

function removeOld(name: string): void {
  const own = new RegExp(`^${name}-[0-9a-f]{12}\\.tar$`);
  const files = readdirSync(imagesFolder()).filter((file) => own.test(file));
  const paths = files.map((file) => join(imagesFolder(), file));
  const newestFirst = paths.toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const path of newestFirst.slice(kept)) rmSync(path, { force: true });
}
