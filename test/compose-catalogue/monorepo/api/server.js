const answer = `the api of the monorepo`;
require("node:http")
  .createServer((_, response) => response.end(answer))
  .listen(4000);
