/** Limits on what is read from a registry. Each bounds what a hostile one can make the gate hold or do. */
export const limits = {
  /** What the reference registry accepts: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests */
  manifestBytes: 4 * 1024 * 1024,
  /**
   * One layer that is judged, compressed and again unpacked. EvalHub's results have 200 KB at most, a card of 300 rows as many,
   * and what lm-evaluation-harness writes for 200 tasks 900 KB; samples lie in files of their own and are not needed.
   */
  layerBytes: 4 * 1024 * 1024,
  /** All unpacked layers of one artifact together, so that 64 bombs are no worse than two. */
  contentBytes: 8 * 1024 * 1024,
  /** What is held of one answer, or unpacked from it, without waiting for one of the few places for more. */
  smallBytes: 256 * 1024,
  /** The same for values and keys of JSON. */
  smallValues: 8 * 1024,
  layers: 64,
  /** Manifests that an image index of a model may list: one for each platform, or each packing. Real ones have some ten. */
  indexManifests: 256,
  /** Places in which digests of evidence and workload are looked up in one review, to see whether one is a part of the other. */
  indexesRead: 32,
  /** Files of a model that are compared with those that are signed. Large ones have some hundred. */
  modelFiles: 1_024,
  /** For those who download an artifact, and judge nothing. */
  pulledLayers: 16_384,
  tarEntries: 64,
  /** Rows of an evaluation card. The largest collections have some hundred. */
  benchmarks: 1024,
  /** Characters of a name in results: of a benchmark, its provider, a metric. The longest seen has 90. */
  nameCharacters: 512,
  /** Results artifacts of one card that are read. */
  followedArtifacts: 16,
  jsonDepth: 64,
  /** Keys of one object. The largest in real results, one for each task of a suite, has some 200. */
  jsonKeys: 8_000,
  /**
   * Values and keys of one document that is read in one go, which takes some milliseconds: manifests, lists, signatures,
   * statements. A manifest of 64 layers with one annotation each has 800; a signature's bundle 150.
   */
  jsonValues: 16_384,
  /** Of one string. The largest in real results, a system prompt with its examples, has some 30,000. */
  jsonStringBytes: 256 * 1024,
  /** Of one number. Tools write at most 25. */
  jsonNumberBytes: 1024,
  /** Blanks and line breaks in a row: more than indentation ever takes. */
  jsonBlanks: 64 * 1024,
  /** Annotations of a manifest or descriptor. EvalHub writes about ten. */
  annotations: 1024,
  /** Characters of all annotations and media types of one manifest: what is kept of it. cosign's older form has 10,000 for a signature. */
  annotationCharacters: 1024 * 1024,
  /** A list of referrers: its pages, and its entries. Real lists have a few; one signature a night makes 365 a year. */
  referrerPages: 16,
  referrersListed: 4_096,
  /** One page of it, or the manifest under the tag of cosign 2: some 2,000 entries. Reading one takes milliseconds. */
  listBytes: 1024 * 1024,
  /** Layers of that manifest: cosign 2 adds one for each signature. */
  olderSignatures: 1_024,
  /** The list of an image layout: some 20,000 manifests. And the file that says it is one. */
  layoutIndexBytes: 8 * 1024 * 1024,
  layoutMarkerBytes: 4 * 1024,
  /** Manifests of an image layout that are searched for referrers: each is read. */
  layoutManifests: 16_384,
  /** Listed manifests that are fetched, to see what they are. Those that can be what is looked for come first. */
  referrerManifests: 256,
  /** Evaluations that a model's list is searched for. */
  discovered: 64,
  /** Evaluations that may stand against others, on the lists of all places and models of one workload. */
  rivals: 512,
  /** Signatures of one artifact that are fetched, the bytes of each, and of all. Real ones have 2 to 10 KB. */
  signatures: 128,
  signatureBytes: 256 * 1024,
  signatureBytesTogether: 4 * 1024 * 1024,
  /** Signatures in one DSSE envelope that stands alone. Tools write one. */
  envelopeSignatures: 8,
  /** Entries of logs in one bundle, and timestamps. Tools write one of each. */
  witnesses: 8,
  /** Pairs of a signature and a signer of the policies that are tried. */
  verifications: 256,
  /** Redirects followed for one request; a registry needs one, to its blob store. */
  redirects: 5,
} as const;
