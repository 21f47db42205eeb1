// Copies the few built front-end files we serve from node_modules and draws the icon sprite.
// Run `npm run vendor` after changing a version in package.json or a name in tools/icons.txt; commit what it writes.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const modules = join(root, "node_modules");
const vendor = join(root, "smartrec/static/smartrec/vendor");
const text = (path) => readFileSync(path, "utf8");
const version = (name) => JSON.parse(text(join(modules, name, "package.json"))).version;

const FILES = [
  ["bootstrap", "dist/css/bootstrap.min.css", "MIT", "LICENSE"],
  ["htmx.org", "dist/htmx.min.js", "Zero-Clause BSD", "LICENSE"],
  ["@fontsource-variable/inter", "files/inter-latin-wght-normal.woff2", "SIL Open Font License 1.1", "LICENSE"],
];

function sprite(names) {
  const symbol = (name) => {
    const svg = text(join(modules, "@tabler/icons/icons/outline", `${name}.svg`));
    const paths = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.indexOf("</svg>"));
    const drawn = paths.replace(/<path stroke="none"[^>]*>/, "");
    return `<symbol id="i-${name}" viewBox="0 0 24 24">${drawn.replace(/\s*\n\s*/g, "")}</symbol>`;
  };
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${names.map(symbol).join("\n")}\n</svg>\n`;
}

mkdirSync(vendor, { recursive: true });
const rows = FILES.map(([name, path, licence, licenceFile]) => {
  const file = path.split("/").pop();
  const target = join(vendor, file);
  copyFileSync(join(modules, name, path), target);
  // Only the pointer to a map we do not serve goes: the manifest storage would refuse it.
  if (file.endsWith(".css")) writeFileSync(target, text(target).replace(/\n?\/\*# sourceMappingURL=.*\*\/\s*$/, "\n"));
  const short = name.replace(/^@[^/]+\//, "");
  copyFileSync(join(modules, name, licenceFile), join(vendor, `LICENSE.${short}`));
  return `| \`${file}\` | ${name} | ${version(name)} | ${licence} | \`LICENSE.${short}\` |`;
});

const icons = text(join(root, "tools/icons.txt")).split("\n").filter((line) => line && !line.startsWith("#"));
writeFileSync(join(vendor, "../icons.svg"), sprite(icons.sort()));
copyFileSync(join(modules, "@tabler/icons/LICENSE"), join(vendor, "LICENSE.tabler-icons"));
rows.push(`| \`../icons.svg\` (${icons.length} icons) | @tabler/icons | ${version("@tabler/icons")} | MIT | \`LICENSE.tabler-icons\` |`);

writeFileSync(
  join(vendor, "VENDORED.md"),
  `# Vendored front-end files

Written by \`npm run vendor\` (tools/vendor.mjs). Unmodified, but for the source-map comment taken off the style sheet.

| File | Package | Version | Licence | Text |
|---|---|---|---|---|
${rows.join("\n")}
`,
);
