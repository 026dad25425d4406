// Makes `npm run …` and `npm test` work from a fresh clone: installs the locked packages when they are missing or older than the
// lock file. Plain JavaScript, because it runs on whatever Node (>= 20) the machine has; everything after it runs on Node 24.
import { spawnSync } from "node:child_process";
import { lstatSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const changedAt = (file) => statSync(root + file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

if (changedAt("node_modules/.package-lock.json") < changedAt("package-lock.json") || !changedAt("node_modules/.bin/node")) {
  if (lstatSync(`${root}node_modules`, { throwIfNoEntry: false })?.isSymbolicLink()) {
    // npm would empty what the link leads to, for everybody who uses it.
    console.error(
      "node_modules is a symbolic link, and what it leads to does not fit package-lock.json: remove the link, or install there.",
    );
    process.exit(1);
  }
  console.error("Installing packages (npm ci) …");
  const { status, error } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (error) console.error(`npm could not be started: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}
