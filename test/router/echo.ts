import type { RequestListener } from "node:http";

/** Answers with what it was asked, as JSON. */
export const echo: RequestListener = (request, response) => {
  response.setHeader("x-request-id", "the backend's own");
  response.end(JSON.stringify({ url: request.url, headers: request.headers }));
};
