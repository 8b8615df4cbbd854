const answer = `started ${process.env.MODE}`;
require("node:http")
  .createServer((_, response) => response.end(answer))
  .listen(3000);
