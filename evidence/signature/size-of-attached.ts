import type { AttachedSignature, AttachedSignatures, SimpleSigning } from "./attached-signature.ts";

/** About how many bytes of memory they take. An attacker's signatures can be far larger than others. */
export function measureAttached({ all, manifest }: AttachedSignatures): number {
  return all.reduce((sum, one) => sum + measureSize(one), manifest.byteLength + 256);
}

function measureSize(signature: AttachedSignature): number {
  switch (signature.kind) {
    case "bundle":
    case "registration":
    case "attestation":
    case "model":
    case "revocation":
    case "envelope":
    case "notation":
      return signature.bytes.byteLength + 64;
    case "simple-signing":
      return signature.payload.byteLength + measureLength(signature) + 64;
    case "broken":
      return signature.message.length + 64;
  }
}

function measureLength({ signature, certificate = "", logEntry = "", timestamp = "" }: SimpleSigning): number {
  return signature.length + certificate.length + logEntry.length + timestamp.length;
}
