import { usage } from "../errors.ts";
import type { Options } from "./command.ts";

/** What a key or token may do; without any of them, deploy every app. */
export const rightsOptions = [
  ["--admin", "may do everything, with the server too"],
  ["--app <pattern...>", "may deploy these apps only; * stands for any characters: 'shop-*'"],
  ["--read <pattern...>", "may look at these apps"],
] as const;

/** @throws usage */
export function readRights({ admin, app, read }: Options) {
  const deploy = strings(app);
  const looks = strings(read);
  if (admin === true && deploy.length + looks.length > 0) {
    throw usage("--admin is for everything, --app and --read for some apps.", "Choose one.");
  }
  return { admin: admin === true, deploy, read: looks };
}

function strings(value: unknown): string[] {
  return Array.isArray(value)
    ? value.flatMap((text) => String(text).split(",")).filter((text) => text !== "")
    : [];
}
