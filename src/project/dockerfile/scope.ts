import { expand, type Expanded, type Scope } from "./expand.ts";
import type { Instruction } from "./instructions.ts";
import { isSpace } from "./white-space.ts";

/** Variables of a Dockerfile, and where their values come from. */
export interface Variables {
  /** ARGs before the first FROM. */
  readonly global: Scope;
  /** Values given to the build, which win over an ARG's default. */
  readonly given: Readonly<Record<string, string>>;
  readonly escape: string;
}

type MutableScope = Map<string, Expanded>;

const architectures: Partial<Record<NodeJS.Architecture, string>> = { x64: "amd64", ia32: "386" };

/** BuildKit's own arguments, for a build on this machine for this machine; some depend on its version. */
const platform: Scope = new Map(
  ["TARGET", "BUILD"].flatMap((side) => {
    const architecture = architectures[process.arch] ?? process.arch;
    return [
      [`${side}OS`, plain("linux")],
      [`${side}ARCH`, plain(architecture)],
      [`${side}PLATFORM`, plain(`linux/${architecture}`)],
      [`${side}VARIANT`, buildersOwn(`${side}VARIANT`)],
      [`${side}OSVERSION`, buildersOwn(`${side}OSVERSION`)],
      [`${side}STAGE`, buildersOwn(`${side}STAGE`)],
    ] as const;
  }),
);

/** What the docker CLI, the builder or Goku itself may give, whatever the project does. */
const isBuilders = /^(?:BUILDKIT_.*|SOURCE_DATE_EPOCH|(?:https?|ftp|no|all)_proxy)$/i;

function buildersOwn(key: string): Expanded {
  return unknown(`the value of ${key} is the builder's`);
}

/** Variables as the instructions before the first FROM leave them. */
export function readGlobals(
  instructions: readonly Instruction[],
  given: Variables["given"],
  escape: string,
): Variables {
  const global: MutableScope = new Map(platform);
  for (const key of platform.keys()) {
    if (Object.hasOwn(given, key)) {
      global.set(key, plain(given[key] ?? ""));
    }
  }
  for (const instruction of instructions.filter(({ keyword }) => keyword === "ARG")) {
    for (const [key, text] of assignments(instruction, escape)) {
      global.set(key, globalValue(key, text, global, given, escape));
    }
  }
  return { global, given, escape };
}

/** Each sees those before it, also on its own line. @param text null for an ARG without a default */
function globalValue(
  key: string,
  text: string | null,
  global: Scope,
  given: Variables["given"],
  escape: string,
): Expanded {
  if (isBuilders.test(key)) {
    return buildersOwn(key);
  }
  if (Object.hasOwn(given, key)) {
    return plain(given[key] ?? "");
  }
  if (text === null) {
    return global.has(key)
      ? unknown(`ARG ${key} without a value takes away in some versions of Docker what it was`)
      : { ...plain(""), isMissing: true };
  }
  // Before 0.12 they are errors, which BuildKit takes for nothing here.
  return /\$\{\w+[-+]/.test(text)
    ? unknown("not all versions of Docker understand ${A-b} and ${A+b} here, as they do ${A:-b}")
    : expand(text, global, escape);
}

/** Does what an ENV or ARG does to the scope of its stage; other instructions do nothing. The later one wins. */
export function declare(
  instruction: Instruction,
  scope: MutableScope,
  { global, given, escape }: Variables,
): void {
  if (instruction.keyword !== "ENV" && instruction.keyword !== "ARG") {
    return;
  }
  // All of one line see the variables as they were before it.
  const values = assignments(instruction, escape).map(
    ([key, text]) => [key, text === null ? null : expand(text, scope, escape)] as const,
  );
  for (const [key, value] of values) {
    if (instruction.keyword === "ENV") {
      scope.set(key, value ?? plain(""));
      continue;
    }
    const gift = Object.hasOwn(given, key) ? given[key] : undefined;
    const chosen =
      gift === undefined ? (value ?? global.get(key) ?? platform.get(key)) : plain(gift);
    if (chosen !== undefined) {
      scope.set(key, chosen);
    }
  }
}

function unknown(problem: string): Expanded {
  return { value: "", problem };
}

function plain(value: string): Expanded {
  return { value, problem: null };
}

/** `A=1 B="2 3"`, and ENV's old `A the rest`; null for an ARG without a default. */
function assignments(
  { keyword, text }: Instruction,
  escape: string,
): (readonly [string, string | null])[] {
  const words = splitWords(text, escape);
  const [first = ""] = words;
  if (keyword === "ENV" && !first.includes("=")) {
    return [[first, text.trim().slice(first.length).trim()]];
  }
  return words.map((word) => {
    const equals = word.indexOf("=");
    return equals === -1 ? [word, null] : [word.slice(0, equals), word.slice(equals + 1)];
  });
}

/** At white space outside quotes; quotes stay. */
function splitWords(text: string, escape: string): string[] {
  const words: string[] = [];
  let word = "";
  let quote: string | null = null;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? "";
    if (char === escape && quote !== "'") {
      at += 1;
      word += char + (text[at] ?? "");
    } else if (quote === null && isSpace(char)) {
      words.push(word);
      word = "";
    } else {
      if (char === quote) {
        quote = null;
      } else if (quote === null && (char === '"' || char === "'")) {
        quote = char;
      }
      word += char;
    }
  }
  words.push(word);
  return words.filter((each) => each !== "");
}
