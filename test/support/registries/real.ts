import { startDockerRegistry } from "../docker-registry.ts";
import { orasPut } from "../oras.ts";
import { readByHttp } from "./reading.ts";
import { password, type RegistryTarget } from "./target.ts";

const user = "gate";
const path = "acme/evals";

/** A registry that others made, behind a password, filled by the real oras, which keeps the referrers' tag. */
export function real(component: "docker-registry" | "distribution", name: string): RegistryTarget {
  return {
    name,
    made: "real",
    needs: [component, "oras"],
    asksForLogin: true,
    referrers: "tagged",
    elsewhere: "absent",
    async start() {
      const registry = await startDockerRegistry({ component, htpasswd: { user, password } });
      return {
        ...readByHttp({ host: registry.host, plainHttp: true }, user),
        repository: `${registry.host}/${path}`,
        imitation: undefined,
        put: (artifact, tag) => orasPut(registry, path, artifact, { user, password }, tag),
        [Symbol.asyncDispose]: () => registry.stop(),
      };
    },
  };
}
