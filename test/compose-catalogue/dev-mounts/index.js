const answer = `running in ${process.env.NODE_ENV}`;
require("node:http")
  .createServer((_, response) => response.end(answer))
  .listen(3000);
