/** A repository of the catalogue, and what has to happen when it is pushed. */
export interface Entry {
  /** Of the app, and of the folder of files unless `folder` says so. */
  readonly name: string;
  readonly folder?: string;
  /** What it stands for. */
  readonly why: string;
  /** Who pushes; a deployer where it isn't said. */
  readonly as?: "deployer" | "admin";
  /** Config vars set before the push. */
  readonly vars?: Readonly<Record<string, string>>;
  /** Files in place of those of the folder. */
  readonly files?: Readonly<Record<string, string>>;
  readonly outcome: Deploys | Refused;
}

export interface Deploys {
  readonly kind: "deploys";
  readonly pages: readonly Page[];
  /** Services with running containers, and how many where it is more than one. */
  readonly runs: Readonly<Record<string, number>>;
  /** What the second push changes; nothing that a service is made of where it isn't said. */
  readonly change?: Change;
  /** Services that keep their containers in the second push. */
  readonly untouched?: readonly string[];
  /** What the pusher reads besides. */
  readonly tells?: readonly RegExp[];
}

/** A page that is asked for after each push. */
export interface Page {
  /** `service:port` that answers; what nginx has to find, and what is asked without it. */
  readonly at: string;
  /** The app's own host where it isn't said. */
  readonly host?: string;
  readonly path?: string;
  /** Somewhere in its text. */
  readonly says: string;
  /** The same after the second push, where it differs. */
  readonly after?: string;
}

/** One text in one file becomes another. */
export interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export interface Refused {
  readonly kind: "refused";
  /** What the pusher reads. */
  readonly says: readonly RegExp[];
  /** True where docker compose has no objection to the file itself. */
  readonly isCompose: boolean;
}

/** What a stand-in's page says that asks another service: the first thing a database says is how often it was started. */
export function ask(at: string, service: string, says: string, after?: string): Page {
  return { at, path: `/cgi-bin/ask?${service}`, says, ...(after === undefined ? {} : { after }) };
}
