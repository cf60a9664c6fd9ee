import { show } from "../../../policies/show.ts";
import type { ModelInFile } from "./format.ts";

/** The model by the name that the file gives it: a path is a place, and not a name. */
export function nameModel(name: string): ModelInFile {
  if (name === "") return { unnamed: "it names no model" };
  if (isPath(name)) return { unnamed: `it names the model by a path, ${show(name)}` };
  return { names: [name] };
}

/** What cannot be a name in a model hub, where a name has at most one slash, between an owner and a model. */
function isPath(name: string): boolean {
  return /^[./~\\]|^[A-Za-z]:|\\|\/$|\/.*\//.test(name);
}
