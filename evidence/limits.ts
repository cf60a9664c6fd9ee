/** Limits on what is read from a registry. Each bounds what a hostile one can make the gate hold or do. */
export const limits = {
  /** What the reference registry accepts: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests */
  manifestBytes: 4 * 1024 * 1024,
  /** One layer, compressed and again unpacked: results files are kilobytes, sample logs are not needed. */
  layerBytes: 16 * 1024 * 1024,
  layers: 64,
  tarEntries: 64,
  jsonDepth: 64,
  /** Annotations of a manifest. EvalHub writes about ten. */
  annotations: 1024,
  /** Redirects followed for one request; a registry needs one, to its blob store. */
  redirects: 5,
} as const;
