// What the installer asks of Goku's own settings. The first argument is the folder of the compiled code, the second:
//   early FILE   says what is plainly wrong in that goku.toml or GOKU_*; needs no compiled code
//   check        prints the domain and this machine's address on one line, or says what is wrong in goku.toml or GOKU_*
//   toml         prints a goku.toml: every setting and its meaning, with the values of GOKU_* where those are set
//   merge FILE   writes FILE.new, the same with what GOKU_* say otherwise, and prints those settings; else does nothing
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { faultsOf } from "./early-settings.js";
import { mergeSettings } from "./merge-settings.js";

const [, , dist = "", verb = "", file = ""] = process.argv;
const load = (name) => import(pathToFileURL(`${dist}/settings/${name}`).href);

async function toml() {
  const { environmentName, settingRows } = await load("table.js");
  const { thisMachine } = await load("machine.js");
  const machine = thisMachine();
  const lines = settingRows.map(({ key, fallback, meaning }) => {
    const given = process.env[environmentName(key)];
    const standard = typeof fallback === "function" ? fallback(machine) : (fallback ?? "none");
    const line = `${given ? "" : "# "}${key} = ${JSON.stringify(given || standard)}`;
    return `\n# ${meaning.replaceAll("`", "")}\n${line}`;
  });
  return [
    "# Goku's settings. A line with # in front shows the default. After a change: ./install.sh host",
    ...lines,
  ].join("\n");
}

async function early() {
  const text = existsSync(file) ? await readFile(file, "utf8") : "";
  const faults = faultsOf(text, process.env);
  if (faults.length > 0) {
    throw new Error(faults.join("\n"));
  }
  return "in order";
}

async function check() {
  const { readSettings } = await load("read.js");
  const { machineAddress, thisMachine } = await load("machine.js");
  const { domain } = await readSettings({ env: process.env, configFile: null });
  return `${domain} ${machineAddress(thisMachine().interfaces)}`;
}

async function merge() {
  const { environmentName, settingRows } = await load("table.js");
  const given = await texts(file);
  const others = Object.fromEntries(
    settingRows
      .map(({ key }) => [key, process.env[environmentName(key)]])
      .filter(([key, text]) => text && text !== given[key]),
  );
  const keys = Object.keys(others);
  if (keys.length === 0) {
    return "";
  }
  const merged = mergeSettings(await readFile(file, "utf8"), others);
  await writeFile(`${file}.new`, merged, { mode: 0o600 });
  const written = await texts(`${file}.new`).catch(() => ({}));
  const lost = keys.filter((key) => written[key] !== others[key]);
  if (lost.length > 0) {
    const hint = "Write them there by hand, and run this again without them in front.";
    throw Object.assign(new Error(`not to be written into ${file}: ${lost.join(", ")}`), { hint });
  }
  return keys.join(", ");
}

/** The settings in a file by their keys, as texts. */
async function texts(path) {
  const { readTomlFile } = await load("source.js");
  const { settingRows } = await load("table.js");
  const { given } = await readTomlFile(path);
  return Object.fromEntries(
    settingRows.map(({ key, property }) => [key, given.get(property)?.text]),
  );
}

try {
  console.log(await { early, toml, check, merge }[verb]());
} catch (error) {
  const said = [error.message, ...(error.details ?? []), error.hint ?? ""].join("\n").trim();
  console.error(said.replace(/^/gm, " !     "));
  process.exitCode = 1;
}
