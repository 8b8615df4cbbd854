import type { NextFunction, Request, RequestHandler, Response } from "express";
import { ipKeyGenerator, rateLimit } from "express-rate-limit";
import { tooManyAttempts, unauthorized } from "../errors.ts";
import type { Store } from "../ports.ts";
import { Answer } from "./answer.ts";
import { identify, keyIdentity, localAdmin, tokenIdentity } from "./identity.ts";
import { keyHeader } from "./wire.ts";

/** The control socket: only root and the git user can open it, and the forced command says whose key it serves. */
export function socketAuthentication(store: Store): RequestHandler {
  return (request, _response, next) => {
    const key = request.get(keyHeader);
    identify(request, key === undefined ? localAdmin : keyIdentity(store, key));
    next();
  };
}

const attempts = 20;
const attemptsWindowMs = 5 * 60 * 1000;

/**
 * TCP: name and token with every request. Wrong ones are counted by address; a request without any is only
 * told to bring some, since git asks that way first each time.
 */
export function tokenAuthentication(store: Store): RequestHandler {
  const countFailure = rateLimit({
    windowMs: attemptsWindowMs,
    limit: attempts,
    keyGenerator: addressOf,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    handler: (_request, response) => refuse(response, true),
  });
  return async (request: Request, response: Response, next: NextFunction) => {
    const authorization = request.get("authorization");
    if (authorization === undefined) {
      refuse(response, false);
      return;
    }
    const seen = await countFailure.getKey(addressOf(request));
    if (seen !== undefined && seen.totalHits >= attempts) {
      refuse(response, true);
      return;
    }
    const identity = tokenIdentity(store, authorization);
    if (identity === null) {
      await countFailure(request, response, () => refuse(response, false));
      return;
    }
    identify(request, identity);
    next();
  };
}

function refuse(response: Response, tooMany: boolean): void {
  if (tooMany) {
    new Answer(response).fail(tooManyAttempts(), 429);
    return;
  }
  response.set("www-authenticate", 'Basic realm="goku", charset="UTF-8"');
  new Answer(response).fail(unauthorized());
}

function addressOf(request: Request): string {
  return ipKeyGenerator(request.ip ?? "unknown");
}
