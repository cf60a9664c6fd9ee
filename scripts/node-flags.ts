/**
 * What the image gives Node when it runs the gate; a test holds its Dockerfile to it, and the bench measures with it.
 *
 * A review leaves nothing behind, so a small young generation halves the memory of the process and costs no time. Large
 * pages for Node's own code, where the machine has them, spare every review some misses.
 */
export const nodeFlags = ["--max-semi-space-size=2", "--use-largepages=silent"];
