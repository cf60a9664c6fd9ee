declare const ASSAYGATE_VERSION: string | undefined;

/** The version of the gate; the build writes it into the bundle. */
export const gateVersion: string = typeof ASSAYGATE_VERSION === "string" ? ASSAYGATE_VERSION : "0.1.0-dev";
