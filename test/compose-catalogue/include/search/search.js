const answer = "nothing found";
require("node:http")
  .createServer((_, response) => response.end(answer))
  .listen(7700);
