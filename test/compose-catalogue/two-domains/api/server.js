const answer = `the api of the shop`;
require("node:http")
  .createServer((_, response) => response.end(answer))
  .listen(8000);
