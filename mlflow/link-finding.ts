/** One part of the way from a run or a logged model to its artifact and back. */
export interface LinkFinding {
  /** Where the way begins, its tags, the artifact that they name, what that says about its run, and for a model that run. */
  readonly part: "run" | "model" | "tags" | "artifact" | "annotation";
  /**
   * `missing`: was never written. `changed`: says something else than the other side. `gone`: what is named is not there.
   * `unknown`: could not be looked at, which says nothing about it.
   */
  readonly state: "ok" | "missing" | "changed" | "gone" | "unknown";
  readonly said: string;
}
