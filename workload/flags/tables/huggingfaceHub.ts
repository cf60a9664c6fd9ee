import { toFlagTable } from "./table.ts";

/** Made by `npm run server-flags` from huggingface_hub 0.34.4 to 2.4.0; not to be edited. */
export const huggingfaceHub = toFlagTable({
  package: "huggingface_hub",
  version: "2.4.0",
  oldest: "0.34.4",
  positionals: [
    { name: "repo_id", arity: "one" },
    { name: "filenames", arity: "many" },
  ],
  allowAbbrev: true,
  underscores: false,
  none: `
    --dry-run --force-download --help=-h --no-dry-run --no-force-download --quiet
  `,
  one: `
    --cache-dir --local-dir --max-workers --revision --token --type=--repo-type
  `,
  unsure: `
    --exclude --include
  `,
});
