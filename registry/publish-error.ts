/** What was to be published cannot be. One problem a line, for whoever asked for it; nothing was published yet. */
export class PublishError extends Error {
  override readonly name = "PublishError";
}
