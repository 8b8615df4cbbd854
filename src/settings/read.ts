import { z } from "zod";
import { badSettings, type SettingFault, settingsFileMissing } from "../errors.ts";
import { clash } from "./addresses.ts";
import type { Environment } from "./environment.ts";
import { lastAddress } from "./last-address.ts";
import { type Machine, thisMachine } from "./machine.ts";
import type { Listen, Settings } from "./settings.ts";
import { readEnvironment, readTomlFile, type Source } from "./source.ts";
import { environmentName, settingRows, type SettingsTable, table } from "./table.ts";

const defaultSettingsFile = "/etc/goku/goku.toml";

export interface SettingsOptions {
  readonly env: Environment;
  /** The operand of `--config`, which has to exist; null for the default file, which does not. */
  readonly configFile: string | null;
  /** For tests: what stands in for `/etc/goku/goku.toml`, and the machine that defaults depend on. */
  readonly defaultFile?: string;
  readonly machine?: Machine;
}

/**
 * The settings: defaults, then goku.toml, then GOKU_*.
 * @throws badSettings with everything that is wrong, settingsFileMissing, settingsUnreadable
 */
export async function readSettings(options: SettingsOptions): Promise<Settings> {
  const file = await readFile(options);
  const environment = readEnvironment(options.env);
  const given = new Map([...file.given, ...environment.given]);
  const machine = options.machine ?? thisMachine();
  const { data = null } = texts(given, machine);
  const last = data === null ? null : await lastAddress(data);
  const parsed = schema.safeParse(texts(given, { ...machine, last }));
  const faults = [...file.faults, ...environment.faults];
  if (parsed.error !== undefined) {
    throw badSettings([...faults, ...parsed.error.issues.map((issue) => faultOf(issue, given))]);
  }
  faults.push(...clashes(parsed.data));
  if (faults.length > 0) {
    throw badSettings(faults);
  }
  return parsed.data;
}

async function readFile({ configFile, defaultFile }: SettingsOptions): Promise<Source> {
  const source = await readTomlFile(configFile ?? defaultFile ?? defaultSettingsFile);
  if (source === null && configFile !== null) {
    throw settingsFileMissing(configFile);
  }
  return source ?? { given: new Map(), faults: [] };
}

type Shape = { [P in keyof Settings]: SettingsTable[P]["schema"] };

const schema = z.object(
  // TypeScript cannot follow a mapped type through Object.fromEntries.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  Object.fromEntries(settingRows.map((row) => [row.property, row.schema])) as Shape,
);

function texts(given: Source["given"], machine: Machine): Record<string, string | null> {
  return Object.fromEntries(
    settingRows.map(({ property, fallback }) => {
      const standard = typeof fallback === "function" ? fallback(machine) : fallback;
      return [property, given.get(property)?.text ?? standard];
    }),
  );
}

function faultOf(issue: z.core.$ZodIssue, given: Source["given"]): SettingFault {
  const property = String(issue.path[0]);
  const fix: unknown = issue.code === "custom" ? issue.params?.["fix"] : undefined;
  return {
    where: given.get(property)?.where ?? `the default of ${property}`,
    problem: issue.message,
    fix: typeof fix === "string" ? fix : "",
  };
}

function clashes(settings: Settings): SettingFault[] {
  const listeners = (["http", "https", "web", "ssh"] as const).flatMap((key) => {
    const listen: Listen | null = settings[key];
    return listen === null ? [] : [{ key, listen }];
  });
  return listeners.flatMap(({ key, listen }, index) =>
    listeners
      .slice(0, index)
      .filter((other) => clash(listen, other.listen))
      .map((other) => ({
        where: environmentName(table[key].key),
        problem: `${other.key} listens on port ${listen.port} already`,
        fix: `Give one of them another port: ${key} or ${other.key}.`,
      })),
  );
}
