const answer = "everything is healthy";
require("node:http")
  .createServer((_, response) => response.end(answer))
  .listen(3000);
