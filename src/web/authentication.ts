import type { Request, RequestHandler } from "express";
import { ipKeyGenerator, MemoryStore, rateLimit } from "express-rate-limit";
import { isGokuError, tooManyAttempts, unauthorized, wrongToken } from "../errors.ts";
import type { Store } from "../store-ports.ts";
import { Answer } from "./answer.ts";
import { type Identity, identify, keyIdentity, localAdmin, tokenIdentity } from "./identity.ts";
import { keyHeader } from "./wire.ts";

/** The control socket: only root and the git user can open it, and the forced command says whose key it serves. */
export function socketAuthentication(store: Store): RequestHandler {
  return (request, _response, next) => {
    const key = request.get(keyHeader);
    identify(request, key === undefined ? localAdmin : keyIdentity(store, key));
    next();
  };
}

/** Who sent a request over TCP, by its `Authorization`. @throws unauthorized, tooManyAttempts */
export type Authenticate = (request: Request) => Promise<Identity>;

export const maxAttempts = 20;
export const attemptsWindowMs = 5 * 60 * 1000;

/**
 * Asks for name and token with every request. Wrong ones are counted by address; a request without any is only
 * told to bring some, since git asks that way first each time.
 */
export function tokenAuthenticator(store: Store): Authenticate {
  const attempts = new MemoryStore();
  // Only for what this does to the store: its window and the timer that forgets.
  rateLimit({ store: attempts, windowMs: attemptsWindowMs });
  return async (request) => {
    const authorization = request.get("authorization");
    if (authorization === undefined) {
      throw unauthorized();
    }
    const address = ipKeyGenerator(request.ip ?? "unknown");
    const seen = await attempts.get(address);
    const isRecent = seen?.resetTime !== undefined && seen.resetTime.getTime() > Date.now();
    if (isRecent && seen.totalHits >= maxAttempts) {
      throw tooManyAttempts();
    }
    const identity = tokenIdentity(store, authorization);
    if (identity === null) {
      await attempts.increment(address);
      throw wrongToken();
    }
    return identity;
  };
}

export function tokenAuthentication(authenticate: Authenticate): RequestHandler {
  return async (request, response, next) => {
    try {
      identify(request, await authenticate(request));
    } catch (error) {
      if (!isGokuError(error)) {
        throw error;
      }
      if (error.code === "unauthorized") {
        response.set("www-authenticate", 'Basic realm="goku", charset="UTF-8"');
        new Answer(response).fail(error);
      } else {
        response.set("retry-after", String(attemptsWindowMs / 1000));
        new Answer(response).fail(error);
      }
      return;
    }
    next();
  };
}
