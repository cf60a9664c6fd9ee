import type { Container } from "../containers.ts";
import { isOpaque, listOpaqueNames } from "../expansion.ts";
import { normalizePath } from "../file-path.ts";
import type { ServerReading } from "../servers/read-server.ts";
import { findMount, isFixed, type Mount, type Volumes } from "../volumes.ts";

/*
 * A template turns messages into the prompt. It is text, and no part of what is loaded: one of the image, on the command line,
 * or in a ConfigMap is the workload's own, as its prompts are. From elsewhere it is something that nobody looks at.
 */

/** Each is looked for among all mounts. A server takes one, or one for each of its tasks. */
const maxTemplates = 16;

/** Why a template comes from where the object does not say what lies there; undefined where none does. */
export function findForeignTemplate(
  { templates, source }: ServerReading,
  container: Container,
  mounts: readonly Mount[],
  { byName }: Volumes,
): string | undefined {
  if (templates.length > maxTemplates) return `more than ${maxTemplates} templates are given`;
  const ofModel = source === undefined ? undefined : findTemplateMount(source, container, mounts)?.volume;
  for (const { by, text } of templates) {
    if (isOpaque(text)) return `${by} takes a template from ${listOpaqueNames(text)}`;
    if (/^\s*[a-z][a-z0-9+.-]*:\/\//i.test(text)) return `${by} takes a template from ${text.slice(0, 160)}`;
    // A template on the line is taken for a path first, as servers do.
    const mount = findTemplateMount(text, container, mounts);
    if (mount === undefined || mount.volume === ofModel || isFixed(byName.get(mount.volume))) continue;
    return `${by} takes a template from the volume at ${mount.at}: keep it in a ConfigMap, in the image, or beside the model`;
  }
  return undefined;
}

function findTemplateMount(written: string, { workingDir }: Container, mounts: readonly Mount[]): Mount | undefined {
  const path = normalizePath(written.startsWith("/") ? written : `${workingDir ?? "/image"}/${written}`);
  return findMount(path, mounts);
}
