/** The clients of Sigstore's services, apart, because they are large. */
export { DSSEBundleBuilder, FulcioSigner, InternalError, RekorWitness, TSAWitness } from "@sigstore/sign";
