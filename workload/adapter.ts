import { readSource, type Source } from "./model-source.ts";

/** An adapter (LoRA) that a server loads. */
export interface Adapter {
  /** What its source is called; of a place, the alias that the requester gives it. */
  readonly name: string;
  /** Where it lies, if that names none: then it may be any, whatever it is called. */
  readonly place: string | undefined;
}

/** An alias is not an identity: where the source has a name of its own, that is the adapter's. A place leaves only the alias. */
export function readAdapter(alias: string, source: string): Adapter {
  const read = readSource(source);
  return read.kind === "named" ? { name: nameSource(read), place: undefined } : { name: alias, place: source };
}

/** A source's name, with its digest. */
export function nameSource({ name, digest }: Extract<Source, { kind: "named" }>): string {
  return digest === undefined ? name : `${name}@${digest}`;
}

/** The names of adapters, and why they may be others. */
export function nameAdapters(adapters: readonly Adapter[]): { names: readonly string[]; hidden: string | undefined } {
  const placed = adapters.find(({ place }) => place !== undefined);
  return { names: adapters.map(({ name }) => name), hidden: placed && explainPlace(placed) };
}

/** Why an adapter of a place may be any, in words. */
function explainPlace({ name, place = "" }: Adapter): string {
  return `the adapter ${name.slice(0, 80)} is whatever lies at ${place === "" ? "a place that is not named" : place.slice(0, 160)}`;
}
