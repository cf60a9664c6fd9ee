import type { Source } from "../registry/source.ts";
import type { PlacesOptions } from "../runtime/places.ts";

/** Places for fetches of one sort: each registry has as many of its own as it would be asked for at once by one review or two. */
export const fetchPlaces: PlacesOptions = { own: 8, shared: 32 };

/** Whose places a fetch takes: those of the registry, as it is read under one identity. */
export function getRegistry(source: Source, repository: string): string {
  return JSON.stringify([getHost(repository), source.scope(repository)]);
}

/** The host of `host/path`; empty where there is none. */
export function getHost(repository: string): string {
  return repository.slice(0, Math.max(repository.indexOf("/"), 0));
}
