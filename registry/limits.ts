/** Limits on what is read from a registry. Each bounds what a hostile one can make the gate hold or do. */
export const limits = {
  /** What the reference registry accepts: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests */
  manifestBytes: 4 * 1024 * 1024,
  /** One layer, compressed and again unpacked: results files are kilobytes, sample logs are not needed. */
  layerBytes: 16 * 1024 * 1024,
  /** All unpacked layers of one artifact together, so that 64 bombs are no worse than two. */
  contentBytes: 32 * 1024 * 1024,
  layers: 64,
  /** For those who download an artifact, and judge nothing. */
  pulledLayers: 16_384,
  tarEntries: 64,
  /** Rows of an evaluation card. The largest collections have some hundred. */
  benchmarks: 1024,
  /** Results artifacts of one card that are read. */
  followedArtifacts: 16,
  jsonDepth: 64,
  /** Keys of one object, so that a manifest full of them does not hold up every other review. */
  jsonKeys: 10_000,
  /** Annotations of a manifest or descriptor. EvalHub writes about ten. */
  annotations: 1024,
  /** Pages of a list of referrers, and referrers that are looked at. */
  referrerPages: 4,
  referrers: 64,
  /** Signatures of one artifact that are looked at, and the bytes of each. */
  signatures: 16,
  signatureBytes: 256 * 1024,
  /** Redirects followed for one request; a registry needs one, to its blob store. */
  redirects: 5,
} as const;
