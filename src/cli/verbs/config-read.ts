import type { AppVarsAnswer, VarAnswer } from "../../web/answers.ts";
import { visible } from "../../visible.ts";
import { lines } from "../columns.ts";
import { command } from "../command.ts";
import { readVarName } from "../operands.ts";
import { quote } from "../shell-words.ts";

type Vars = Readonly<Record<string, string>>;

/** One line a var; a value of several lines is shown as a JSON string. */
export const config = command<Vars>({
  example: "octo config blog",
  parse: ([app]) => ({ app }),
  print: (vars) =>
    lines(
      sorted(vars).map(
        ([key, value]) =>
          `${key}: ${/\p{Cc}/u.test(value) ? visible(JSON.stringify(value)) : value}`,
      ),
    ),
  note: (vars) => (sorted(vars).length === 0 ? "There are no config vars.\n" : ""),
});

export const configGet = command<VarAnswer>({
  example: "octo config:get blog/GREETING",
  parse: ([name = ""]) => ({ ...readVarName(name) }),
  print: ({ value }) => `${value}\n`,
});

/** Lines that a shell runs to set everything again. */
export const configExport = command<AppVarsAnswer[]>({
  example: "octo config:export > vars.sh",
  parse: ([app]) => (app === undefined ? {} : { app }),
  print: (all) =>
    lines(
      all.flatMap(({ app, vars }) => sorted(vars).map(([key, value]) => setting(app, key, value))),
    ),
});

export const configEnv = command<Vars>({
  example: 'eval "docker run $(octo config:env blog) blog-main:v12"',
  parse: ([app]) => ({ app }),
  print: (vars) =>
    `${sorted(vars)
      .map(([key, value]) => `-e ${key}=${alwaysQuoted(value)}`)
      .join(" ")}\n`,
});

function setting(app: string, key: string, value: string): string {
  if (value === "-") {
    // By itself it would mean standard input.
    return `printf %s - | octo config:set ${app}/${key} -`;
  }
  return value.startsWith("-")
    ? `octo config:set ${app}/${key}=${alwaysQuoted(value)}`
    : `octo config:set ${app}/${key} ${alwaysQuoted(value)}`;
}

function alwaysQuoted(value: string): string {
  const quoted = quote(value);
  return quoted === value ? `'${value}'` : quoted;
}

function sorted(vars: Vars): [string, string][] {
  return Object.entries(vars).toSorted(([one], [other]) => (one < other ? -1 : 1));
}
