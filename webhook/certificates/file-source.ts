import { readFileSync } from "node:fs";
import { codeOf } from "../../runtime/error-code.ts";
import { sha256 } from "../policy-set/policy-set.ts";
import { CertificateError, type ServingCertificate } from "./serving-certificate.ts";

export interface CertificateFiles {
  /** Undefined, as `keyFile`, where the pair comes from elsewhere. */
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly clientCaFile?: string | undefined;
}

export interface CertificateWatch {
  stop(): void;
}

/**
 * Installs what the files hold, and looks at them again every `reloadMs`. It compares contents, not times, so that the
 * symbolic links that Kubernetes swaps under a mounted Secret are seen like any other change. Throws CertificateError when the
 * files cannot be used at the start; later ones that cannot be used leave the last good certificate in force.
 */
export function watchCertificateFiles(
  { certFile, keyFile, clientCaFile }: CertificateFiles,
  reloadMs: number,
  certificate: ServingCertificate,
): CertificateWatch {
  const looks: (() => void)[] = [];
  // The authorities first: no pair is put in force without them.
  if (clientCaFile !== undefined)
    looks.push(
      onChange([clientCaFile], {
        read: ([authorities = ""]) => certificate.trustClients(authorities),
        unreadable: (problem) => certificate.refuse("clients", problem),
      }),
    );
  if (certFile !== undefined && keyFile !== undefined)
    looks.push(
      onChange([certFile, keyFile], {
        read: ([cert = "", key = ""]) => certificate.install({ cert, key }),
        unreadable: (problem) => certificate.refuse("pair", problem),
      }),
    );
  for (const look of looks) look();
  const timer = setInterval(() => {
    for (const look of looks) ignoringRefusals(look);
  }, reloadMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

interface Reader {
  read(texts: readonly string[]): void;
  unreadable(problem: string): void;
}

/** Reads the files and tells of them where they, or the reason why they cannot be read, are not what they were. */
function onChange(files: readonly string[], reader: Reader): () => void {
  let seen: string | undefined;
  return () => {
    const results = files.map(readText);
    const state = sha256(JSON.stringify(results));
    if (state === seen) return;
    seen = state;
    const [problem] = results.flatMap((result) => ("problem" in result ? [result.problem] : []));
    if (problem === undefined) reader.read(results.flatMap((result) => ("text" in result ? [result.text] : [])));
    else reader.unreadable(problem);
  };
}

function readText(file: string): { readonly text: string } | { readonly problem: string } {
  try {
    return { text: readFileSync(file, "utf8") };
  } catch (cause) {
    return { problem: `${file}: cannot be read (${codeOf(cause) ?? "unknown error"})` };
  }
}

/** The observer was told already, and the last good certificate serves. */
function ignoringRefusals(look: () => void): void {
  try {
    look();
  } catch (cause) {
    if (!(cause instanceof CertificateError)) throw cause;
  }
}
