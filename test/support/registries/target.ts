import type { ComponentName } from "../../../scripts/components/catalogue.ts";
import type { RegistryOptions } from "../../../registry/remote/registry.ts";
import type { Source } from "../../../registry/source.ts";
import type { Digest } from "../../../policies/digest.ts";
import type { BuiltArtifact, Json } from "../artifacts.ts";
import type { Dialect } from "../hostile-registry/dialects/dialect.ts";
import type { Imitation } from "../hostile-registry/dialects/start.ts";

/** A kind of registry that everything must work with in the same way, and the ways in which it differs. */
export interface RegistryTarget {
  readonly name: string;
  /** `real`: a program that others made. `imitated`: what its documents say, served by the tests. */
  readonly made: "real" | "imitated";
  /** Programs that must be there. */
  readonly needs: readonly ComponentName[];
  /** Whether it asks who is there. */
  readonly asksForLogin: boolean;
  readonly referrers: Dialect["referrers"];
  /** What becomes of a digest that it holds when another repository is asked for it. */
  readonly elsewhere: "absent" | "denied" | "found";
  start(): Promise<RunningTarget>;
}

/** One of them, running and empty. */
export interface RunningTarget extends AsyncDisposable {
  /** `host/path`, as references spell it. */
  readonly repository: string;
  /** How its server is reached: what both `createHttpSource` and the gate's configuration take. Undefined for a folder. */
  readonly server: ReachedAt | undefined;
  /** The imitation's servers, which know what they were asked. */
  readonly imitation: { readonly dialect: Dialect; readonly servers: Imitation } | undefined;
  /** A Docker config with the login that is good, or with another password. */
  dockerConfig(password?: string): string;
  /** A source that reads from it, as the user of that Docker config; without one, as nobody. */
  source(dockerConfig?: string): Source & AsyncDisposable;
  /** The part of the gate's configuration that lets it read from here. */
  gateConfig(): Promise<Json>;
  /** Stores an artifact, under a tag too if there is one. What has a subject can be found by it afterwards. */
  put(artifact: BuiltArtifact, tag?: string): Promise<Digest>;
}

export type ReachedAt = Pick<RegistryOptions, "host" | "url" | "plainHttp" | "tokenRealms" | "redirectHosts">;

export const password = "s3cret-canary";
