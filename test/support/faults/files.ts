import { constants, promises } from "node:fs";
import type { Passing } from "./passing.ts";
import { replace } from "./replace.ts";

type Enter = (label: () => string) => Passing;

/** Of these, what is written is where the second argument says. */
const toSecond = new Set(["rename", "link", "symlink", "copyFile"]);
const writing = [
  ...toSecond,
  "writeFile",
  "appendFile",
  "rm",
  "rmdir",
  "unlink",
  "mkdir",
  "mkdtemp",
  "chmod",
  "chown",
  "truncate",
  "utimes",
];
const ofHandles = ["writeFile", "write", "chmod", "chown", "truncate", "utimes"];

/** Calls of node:fs/promises that write. */
export async function watchFiles(enter: Enter, show: (path: string) => string): Promise<void> {
  const names = new WeakMap<object, string>();
  const around = async (label: () => string, call: () => unknown) => {
    const passing = enter(label);
    passing.pass("before");
    const result = await call();
    passing.pass("after");
    return result;
  };
  for (const name of writing) {
    replace(promises, name, (call, args) => {
      const path = String(args[toSecond.has(name) ? 1 : 0]);
      return isKernels(path) ? call() : around(() => `${name} ${show(path)}`, call);
    });
  }
  const handle = await promises.open("/dev/null");
  const prototype: object = Object.getPrototypeOf(handle);
  await handle.close();
  replace(promises, "open", async (call, args) => {
    const path = show(String(args[0]));
    const opened = opensToWrite(args[1]) ? await around(() => `open ${path}`, call) : await call();
    if (typeof opened === "object" && opened !== null) {
      names.set(opened, path);
    }
    return opened;
  });
  for (const name of ofHandles) {
    replace(prototype, name, (call, _args, self) => {
      const path = typeof self === "object" && self !== null ? names.get(self) : undefined;
      return path === undefined ? call() : around(() => `${name} of the open ${path}`, call);
    });
  }
}

/** The caps on builds: written when the builder needs them anew, which is not the same each time. */
function isKernels(path: string): boolean {
  return path.startsWith("/sys/");
}

function opensToWrite(flags: unknown): boolean {
  const writable = constants.O_WRONLY | constants.O_RDWR | constants.O_CREAT;
  return typeof flags === "number"
    ? (flags & writable) !== 0
    : typeof flags === "string" && /[wa+]/.test(flags);
}
