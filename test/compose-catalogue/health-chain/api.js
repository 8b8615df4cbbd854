const answer = "the api";
require("node:http")
  .createServer((_, response) => response.end(answer))
  .listen(4000);
