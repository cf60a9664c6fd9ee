import { toFlagTable } from "./table.ts";

/** Made by `npm run server-flags` from huggingface_hub 0.34.4 to 0.36.0; not to be edited. */
export const huggingfaceCli = toFlagTable({
  package: "huggingface_hub",
  version: "0.36.0",
  oldest: "0.34.4",
  positionals: [
    { name: "repo_id", arity: "one" },
    { name: "filenames", arity: "many" },
  ],
  allowAbbrev: true,
  underscores: false,
  none: `
    --force-download --help=-h --quiet --resume-download
  `,
  one: `
    --cache-dir --local-dir --local-dir-use-symlinks --max-workers --repo-type --revision --token
  `,
  many: `
    --exclude --include
  `,
});
