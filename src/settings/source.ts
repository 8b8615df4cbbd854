import { parse, TomlError } from "smol-toml";
import { badSettings, settingsUnreadable, type SettingFault } from "../errors.ts";
import { closest } from "../nearest.ts";
import { hasErrno } from "../system/errno.ts";
import { readFileIfAny } from "../system/file.ts";
import { type Environment, internalNames } from "./environment.ts";
import { environmentName, settingRows } from "./table.ts";

/** A setting's text and where it was found, for messages. */
export interface Given {
  readonly where: string;
  readonly text: string;
}

export interface Source {
  /** By the name of the value in `Settings`. */
  readonly given: ReadonlyMap<string, Given>;
  readonly faults: readonly SettingFault[];
}

/** What GOKU_* say; an empty variable says nothing. */
export function readEnvironment(env: Environment): Source {
  const given = new Map<string, Given>();
  const faults: SettingFault[] = [];
  const names = settingRows.map(({ key }) => environmentName(key));
  for (const [name, text] of Object.entries(env)) {
    const row = settingRows[names.indexOf(name)];
    if (row !== undefined && text !== undefined && text !== "") {
      given.set(row.property, { where: name, text });
    } else if (row === undefined && name.startsWith("GOKU_") && !internalNames.includes(name)) {
      faults.push({
        where: name,
        problem: "there is no such setting",
        fix: `Did you mean ${closest(name, names)}?`,
      });
    }
  }
  return { given, faults };
}

/** What a goku.toml says. @returns null where the file does not exist. @throws settingsUnreadable, badSettings */
export async function readTomlFile(path: string): Promise<Source | null> {
  const content = await readFileIfAny(path).catch((error: unknown) => {
    if (hasErrno(error, "EACCES", "EPERM", "EISDIR", "ENOTDIR")) {
      throw settingsUnreadable(path, error);
    }
    throw error;
  });
  return content === null ? null : readToml(content, path);
}

function readToml(content: string, path: string): Source {
  const given = new Map<string, Given>();
  const faults: SettingFault[] = [];
  for (const [key, value] of Object.entries(parseToml(content, path))) {
    const where = `${key} in ${path}`;
    const row = settingRows.find((each) => each.key === key);
    if (row === undefined) {
      const nearest = closest(
        key,
        settingRows.map((each) => each.key),
      );
      faults.push({ where, problem: "there is no such setting", fix: `Did you mean ${nearest}?` });
    } else if (typeof value === "string" || typeof value === "number") {
      given.set(row.property, { where, text: String(value) });
    } else {
      const fix = `Write it in quotes, as in: ${key} = "..."`;
      faults.push({ where, problem: "it is neither a text nor a number", fix });
    }
  }
  return { given, faults };
}

function parseToml(content: string, path: string): Record<string, unknown> {
  try {
    return parse(content);
  } catch (error) {
    if (!(error instanceof TomlError)) {
      throw error;
    }
    // Below its first line, the message quotes the file, which may hold a token.
    const [problem = ""] = error.message.split("\n");
    throw badSettings([
      {
        where: `${path} line ${error.line}`,
        problem: problem.replace(/^Invalid TOML document: /, ""),
        fix: 'Write one setting a line, as in: domain = "apps.example.org"',
      },
    ]);
  }
}
