const answer = "linked";
require("node:http")
  .createServer((_, response) => response.end(answer))
  .listen(8080);
