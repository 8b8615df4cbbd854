const answer = `${process.env.GREETING} at level ${process.env.LOG_LEVEL}`;
require("node:http")
  .createServer((_, response) => response.end(answer))
  .listen(3000);
