import type { BuiltArtifact } from "../artifacts.ts";
import type { Dialect } from "../hostile-registry/dialects/dialect.ts";
import { startDialect } from "../hostile-registry/dialects/start.ts";
import type { HostileRegistry } from "../hostile-registry/server.ts";
import { subjectOf } from "../hostile-registry/store.ts";
import { readByHttp } from "./reading.ts";
import { password, type RegistryTarget } from "./target.ts";

/** An imitated registry under its real name: the options say that its API is on this machine. */
export function imitated(dialect: Dialect): RegistryTarget {
  const { name, host, path, user, authKey, referrers, missingRepository } = dialect;
  return {
    name,
    made: "imitated",
    needs: [],
    asksForLogin: true,
    referrers,
    elsewhere: missingRepository,
    async start() {
      const servers = await startDialect(dialect, password);
      const { registry, tokens } = servers;
      const about = new Map<string, object[]>();
      const server = {
        host,
        url: registry.url,
        plainHttp: true,
        tokenRealms: [tokens.url],
        redirectHosts: ["127.0.0.1"],
      };
      return {
        ...readByHttp(server, user, authKey),
        repository: `${host}/${path}`,
        imitation: { dialect, servers },
        put(artifact, tag) {
          registry.push(path, artifact);
          if (tag !== undefined) registry.put(path, artifact.manifest, { mediaType: artifact.mediaType, tag });
          if (referrers !== "listed") keepReferrersTag(registry, path, artifact, about);
          return Promise.resolve(artifact.digest);
        },
        [Symbol.asyncDispose]: () => servers[Symbol.asyncDispose](),
      };
    },
  };
}

/**
 * What clients do where the registry keeps no list.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests-with-subject
 */
function keepReferrersTag(
  registry: HostileRegistry,
  path: string,
  { manifest, mediaType, digest }: BuiltArtifact,
  about: Map<string, object[]>,
): void {
  const subject = subjectOf(manifest);
  if (subject === undefined) return;
  const manifests = [...(about.get(subject) ?? []), { mediaType, digest, size: manifest.length }];
  about.set(subject, manifests);
  const index = { schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests };
  registry.put(path, index, { tag: subject.replace(":", "-") });
}
