import { isInCache } from "./caches.ts";
import type { Code } from "./code.ts";
import { replacesCode } from "./code-places.ts";
import type { Download } from "./downloads.ts";

/** What lies in a cache of the hub's client is taken for the model that the folder is named after. */
const hubCache = /(?:^|\/)(?:hub|snapshots|blobs|(?:models|datasets|spaces)--[^/]*)(?:\/|$)/;

/** Folders in which images start their servers, and homes: a cache, code or a model of any name may lie below. */
const homes = /^(?:\/(?:root|home(?:\/[^/]+)?|app|workspace|usr\/src|data\/hub|tmp)?)?$/;

/** Where nobody keeps models, and anything may be read. */
const system = /^\/(?:(?:proc|sys|dev|etc|usr|nix|snap|boot)(?:\/|$)|(?:var|run|opt)$)/;

/** Why what is downloaded may be taken for something else than a model in a folder of its own, in words. */
export function findProblemOfTarget({ source, target }: Download, code: Code): string | undefined {
  if (target === undefined) return undefined;
  const isAside = target.startsWith("/") && !homes.test(target) && !system.test(target);
  if (!isAside || code.isCodePlace(target) || replacesCode(target))
    return `${source} is downloaded to ${target}, where other code or models are looked for`;
  if (hubCache.test(target) || isInCache(target))
    return `${source} is downloaded into a cache, ${target}, under another name`;
  return target.includes("$")
    ? `${source} is downloaded into ${target}, which may be a variable's own name`
    : undefined;
}
