/** The config file cannot be used: where, why, and what to do, one line each. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}
