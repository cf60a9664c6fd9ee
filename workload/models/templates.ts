import type { Container } from "../containers.ts";
import { isOpaque, listOpaqueNames } from "../expansion.ts";
import { normalizePath } from "../file-path.ts";
import type { ServerReading } from "../servers/read-server.ts";
import { findMount, isFixed, type Mount, type Volumes } from "../volumes.ts";

/*
 * A template turns messages into the prompt. It is text, and no part of what is loaded: one of the image, on the command line,
 * or in a ConfigMap is the workload's own, as its prompts are. From elsewhere it is something that nobody looks at.
 */

/** Why a template comes from where the object does not say what lies there; undefined where none does. */
export function findForeignTemplate(
  { templates, source }: ServerReading,
  container: Container,
  mounts: readonly Mount[],
  { byName }: Volumes,
): string | undefined {
  for (const { by, text } of templates) {
    if (isOpaque(text)) return `${by} takes a template from ${listOpaqueNames(text)}`;
    if (/[{\n]/.test(text) && !text.startsWith("/")) continue;
    if (text.includes("://")) return `${by} takes a template from ${text.slice(0, 160)}`;
    const mount = findTemplateMount(text, container, mounts);
    const isOurs = mount === undefined || isFixed(byName.get(mount.volume));
    const isModels = source !== undefined && findTemplateMount(source, container, mounts)?.volume === mount?.volume;
    if (!isOurs && !isModels)
      return `${by} takes a template from the volume at ${mount.at}: keep it in a ConfigMap, in the image, or beside the model`;
  }
  return undefined;
}

function findTemplateMount(written: string, { workingDir }: Container, mounts: readonly Mount[]): Mount | undefined {
  const path = normalizePath(written.startsWith("/") ? written : `${workingDir ?? "/image"}/${written}`);
  return findMount(path, mounts);
}
