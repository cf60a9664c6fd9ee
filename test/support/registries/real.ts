import type { ComponentName } from "../../../scripts/components/catalogue.ts";
import { startDockerRegistry, type DockerRegistry } from "../docker-registry.ts";
import { startOlareg } from "../olareg.ts";
import { orasPut } from "../oras.ts";
import { readByHttp } from "./reading.ts";
import { password, type RegistryTarget } from "./target.ts";

const user = "gate";
const path = "acme/evals";

type Different = Pick<RegistryTarget, "asksForLogin" | "referrers">;

/** distribution, in one of its versions: behind a password, and without a list of referrers, so that oras keeps the tag. */
export function distribution(component: "docker-registry" | "distribution", name: string): RegistryTarget {
  const start = (): Promise<DockerRegistry> => startDockerRegistry({ component, htpasswd: { user, password } });
  return real(component, name, { asksForLogin: true, referrers: "tagged" }, start);
}

/** The one that keeps a list of referrers, and is open to everybody. */
export const olareg = real("olareg", "olareg", { asksForLogin: false, referrers: "listed" }, startOlareg);

/** A registry that others made, filled by the real oras. */
function real(
  component: ComponentName,
  name: string,
  different: Different,
  startServer: () => Promise<DockerRegistry>,
): RegistryTarget {
  return {
    name,
    made: "real",
    needs: [component, "oras"],
    elsewhere: "absent",
    ...different,
    async start() {
      const registry = await startServer();
      return {
        ...readByHttp({ host: registry.host, plainHttp: true }, user),
        repository: `${registry.host}/${path}`,
        imitation: undefined,
        put: (artifact, tag) =>
          orasPut(registry, path, artifact, different.asksForLogin ? { user, password } : {}, tag),
        [Symbol.asyncDispose]: () => registry.stop(),
      };
    },
  };
}
