/**
 * A pattern over repositories, `host[:port]/path`, compared by whole path segments: `*` is one segment, `**` (only as the
 * last one) is one or more. The host is never a pattern.
 */
export interface RepositoryPattern {
  readonly text: string;
  /** True when the pattern names exactly one repository, so that a bare digest can be looked up there. */
  readonly exact: boolean;
  matches(repository: string): boolean;
}

/** One entry of a policy's list of images: one build, in repositories that fit the pattern. */
export interface ImagePattern {
  readonly text: string;
  matches(reference: string): boolean;
}
