import type { Rights } from "../../src/store-ports.ts";
import { adminRights } from "../../src/rights.ts";
import { fillRepository } from "./fill-repository.ts";
import { startWholeWeb, type WholeWeb } from "./whole-web.ts";

/** Stands in the tree and the history of shop. */
export const secret = "the-content-of-shop";
export const zeros = "0".repeat(40);
export const nobody: Rights = { admin: false, deploy: [], read: [] };

export interface TwoRepositories {
  readonly web: WholeWeb;
  /** Where shop's main stands. */
  readonly commit: string;
}

/** The repositories shop and blog; blogger deploys blog, shopper may look at shop, owner is an admin with a key alone. */
export async function startTwoRepositories(): Promise<TwoRepositories> {
  const web = await startWholeWeb();
  const file = { name: "Dockerfile", content: `FROM scratch\n# ${secret}\n`, message: secret };
  const { commit } = await fillRepository(web, "shop", file);
  await fillRepository(web, "blog", file);
  for (const [name, rights] of [
    ["blogger", { ...nobody, deploy: ["blog"] }],
    ["shopper", { ...nobody, read: ["shop"] }],
  ] as const) {
    web.addKey(name, rights);
    web.addToken(name, rights);
  }
  web.addKey("owner", adminRights);
  return { web, commit };
}

/** A repository whose main branch has one commit with the secret. @returns the commit */
