import { readBoundedText, sayUnreadable } from "../../runtime/read-text-file.ts";
import { watchUsableContent, type ContentWatch } from "../../runtime/watch-content.ts";
import { CertificateError, type CertificateSubject, type ServingCertificate } from "./serving-certificate.ts";
import type { CertificateSource } from "./source.ts";

/** The PEM files of a gate. */
export interface CertificateFiles {
  /** Undefined, as `keyFile`, where the pair comes from elsewhere. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly clientCaFile?: string | undefined;
}

/**
 * Installs what the files hold, and looks at them again every `reloadMs`. Throws CertificateError when the files cannot be used
 * at the start; later ones that cannot be used leave the last good certificate in force.
 */
export function startFileSource(
  { certFile, keyFile, clientCaFile }: CertificateFiles,
  reloadMs: number,
  certificate: ServingCertificate,
): CertificateSource {
  using watches = new DisposableStack();
  const watch = (subject: CertificateSubject, files: readonly string[], use: WatchedFiles["use"]): void =>
    watches.defer(watchFiles({ subject, files, use, certificate }, reloadMs).stop);
  // The authorities first: no pair is put in force without them.
  if (clientCaFile !== undefined)
    watch("clients", [clientCaFile], ([authorities = ""]) => certificate.trustClients(authorities));
  if (certFile !== undefined && keyFile !== undefined)
    watch("pair", [certFile, keyFile], ([cert = "", key = ""]) => certificate.install({ cert, key }));
  const kept = watches.move();
  return { ca: undefined, problems: () => [], stop: async () => kept.dispose() };
}

interface WatchedFiles {
  readonly subject: CertificateSubject;
  readonly files: readonly string[];
  readonly certificate: ServingCertificate;
  /** Throws CertificateError. */
  use(texts: readonly string[]): void;
}

function watchFiles({ subject, files, use, certificate }: WatchedFiles, reloadMs: number): ContentWatch {
  return watchUsableContent(
    {
      read: () => files.map(readText),
      apply(results) {
        const [problem] = results.flatMap((result) => ("problem" in result ? [result.problem] : []));
        if (problem !== undefined) certificate.refuse(subject, problem);
        use(results.flatMap((result) => ("text" in result ? [result.text] : [])));
      },
      refused(cause) {
        // The certificate's observer was told already.
        if (!(cause instanceof CertificateError)) throw cause;
      },
    },
    reloadMs,
  );
}

function readText(file: string): { readonly text: string } | { readonly problem: string } {
  try {
    return { text: readBoundedText(file) };
  } catch (cause) {
    return { problem: sayUnreadable(file, cause) };
  }
}
