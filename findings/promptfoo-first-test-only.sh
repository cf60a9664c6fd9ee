#!/bin/bash
# promptfoo 0.121.20, `promptfoo eval --filter-first-n 1`: the file of results does not say that it is about a part.
#
# Expected was that the file says that it was filtered, as it says for --filter-providers: `runtimeOptions.providerFilter`.
# Seen instead, with four tests of which the first passes and three fail: the file of the filtered run has 1 test passed and 0
# failed, exit code 0; `config.tests` holds all four tests all the same, and no field tells of the filter. The same for
# --filter-pattern. Only who counts the tests in the config, and knows how promptfoo multiplies them, sees what is missing.
#
# So a file with a pass rate of 1 proves nothing about the config that is in it.
#
# Without the parts that ask real models (--omit=optional); the binding of its database is installed beside it.
# Ends with 1 if any of this has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
quiet=(--cache "$work/cache" --ignore-scripts --no-audit --no-fund --loglevel=error)
mkdir -p "$work/app"
echo '{"private": true}' | tee "$work/package.json" > "$work/app/package.json"
(cd "$work" && npm install "${quiet[@]}" libsql@0.5.29 > npm.txt)
(cd "$work/app" && npm install "${quiet[@]}" --omit=optional promptfoo@0.121.20 > npm.txt)
cd "$work"
export HOME="$work/home" PROMPTFOO_CONFIG_DIR="$work/home/config"
export PROMPTFOO_DISABLE_TELEMETRY=1 PROMPTFOO_DISABLE_UPDATE=1 PROMPTFOO_DISABLE_REMOTE_GENERATION=1
mkdir "$HOME"
cat > config.yaml <<'YAML'
prompts: ["Say {{word}}"]
providers: [echo]
tests:
  - {description: first, vars: {word: hazel}, assert: [{type: contains, value: hazel}]}
  - {description: second, vars: {word: rowan}, assert: [{type: contains, value: hazel}]}
  - {description: third, vars: {word: aspen}, assert: [{type: contains, value: hazel}]}
  - {description: fourth, vars: {word: alder}, assert: [{type: contains, value: hazel}]}
YAML
run() { # run NAME OPTIONS...
  local name=$1 status=0
  shift
  app/node_modules/.bin/promptfoo eval -c config.yaml -o "$name.json" --no-cache --no-table "$@" > "$name.txt" 2>&1 || status=$?
  echo "$status" > "$name.status"
}
run all
run first --filter-first-n 1
run pattern --filter-pattern '^first$'
run provider --filter-providers echo
node - <<'JS'
const { readFileSync } = require("node:fs");
const { isDeepStrictEqual } = require("node:util");

/** Every key in the file that tells of a filter or of a limit, outside of single results. */
function listFilters(value) {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [...(/filter|limit|first/i.test(key) ? [key] : []), ...listFilters(inner)]);
}
function look(name) {
  const file = JSON.parse(readFileSync(`${name}.json`, "utf8"));
  const [{ metrics }] = file.results.prompts;
  return {
    exit: readFileSync(`${name}.status`, "utf8").trim(),
    ran: [metrics.testPassCount, metrics.testFailCount],
    testsInConfig: file.config.tests.length,
    filters: listFilters({ ...file, results: { ...file.results, results: [] } }),
  };
}
const filtered = { exit: "0", ran: [1, 0], testsInConfig: 4, filters: [] };
const expected = {
  all: { exit: "100", ran: [1, 3], testsInConfig: 4, filters: [] },
  first: filtered,
  pattern: filtered,
  provider: { exit: "100", ran: [1, 3], testsInConfig: 4, filters: ["providerFilter"] },
};
for (const [name, wanted] of Object.entries(expected)) {
  const seen = look(name);
  if (!isDeepStrictEqual(seen, wanted)) {
    console.error(`changed: ${name}: expected ${JSON.stringify(wanted)}, seen ${JSON.stringify(seen)}`);
    process.exit(1);
  }
  console.log(`${name}: ${wanted.ran[0]} passed, ${wanted.ran[1]} failed, ${wanted.testsInConfig} tests in the config, tells of ${wanted.filters.join() || "no filter"}`);
}
JS
