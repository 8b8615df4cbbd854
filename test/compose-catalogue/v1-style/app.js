const answer = `signed with ${process.env.SECRET_KEY}`;
require("node:http")
  .createServer((_, response) => response.end(answer))
  .listen(3000);
