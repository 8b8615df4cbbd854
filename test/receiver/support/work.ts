import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Ended, exec, must } from "../../support/exec.ts";
import type { Door, DoorHost } from "./door-host.ts";

/** Somebody's working copy. */
export class Work {
  readonly host: DoorHost;
  readonly path: string;

  constructor(host: DoorHost, path: string) {
    this.host = host;
    this.path = path;
  }

  git(...args: readonly string[]): Promise<Ended> {
    return exec("git", args, { cwd: this.path, env: this.host.env });
  }

  async must(...args: readonly string[]): Promise<string> {
    return (await must(this.git(...args))).stdout.trim();
  }

  async commit(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(this.path, path)), { recursive: true });
      await writeFile(join(this.path, path), content);
    }
    await this.must("add", "-A");
    await this.must("commit", "-q", "--allow-empty", "-m", "change");
    return this.must("rev-parse", "HEAD");
  }

  push(door: Door, repository: string, ...refs: readonly string[]): Promise<Ended> {
    return this.git("push", this.host.url(door, repository), ...refs);
  }
}
