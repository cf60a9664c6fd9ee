/**
 * Stops with a clear message on a Node that is too old, before anything it could not parse is loaded.
 *
 * Plain JavaScript of 2020: it has to run on the very versions it refuses.
 */
const oldestMajor = 24;

if (Number(process.versions.node.split(".")[0]) < oldestMajor) {
  console.error(
    [
      `Assaygate needs Node ${oldestMajor} or later; this is Node ${process.versions.node} (${process.execPath}).`,
      `On Linux \`npm ci\`, without --omit=optional, brings Node ${oldestMajor} along and \`npm run\` and \`npm test\` use it.`,
      `Elsewhere, install Node ${oldestMajor}, then try again.`,
    ].join("\n"),
  );
  process.exit(1);
}
