import type { Hazard } from "../flags/hazards.ts";
import type { FlagTable } from "../flags/tables/table.ts";

/**
 * How model servers are told what to load, as data. A server is recognised by its command, never by the name of its image.
 * The flags that it has are in `tables/`; here stands what they mean.
 */
export interface Server {
  /** For messages. */
  readonly title: string;
  /** Words that start it: the program's name, or `-m` and the module, and what must follow. */
  readonly starts: readonly string[];
  /** Images start it by their own entry point, so that their arguments may be its. */
  readonly isEntryPoint: boolean;
  readonly table: FlagTable;
  /** It has all flags of this one, with the same meaning. */
  readonly extendsServer?: Server;
  /** The first positional argument is the model. */
  readonly positional: boolean;
  readonly flags: Settings;
  /**
   * Each variable gives way to the flag at the same place of `flags`, and the last ones to its last flag: to that flag alone. A
   * server that is told two sources by two flags reads both, whoever tells it.
   */
  readonly env: Settings;
  /** It reads variables in any case. */
  readonly foldsVariables?: boolean;
  /** Flags and variables of the model that name a file or an address, however that is spelled. */
  readonly files?: readonly string[];
  /** Of `files`: what is a URI of a hub counts as such. */
  readonly takesUris?: boolean;
  /** Flags and variables of the model that name one of Docker Hub. */
  readonly dockerHub?: readonly string[];
  /** Where this names a repository, the other flags of the model name files of it. */
  readonly fileOf?: {
    readonly repository: { readonly flags: readonly string[]; readonly variables: readonly string[] };
  };
  /** Flags that bring a further part of the model, such as its tokenizer: they must say the same as the model, or its revision. */
  readonly repeats?: { readonly model: readonly string[]; readonly revision: readonly string[] };
  /** Flags that name settings for generation, and the values with which these are the model's own, or none. */
  readonly generation?: Readonly<Record<string, readonly string[]>>;
  /** Flags and variables that name a file of a template for prompts, or hold one. */
  readonly templates?: readonly string[];
  /** Flags for the revision and quantization of a draft model. */
  readonly draftSettings?: Pick<Settings, "revision" | "quantization">;
  /** Flags that make the model unknown, and what they do. */
  readonly hides: Readonly<Record<string, string>>;
  /** Flags that let adapters be loaded which the line does not name. */
  readonly hidesAdapters: Readonly<Record<string, string>>;
  /** Flags that name a further model, such as a draft model: by its name, or in JSON with a `model`. */
  readonly drafts: readonly string[];
  readonly hazards: readonly Hazard[];
}

/** Names of flags or variables that mean the same; the values of all that are given must agree. */
export interface Settings {
  readonly model: readonly string[];
  readonly revision: readonly string[];
  readonly quantization: readonly string[];
  readonly adapters: readonly string[];
}
