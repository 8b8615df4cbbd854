import { usage } from "../../errors.ts";
import type { ConfigChangedAnswer } from "../../web/answers.ts";
import { command, type Input } from "../command.ts";
import { onlyApp, readVarName, type VarName } from "../operands.ts";

const noRestart = ["--no-restart", "containers get the change when they next start"] as const;
const standardInput = "-";

interface Setting extends VarName {
  readonly value: string;
}

export const configSet = command<ConfigChangedAnswer>({
  example:
    "octo config:set blog/GREETING 'hello world'\nocto config:set blog/HOST=db blog/PORT=5432\nocto config:set blog/TLS_KEY - < key.pem",
  options: [noRestart],
  anyWord: true,
  parse: (operands, { restart }) => {
    const settings = readSettings(operands);
    const app = onlyApp(settings);
    assertOnce(settings);
    const input = (vars: Readonly<Record<string, string>>) => ({
      app,
      vars,
      restart: restart !== false,
    });
    const vars = Object.fromEntries(settings.map(({ key, value }) => [key, value]));
    const fromInput = settings.filter(({ value }) => value === standardInput);
    const [only, ...others] = fromInput;
    if (others.length > 0) {
      throw usage("Only one value can come from standard input.");
    }
    return only === undefined
      ? input(vars)
      : (text: string): Input => input({ ...vars, [only.key]: withoutLastBreak(text) });
  },
  print: (answer) => changedText(answer, "Set"),
});

export const configRemove = command<ConfigChangedAnswer>({
  example: "octo config:rm blog/GREETING",
  options: [noRestart],
  parse: (operands, { restart }) => {
    const names = operands.map(readVarName);
    return {
      app: onlyApp(names),
      keys: names.map(({ key }) => key),
      restart: restart !== false,
    };
  },
  print: (answer) => changedText(answer, "Removed"),
});

/** `app/KEY value`, or `app/KEY=value` any number of times. */
function readSettings(operands: readonly string[]): Setting[] {
  const [first = "", ...rest] = operands;
  if (isSetting(first)) {
    return operands.map(readSetting);
  }
  const name = readVarName(first);
  const [value, ...more] = rest;
  if (value === undefined) {
    throw usage(
      `There is no value for ${first}.`,
      `Write octo config:set ${first} VALUE. To remove it: octo config:rm ${first}`,
    );
  }
  if (more.length > 0) {
    throw usage(
      `There are ${rest.length} values for ${first}.`,
      `Quote a value with spaces: octo config:set ${first} 'two words'. By plain ssh quote it twice: ssh -p 2222 git@host "config:set ${first} 'two words'"`,
    );
  }
  return [{ ...name, value }];
}

/** @throws usage */
function assertOnce(settings: readonly Setting[]): void {
  const keys = settings.map(({ key }) => key);
  const twice = settings.find(({ key }, at) => keys.indexOf(key) !== at);
  if (twice !== undefined) {
    throw usage(
      `${twice.app}/${twice.key} is given twice.`,
      "Give each var one value, and run it again.",
    );
  }
}

function isSetting(text: string): boolean {
  return /^[^/=]+\/[^=]*=/.test(text);
}

function readSetting(text: string): Setting {
  const at = text.indexOf("=");
  if (!isSetting(text)) {
    throw usage(
      `"${text.slice(0, 80)}" is not of the form app/KEY=value.`,
      "Several vars at once: octo config:set app/KEY=value app/KEY2=value2",
    );
  }
  return { ...readVarName(text.slice(0, at)), value: text.slice(at + 1) };
}

/** The break that `echo secret |`, every text file and `config:get` end with is none of the value's. */
function withoutLastBreak(text: string): string {
  return text.replace(/\r?\n$/, "");
}

/** What makes containers that have the change. */
const whenStarted: Readonly<Record<ConfigChangedAnswer["state"], (app: string) => string>> = {
  live: (app) => `they count from the next start: octo reload ${app}`,
  stopped: (app) => `${app} is stopped, and has them once it starts: octo start ${app}`,
  none: (app) => `they count from the first push of ${app}`,
};

function changedText(answer: ConfigChangedAnswer, did: string): string {
  const { app, changed, release, exists, state } = answer;
  if (changed.length === 0) {
    return `Nothing changed: ${app} has it so already.\n`;
  }
  if (release !== null) {
    return "";
  }
  const when =
    exists && state === "none"
      ? `${app} has no release yet, and the next push has them`
      : whenStarted[state](app);
  return `${did} ${changed.join(", ")}; ${when}\n`;
}
