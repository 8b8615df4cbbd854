const answer = `the shop`;
require("node:http")
  .createServer((_, response) => response.end(answer))
  .listen(3000);
