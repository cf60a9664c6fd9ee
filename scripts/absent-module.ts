/**
 * Stands in for packages that a dependency imports where they are installed, and does without otherwise: `build.ts` lists them.
 */
throw new Error("this package is not part of the program");
