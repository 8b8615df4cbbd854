// What the installer asks of Goku's own settings. The first argument is the folder of the compiled code, the second:
//   toml    prints a goku.toml: every setting and its meaning, with the values of GOKU_* where those are set
//   check   prints the domain and this machine's address on one line, or says what is wrong in goku.toml
import { pathToFileURL } from "node:url";

const [, , dist = "", verb = ""] = process.argv;
const load = (file) => import(pathToFileURL(`${dist}/settings/${file}`).href);

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

async function check() {
  const { readSettings } = await load("read.js");
  const { machineAddress, thisMachine } = await load("machine.js");
  const { domain } = await readSettings({ env: {}, configFile: null });
  return `${domain} ${machineAddress(thisMachine().interfaces)}`;
}

try {
  console.log(await { toml, check }[verb]());
} catch (error) {
  console.error(error.hint ? `${error.message}\n${error.hint}` : error);
  process.exitCode = 1;
}
