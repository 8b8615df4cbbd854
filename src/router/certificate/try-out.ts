import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Certificate, Route } from "../../route.ts";
import { oneAtATime } from "../../system/turns.ts";
import { notAccepted } from "../nginx/binary.ts";
import type { ComplaintAbout } from "../nginx/check-alone.ts";
import type { Places } from "../places.ts";
import { renderVhost, type Surroundings } from "../text/render.ts";
import { copyIn, nameOf, type Pair, writePair } from "./files.ts";

export interface TryOutParts {
  readonly places: Places;
  readonly surroundings: Surroundings;
  readonly complaintAbout: ComplaintAbout;
}

export interface TryOut {
  /** Whether nginx takes the pair, apart from what an app wants of it. @throws nginxFailed in words about `files` */
  assertTaken(pair: Pair, files: Certificate, app: string): Promise<void>;
  /** Nobody asks any more: whoever does later wants to know it anew. */
  forget(): void;
}

/** What nginx wrote of a vhost with the pair. */
interface Complaint {
  readonly stderr: string;
  readonly tried: Certificate;
  readonly vhost: string;
}

/** All apps are looked at together: a certificate that many have is tried once for them, and several one after the other. */
export function createTryOut({ places, surroundings, complaintAbout }: TryOutParts): TryOut {
  const inTurn = oneAtATime();
  /** By the pair's content. */
  const tries = new Map<string, Promise<Complaint | null>>();
  let count = 0;

  async function attempt(pair: Pair, app: string): Promise<Complaint | null> {
    const folder = join(places.check, `${app}.${++count}`);
    try {
      const tried = copyIn(folder);
      await writePair(tried, pair);
      const vhost = join(folder, "vhost");
      await writeFile(vhost, renderVhost(plainRoute(app, tried), surroundings));
      const stderr = await complaintAbout(vhost);
      return stderr === null ? null : { stderr, tried, vhost };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  return {
    async assertTaken(pair, files, app) {
      const name = nameOf(pair);
      const known = tries.get(name) ?? inTurn(() => attempt(pair, app));
      tries.set(name, known);
      const complaint = await known;
      if (complaint !== null) {
        const { stderr, tried, vhost } = complaint;
        const inTheirWords = stderr
          .replaceAll(tried.certificate, files.certificate)
          .replaceAll(tried.key, files.key);
        throw notAccepted(app, inTheirWords, vhost);
      }
    },
    forget: () => tries.clear(),
  };
}

function plainRoute(app: string, certificate: Certificate): Route {
  const sites = [{ domains: ["example.test"], backends: [] }];
  return { app, sites, certificate, sslForced: false, template: null };
}
