import type { Dialect } from "./dialect.ts";

/**
 * Harbor issues tokens at `/service/token` for the service `harbor-registry` (https://github.com/goharbor/harbor/issues/12192),
 * to robots that are named `robot$<project>+<name>`
 * (https://goharbor.io/docs/2.5.0/working-with-projects/project-configuration/create-robot-accounts). It lists referrers since
 * 2.8 (https://github.com/goharbor/harbor/issues/18305). Below it runs the distribution registry, whose uploads have absolute
 * places with a state that changes: https://distribution.github.io/distribution/spec/api/#initiate-blob-upload
 */
export const harbor: Dialect = {
  name: "Harbor",
  host: "harbor.example.com",
  path: "acme/evals",
  user: "robot$acme+gate",
  login: { kind: "token", tokenPath: "/service/token", service: "harbor-registry", elsewhere: false },
  blobs: "sent",
  referrers: "listed",
  missingRepository: "absent",
  uploads: {
    location: ({ url, repository, id, step }) => `${url}/v2/${repository}/blobs/uploads/${id}?_state=state-${step}`,
  },
};
