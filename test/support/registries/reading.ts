import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDockerConfigCredentials } from "../../../registry/remote/authorization/docker-credentials.ts";
import { createHttpSource } from "../../../registry/remote/http-source.ts";
import { password, type ReachedAt, type RunningTarget } from "./target.ts";

/** What all targets have in common that are read by HTTP. */
export function readByHttp(
  server: ReachedAt,
  user: string,
  authKey: string = server.host,
): Pick<RunningTarget, "server" | "dockerConfig" | "source" | "gateConfig"> {
  const dockerConfig = (secret = password): string =>
    JSON.stringify({ auths: { [authKey]: { auth: Buffer.from(`${user}:${secret}`).toString("base64") } } });
  return {
    server,
    dockerConfig,
    source: (config) =>
      createHttpSource({
        registries: [{ ...server, maxRetries: 0 }],
        ...(config !== undefined && { credentials: createDockerConfigCredentials(config) }),
      }),
    async gateConfig() {
      const dockerConfigFile = join(await mkdtemp(join(tmpdir(), "assaygate-login-")), "config.json");
      await writeFile(dockerConfigFile, dockerConfig());
      return { registries: [server], credentials: { dockerConfigFile } };
    },
  };
}
