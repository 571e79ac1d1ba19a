// Re-creates static/vendor from the packages pinned in package-lock.json.
//   npm ci && npm run vendor          write
//   npm ci && npm run vendor:check    compare byte for byte, exit 1 on any difference
//   npm run lock                      resolve anew and strip addresses from the lock file
// Build time only: the server needs neither Node nor these packages.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const modules = join(root, "node_modules");
const committed = join(root, "static", "vendor");
const icons = readFileSync(join(root, "tools", "icons.txt"), "utf8").split("\n").map((line) => line.trim()).filter(Boolean);

// Only the style sheet of Bootstrap is used: menus are <details>, so its script would be 24 kB for nothing.
// The .map file comes along because the hashed static storage refuses a sourceMappingURL that leads nowhere.
const packages = [
  {
    name: "bootstrap",
    files: {
      "dist/css/bootstrap.min.css": "bootstrap.min.css",
      "dist/css/bootstrap.min.css.map": "bootstrap.min.css.map",
      LICENSE: "LICENSE",
    },
  },
  { name: "htmx.org", folder: "htmx", files: { "dist/htmx.min.js": "htmx.min.js", LICENSE: "LICENSE" } },
  {
    name: "bootstrap-icons",
    files: { ...Object.fromEntries(icons.map((icon) => [`icons/${icon}.svg`, `${icon}.svg`])), LICENSE: "LICENSE" },
  },
  { name: "echarts", files: { LICENSE: "LICENSE", NOTICE: "NOTICE" }, bundle: "echarts.custom.min.js" },
  // Bundled inside echarts.custom.min.js; only the licences are copied.
  { name: "zrender", files: { LICENSE: "LICENSE" } },
  { name: "tslib", files: { "LICENSE.txt": "LICENSE" } },
];

const manifestOf = (name) => JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));
const sha256 = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

async function writeVendor(target) {
  const entries = [];
  for (const item of packages) {
    const { version, license } = manifestOf(item.name);
    const folder = `${item.folder ?? item.name}-${version}`;
    mkdirSync(join(target, folder), { recursive: true });
    for (const [from, to] of Object.entries(item.files)) {
      cpSync(join(modules, item.name, from), join(target, folder, to));
    }
    if (item.bundle) {
      await build({
        entryPoints: [join(root, "tools", "echarts-entry.js")],
        outfile: join(target, folder, item.bundle),
        bundle: true, minify: true, target: "chrome86", charset: "utf8", legalComments: "none",
        nodePaths: [modules], logLevel: "error",
      });
    }
    for (const path of filesBelow(join(target, folder)).sort()) {
      const file = relative(target, path).split("\\").join("/");
      entries.push({ name: item.folder ?? item.name, version, licence: license, file, sha256: sha256(path), package: item.name });
    }
  }
  writeFileSync(join(target, "VENDOR.json"), `${JSON.stringify(entries, null, 1)}\n`);
}

function differences(left, right) {
  const names = (folder) => (existsSync(folder) ? filesBelow(folder).map((path) => relative(folder, path)) : []);
  const all = new Set([...names(left), ...names(right)]);
  return [...all].filter((name) => {
    const pair = [join(left, name), join(right, name)];
    return !pair.every(existsSync) || sha256(pair[0]) !== sha256(pair[1]);
  });
}

const scratch = mkdtempSync(join(tmpdir(), "vendor-"));
try {
  await writeVendor(scratch);
  const changed = differences(scratch, committed);
  if (process.argv.includes("--check")) {
    changed.forEach((name) => console.error(`differs: static/vendor/${name}`));
    process.exitCode = changed.length ? 1 : 0;
  } else {
    rmSync(committed, { recursive: true, force: true });
    cpSync(scratch, committed, { recursive: true });
    console.log(`${changed.length} file(s) changed in static/vendor`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
