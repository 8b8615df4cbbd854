import express, { type Express, type Router } from "express";
import helmet from "helmet";
import type { Parts } from "../deploy/parts.ts";
import { apiRoutes } from "./api.ts";
import {
  type Authenticate,
  socketAuthentication,
  tokenAuthentication,
  tokenAuthenticator,
} from "./authentication.ts";
import { failureHandler } from "./failure.ts";
import { verbs } from "./verbs/index.ts";

export interface ControlExtra {
  /** Brings authorized_keys in line with the store; called after every change of the keys. */
  readonly keysChanged: () => Promise<void>;
  /** What git's hooks ask, on the socket alone; paths are its own, from the root. */
  readonly hookRoutes?: Router;
  /** Git over HTTP, on TCP alone; paths are its own, from the root. It authenticates by itself, to answer git in its own way. */
  readonly gitRoutes?: Router;
  /** Shared with the git routes, so that wrong tokens are counted together. */
  readonly authenticate?: Authenticate;
}

/** The same verbs for both ways in. They differ in how somebody shows who they are. */
export interface Control {
  /** For the control socket: a key that the forced command names, or else the admin of this server. */
  readonly socket: Express;
  /** For TCP: name and token, with every request. */
  readonly tcp: Express;
}

export function createControl(parts: Parts, extra: ControlExtra): Control {
  const { log, store } = parts;
  const api = apiRoutes(parts, verbs, extra.keysChanged);

  const socket = bareExpress();
  if (extra.hookRoutes !== undefined) {
    socket.use(extra.hookRoutes);
  }
  socket.use(socketAuthentication(store), api, failureHandler(log));

  const tcp = bareExpress();
  // nginx on this machine is the only one whose word on the client's address counts.
  tcp.set("trust proxy", "loopback");
  tcp.use(helmet());
  if (extra.gitRoutes !== undefined) {
    tcp.use(extra.gitRoutes);
  }
  const authenticate = extra.authenticate ?? tokenAuthenticator(store);
  tcp.use(tokenAuthentication(authenticate), api, failureHandler(log));
  return { socket, tcp };
}

function bareExpress(): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  return app;
}
