import type { NonEmpty } from "./non-empty.ts";
import type { ImagePattern } from "./patterns.ts";
import type { ValueSource } from "./schema/workload.ts";
import type { ModelGap } from "./workload.ts";

/** How the workload is read. Where it declares things the first source with a value counts. */
export interface WorkloadSources {
  readonly modelName: NonEmpty<ValueSource>;
  readonly modelVersion: NonEmpty<ValueSource>;
  readonly environment: NonEmpty<ValueSource>;
  /** For which gaps a declaration may name the model, and whether one gives its version. A digest is never declared. */
  readonly declared: { readonly names: ReadonlySet<ModelGap>; readonly acceptsVersion: boolean };
  /** Whether an environment that stands elsewhere may change what is loaded. */
  readonly acceptsOpenEnvironment: boolean;
  /** Images that the policy vouches for, with what their entry points do. */
  readonly images: NonEmpty<ImagePattern> | undefined;
}
