import type { Benchmark, Evaluator, Gap, Samples } from "../../../policies/artifact.ts";
import type { ZipEntry } from "../archive/zip.ts";
import type { Reading } from "../kind.ts";

/**
 * How the files of one evaluator are told apart, by their shape and never by a name, and read. One file per format;
 * `formats.ts` lists them. What a file holds is attacker-controlled.
 */
export interface Format {
  /** The evaluator's name in messages, such as `lm-evaluation-harness`. */
  readonly name: string;
  /** Whether the file has this format's shape. Cheap, and false for everything that another format recognises. */
  recognises(file: ResultsFile): boolean;
  /**
   * The results in a file that it recognises. Throws ARTIFACT_INVALID, with the place, for one that is malformed, and
   * EVALUATION_INCOMPLETE for a run that did not end.
   */
  read(file: ResultsFile, reading: FileReading): Promise<FileResults>;
}

/**
 * A file that may hold results, by how it is written. What is parsed is parsed strictly, within the artifact's budget and with
 * pauses.
 */
export type ResultsFile =
  | { readonly kind: "json"; readonly value: unknown }
  /** One JSON value a line. `first` is parsed; the others are for the format to parse, or to pass over unparsed. */
  | { readonly kind: "json-lines"; readonly first: unknown; readonly lines: readonly Buffer[] }
  /** The names in a zip archive; each is unpacked where a format asks for it. */
  | { readonly kind: "zip"; readonly entries: ReadonlyMap<string, ZipEntry> };

/** What reading one file takes. */
export interface FileReading extends Pick<Reading, "budget"> {
  /** To be called before each entry; gives way to others where enough was read since it did. */
  pause(): Promise<void>;
  /** The JSON value in the bytes. Throws ARTIFACT_INVALID with `where` in front: a line or an entry; "" for the whole file. */
  json(bytes: Uint8Array, where: string): Promise<unknown>;
  /** To be called before more than `limits.smallBytes` are held besides the file. */
  takePlace(): Promise<void>;
}

/** What one file says. */
export interface FileResults {
  readonly evaluator: Evaluator;
  readonly benchmarks: readonly BenchmarkResults[];
  readonly model: ModelInFile;
  readonly ended: TimeInFile;
  /** What is there and is not a result, each with why, in words. */
  readonly passedOver: readonly string[];
}

/** One benchmark in a file: what every one of the gate's benchmarks says, besides its tool. Metrics without samples are none. */
export interface BenchmarkResults extends Pick<Benchmark, "id" | "version" | "metrics"> {
  readonly samples: Samples | undefined;
  readonly gaps: readonly Gap[] | undefined;
}

/**
 * The model's names: each may stand in an annotation, the first counts where none does. Or why the file does not name it, as in
 * `the model is named by a path`.
 */
export type ModelInFile = { readonly names: readonly [string, ...string[]] } | { readonly unnamed: string };

/** An RFC 3339 time; or why there is none, as in `its time has no zone`. */
export type TimeInFile = { readonly time: string } | { readonly untimed: string };
