import { z } from "zod";
import type { Rights } from "../../store-ports.ts";
import { adminRights } from "../../rights.ts";

const pattern = z.string().regex(/^[a-z0-9*-]{1,63}$/, {
  error: "A pattern has the characters of app names and * for any run of them: blog, shop-*.",
});

/** Names of keys and tokens: they stand in authorized_keys and in `NAME:TOKEN`. */
export const holderName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/, {
  error: "A name has letters, digits and . _ @ -, at most 64, and begins with a letter or digit.",
});

/** Fields that keys and tokens have in common. */
export const rightsFields = {
  admin: z.boolean().default(false),
  deploy: z.array(pattern).default([]),
  read: z.array(pattern).default([]),
};

/** Without any wish: every app, but not the server. */
export function rightsOf(wish: Rights): Rights {
  if (wish.admin) {
    return adminRights;
  }
  return wish.deploy.length === 0 && wish.read.length === 0
    ? { admin: false, deploy: ["*"], read: [] }
    : { admin: false, deploy: wish.deploy, read: wish.read };
}
