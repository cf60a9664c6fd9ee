/** Downloads the programs that tests run against: `npm run components`. `npm test` does the same first. */
import { provideComponents, reportComponents } from "./components/provide.ts";

process.exitCode = reportComponents(provideComponents()) ? 0 : 1;
