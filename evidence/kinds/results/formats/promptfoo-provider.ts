import { isObject } from "../../../../policies/is-object.ts";
import { show } from "../../../../policies/show.ts";
import type { ModelInFile } from "../format.ts";

/** What promptfoo asks that is a program, a place or a stand-in, and never the name of a model. */
const noModel =
  /^(?:echo$|exec:|file:|https?:|wss?:|python:|golang:|ruby:|package:|webhook:|browser|mcp|promptfoo:|sequence|manual-input)/;

/**
 * The model of the one provider that all results are of: its label where the config gives one, or what stands behind a colon in
 * its id, such as `acme/granite` in `openai:chat:acme/granite`. Which colon it is only promptfoo knows, so each may stand in
 * an annotation, and alone the id counts as it is.
 */
export function nameProvider(providers: readonly string[], config: Readonly<Record<string, unknown>>): ModelInFile {
  const [provider, ...others] = new Set(providers);
  if (provider === undefined || provider === "") return { unnamed: "it names no provider" };
  if (others.length > 0)
    return { unnamed: `its results are of several providers, ${show(provider)} and ${show(others[0])}` };
  if (isLabel(provider, config)) return { names: [provider] };
  if (noModel.test(provider)) return { unnamed: `its provider ${show(provider)} is not a model` };
  const parts = provider.split(":");
  const names = parts.slice(1, maxParts).map((_, at) => parts.slice(at + 1).join(":"));
  return { names: [provider, ...names.filter((name) => name !== "")] };
}

const maxParts = 8;

function isLabel(provider: string, { providers }: Readonly<Record<string, unknown>>): boolean {
  return Array.isArray(providers) && providers.some((one) => isObject(one) && one["label"] === provider);
}
