const answer = `the frontend`;
require("node:http")
  .createServer((_, response) => response.end(answer))
  .listen(3000);
