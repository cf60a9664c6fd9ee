/**
 * What the image gives Node when it runs the gate; a test holds its Dockerfile to it, and the bench measures with it.
 *
 * A review leaves nothing behind, but those under way are alive while what is young is collected: the smaller the place for
 * it, the more often they are copied. 16 MiB is V8's own choice for a large heap, held here for small ones too; with 2 MiB a
 * review takes a tenth to a fifth more processor time, and the process under load no less memory. Large pages for Node's own
 * code (`--use-largepages`) are left out: they copy that code into some 40 MiB that no file stands behind, and save no time.
 *
 * What Maglev needs to compile a function V8 frees on another thread, which does not run while the gate is busy on its one core:
 * some 25 MiB are left after the first minute under load. `--no-maglev-destroy-on-background` keeps them away and is left out:
 * the thread that answers reviews then takes a fifth more processor time for each.
 */
export const nodeFlags = ["--max-semi-space-size=16"];

/**
 * What the image puts into the environment, for the C library. Each thread of Node's (four that compile and collect, four that read
 * files, hash and compress) would otherwise be given a heap of its own, what is freed in one serves no other, and none is given
 * back: with one heap for all, a tenth to a seventh less is left after a burst. They seldom wait for
 * each other: what a review takes, it takes on one thread.
 * https://man7.org/linux/man-pages/man3/mallopt.3.html
 */
export const nodeEnvironment = { MALLOC_ARENA_MAX: "1" };
