import { dockerHub as names } from "../../../../registry/remote/registry.ts";
import type { Dialect } from "./dialect.ts";

/**
 * Docker Hub has its API at another host than its references name, tokens at a third
 * (https://docs.docker.com/reference/api/registry/auth), and blobs at a fourth
 * (https://docs.docker.com/desktop/setup/allow-list). A repository that does not exist is answered like one without access
 * (https://github.com/jupyterhub/binderhub/pull/1664). Referrers are listed since 2025:
 * https://github.com/awslabs/soci-snapshotter/issues/1828
 */
export const dockerHub: Dialect = {
  name: "Docker Hub",
  host: "docker.io",
  path: "acme/evals",
  authKey: names.authKey,
  user: "acme",
  login: { kind: "token", tokenPath: "/token", service: "registry.docker.io", elsewhere: true },
  blobs: { status: 307, to: "elsewhere" },
  referrers: "listed",
  missingRepository: "denied",
  uploads: {},
};
