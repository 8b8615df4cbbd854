const answer = `the backend`;
require("node:http")
  .createServer((_, response) => response.end(answer))
  .listen(8000);
