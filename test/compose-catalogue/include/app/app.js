const answer = "made of three files";
require("node:http")
  .createServer((_, response) => response.end(answer))
  .listen(3000);
