import type { Dialect } from "./dialect.ts";

const host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

/**
 * Amazon ECR knows no tokens of the protocol's kind: the user AWS shows a password of twelve hours by HTTP's Basic scheme
 * (https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html). Blobs come from S3
 * (https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html). A PATCH is answered with 201, which no
 * specification has (https://github.com/aws/containers-roadmap/issues/2831). Referrers are listed:
 * https://github.com/awslabs/soci-snapshotter/blob/main/docs/registry.md#list-of-registry-compatibility
 */
export const ecr: Dialect = {
  name: "ECR",
  host,
  path: "acme/evals",
  user: "AWS",
  login: { kind: "basic", challenge: `realm="https://${host}/",service="ecr.amazonaws.com"` },
  blobs: { status: 307, to: "elsewhere" },
  referrers: "listed",
  missingRepository: "absent",
  uploads: { patchStatus: 201 },
};
