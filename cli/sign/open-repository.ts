import { type AccessConfig, createSource, toHttpOptions } from "../../config/sources.ts";
import type { ReadWrite } from "../../publish/push/attach-bundle.ts";
import { createLayoutTarget } from "../../registry/layout/layout-target.ts";
import { createHttpTarget } from "../../registry/remote/http-target.ts";
import type { Io } from "../io.ts";
import { readAccess, type AccessOptions } from "../registry-access.ts";
import type { Target } from "../target.ts";

/** A repository that is written to and read back from, and the configuration behind it. */
export interface OpenRepository extends ReadWrite, AsyncDisposable {
  readonly config: AccessConfig;
}

/** The registry's repository, or the layout. Throws ConfigError. */
export function openRepository(
  { repository, layout }: Pick<Target, "repository" | "layout">,
  asked: AccessOptions,
  io: Pick<Io, "cwd" | "env" | "err">,
): OpenRepository {
  const config = readAccess(layout === undefined ? asked : { config: asked.config }, repository, io);
  const source = createSource(layout === undefined ? withoutMirrors(config) : { ...config, layout }, io.env);
  const target = layout === undefined ? createHttpTarget(toHttpOptions(config, io.env)) : createLayoutTarget(layout);
  const close = async (): Promise<void> => void (await Promise.all([target.close(), source.close()]));
  return { target, source, config, [Symbol.asyncDispose]: close };
}

/** What was written is read back where it was written. */
function withoutMirrors(config: AccessConfig): AccessConfig {
  return { ...config, registries: config.registries.map((registry) => ({ ...registry, mirror: undefined })) };
}
