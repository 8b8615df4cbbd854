import { usage } from "../errors.ts";

/* Forms that operands of several verbs share. */

/** `v12` or `12`. @param app for the hint. @throws usage */
export function readVersion(text: string, app = "APP"): number {
  const digits = /^v?([1-9]\d{0,8})$/.exec(text)?.[1];
  if (digits === undefined) {
    const hint = `See them: octo releases ${app}`;
    throw usage(`"${text}" is no version; versions look like v12.`, hint);
  }
  return Number(digits);
}

/** @throws usage */
export function readCount(text: string, what: string, hint?: string): number {
  if (!/^\d{1,9}$/.test(text)) {
    throw usage(`${what} is a whole number, and not "${text}".`, hint);
  }
  return Number(text);
}

export interface VarName {
  readonly app: string;
  readonly key: string;
}

/** `app/KEY`. @throws usage */
export function readVarName(text: string): VarName {
  const [, app, key] = /^([^/=]+)\/([^/=]+)$/.exec(text) ?? [];
  if (app === undefined || key === undefined) {
    throw usage(`"${text.slice(0, 80)}" is not of the form app/KEY.`, "For example: blog/SECRET");
  }
  return { app, key };
}

/** The one app that all of them are of. @throws usage */
export function onlyApp(names: readonly VarName[]): string {
  const [app = "", ...others] = [...new Set(names.map((name) => name.app))];
  if (others.length > 0) {
    throw usage(
      `These are vars of ${[app, ...others].join(" and ")}; one command changes one app.`,
      "Give each app a command of its own.",
    );
  }
  return app;
}
